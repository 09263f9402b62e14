/** Facts about a real node and its containers: a program that crashes, a pod that is entered, and the kubelet's own ports. */
import type { KubeObject } from "kopf-ts";
import type { SecurityBaselineStatus } from "../../src/crds/v1alpha1/security-baseline.ts";
import type { WorkloadUnusual } from "../../src/crds/v1alpha1/unusual.ts";
import { type TestCluster, until } from "../cluster/index.ts";
import { NODE_NAME } from "../cluster/node/index.ts";
import { grantNothing } from "../support/cluster.ts";
import { declare, runApplication } from "./support/application.ts";
import { IMAGES, kubectl, podOf, sharedCluster, uniqueNamespace } from "./support/e2e.ts";

const SETTLED_MS = 150_000;

const STEADY = { image: IMAGES.agnhost, args: ["pause"], ports: [] };
const CRASHING = { image: IMAGES.agnhost, command: ["/bin/sh", "-c", "exit 7"], ports: [] };

describe("what is unusual on a real node", () => {
  const namespace = uniqueNamespace("unusual");
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await sharedCluster();
    await grantNothing(cluster);
    await runApplication(cluster, namespace, { steady: STEADY });
    await declare(cluster, namespace, { crashing: CRASHING });
  }, 180_000);

  const get = async (...args: readonly string[]): Promise<KubeObject> =>
    JSON.parse(await kubectl(cluster, ["get", ...args, "-o", "json"])) as KubeObject;
  const unusualOf = async (name: string): Promise<WorkloadUnusual | undefined> =>
    ((await get("sw", name, "-n", namespace))["status"] as { readonly unusual?: WorkloadUnusual } | undefined)?.unusual;

  test("a container that crashes is told with its exit code", async () => {
    await until(
      async () => (await unusualOf("crashing"))?.containers !== undefined,
      "the restarts of the container",
      SETTLED_MS,
    );
    const [container] = (await unusualOf("crashing"))?.containers ?? [];
    expect(container?.exits).toMatchObject([{ code: 7, reason: "Error" }]);
  }, 200_000);

  test("a pod that somebody entered through break-glass is told, with the exception that opened it", async () => {
    const exception = `${namespace}-enter`;
    const input = {
      apiVersion: "palisade.dev/v1alpha1",
      kind: "SecurityException",
      metadata: { name: exception },
      spec: {
        workload: { namespace, name: "steady" },
        breakGlass: { user: "alice" },
        validFor: "30m",
        reason: "look at a process",
        requestedBy: "the test",
      },
    };
    await kubectl(cluster, ["create", "-f", "-"], { user: "platform", input });
    await kubectl(cluster, ["wait", "--for=condition=Active", `sx/${exception}`, "--timeout=60s"]);
    const pod = await podOf(cluster, namespace, "steady");
    await until(
      async () =>
        (await cluster.kubectl(["exec", "-n", namespace, pod, "--", "/bin/sh", "-c", "true"], { user: "alice" }))
          .code === 0,
      "a command in the pod",
      60_000,
    );
    await kubectl(cluster, ["delete", "sx", exception], { user: "platform" });
    await until(async () => (await unusualOf("steady"))?.entered !== undefined, "the fact", SETTLED_MS);
    expect((await unusualOf("steady"))?.entered).toMatchObject([{ pod, how: "BreakGlass", name: exception }]);
  }, 240_000);

  test("pods of one image on one node report the same digest, and nothing is told of it", async () => {
    expect((await unusualOf("steady"))?.images).toBeUndefined();
    expect((await unusualOf("crashing"))?.images).toBeUndefined();
  });

  test("the node's own facts are told: its kubelet was reached, and asks for a login", async () => {
    const told = async (): Promise<SecurityBaselineStatus["unusual"]> =>
      ((await get("securitybaseline", "cluster"))["status"] as SecurityBaselineStatus | undefined)?.unusual;
    await until(async () => (await told())?.kubelets?.tried === 1, "the kubelet to be tried", SETTLED_MS);
    const found = await told();
    expect(found?.kubelets).toEqual({ tried: 1, unreached: 0 });
    const facts = (found?.nodes ?? []).filter(({ name }) => name === NODE_NAME).map(({ fact }) => fact);
    expect(facts).not.toContain("KubeletAnswers");
    expect(facts).not.toContain("NotReady");
    expect(facts).not.toContain("NoUserNamespaces");
    expect(found?.unknown?.join()).toContain("/metrics of the API server");
  }, 200_000);
});
