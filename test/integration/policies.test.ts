/** The baseline against the real admission plugin: whatever a pod was before, hardened it passes Pod Security `restricted`. */
import { beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { POD } from "../../src/kubernetes/kinds.ts";
import { hardenPod, type PodSpec } from "../../src/policies/index.ts";
import { until } from "../cluster/index.ts";
import { acceptablePod } from "../support/arbitrary-pods.ts";
import { kubectl, uniqueNamespace } from "../support/cluster.ts";
import { useCluster } from "../support/use-palisade.ts";

const { cluster, client } = useCluster({ state: "bare" });
const namespace = uniqueNamespace("policies");

const dryRun = (spec: PodSpec) =>
  client.create(POD, { apiVersion: "v1", kind: "Pod", metadata: { name: "any", namespace }, spec }, { dryRun: true });

beforeAll(async () => {
  await kubectl(cluster, ["create", "namespace", namespace]);
  const labels = ["enforce=restricted", "enforce-version=latest"].map((label) => `pod-security.kubernetes.io/${label}`);
  await kubectl(cluster, ["label", "namespace", namespace, ...labels]);
  // A pod is refused until its namespace has the account that it runs as.
  await until(
    async () => (await cluster.kubectl(["get", "serviceaccount", "default", "-n", namespace])).code === 0,
    "the default ServiceAccount",
  );
});

test("a hardened pod is admitted where Pod Security enforces restricted, whatever it was before", async () => {
  await fc.assert(
    fc.asyncProperty(acceptablePod, async (pod) => {
      await dryRun(hardenPod(pod));
    }),
    { numRuns: 500 },
  );
});

test("the same pods are refused as they are, or the test above would prove nothing", async () => {
  const refused = await Promise.all(
    fc.sample(acceptablePod, 40).map((pod) =>
      dryRun(pod).then(
        () => false,
        () => true,
      ),
    ),
  );
  expect(refused.filter(Boolean).length).toBeGreaterThan(35);
});
