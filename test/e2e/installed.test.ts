/** The operator as the chart installs it: it obeys the rules that it holds others to, in its objects and in the kernel. */

import type { KubeObject } from "kopf-ts";
import { USER } from "../../scripts/image/system-layer.ts";
import { checkPod, type PodSpec } from "../../src/policies/index.ts";
import { type TestCluster, until } from "../cluster/index.ts";
import { kubectl, processIn, sharedCluster } from "./support/e2e.ts";
import { LOCKED_DOWN } from "./support/hardening.ts";
import { helmOn, NAMESPACE } from "./support/release.ts";

type Pod = KubeObject & { readonly spec: PodSpec };

describe("Palisade, installed by Helm", () => {
  let cluster: TestCluster;
  let pods: readonly Pod[];
  beforeAll(async () => {
    cluster = await sharedCluster();
    ({ items: pods } = JSON.parse(await kubectl(cluster, ["get", "pods", "-n", NAMESPACE, "-o", "json"])));
  });

  test("runs two operators and a keeper", () => {
    const components = pods.map(({ metadata }) => metadata.labels?.["app.kubernetes.io/component"]);
    expect(components.sort()).toEqual(["admission", "operator", "operator"]);
  });

  test.each(["palisade", "palisade-admission"])(
    "has a leader by the Lease %s, who may renew it under the policies",
    async (name) => {
      const path = "jsonpath={.spec.renewTime}";
      const renewed = (): Promise<string> => kubectl(cluster, ["get", "lease", name, "-n", NAMESPACE, "-o", path]);
      const before = await renewed();

      await until(async () => (await renewed()) > before, "the Lease to be renewed");
    },
  );

  test("passes helm test", async () => {
    const said = await helmOn(cluster, ["test", "palisade", "--logs"]);
    for (const what of ["definitions", "policies", "keeper", "operator", "probes"])
      expect(said).toContain(`ok  ${what}: `);
  }, 120_000);

  test("holds every pod to the baseline that it enforces", () => {
    for (const { metadata, spec } of pods) {
      // What the scheduler fills in.
      const { nodeName: _, ...declared } = spec as PodSpec & { readonly nodeName?: string };
      expect([metadata.name, checkPod(declared)]).toEqual([metadata.name, []]);
    }
  });

  test.each(Object.entries(LOCKED_DOWN))("each process, in the kernel's own words, %s", async (_name, claim) => {
    for (const { metadata } of pods)
      claim({ running: await processIn(cluster, NAMESPACE, metadata.name ?? ""), held: { token: true } });
  });

  test("no process is root's", async () => {
    for (const { metadata } of pods) {
      const { hostUids, hostGids } = await processIn(cluster, NAMESPACE, metadata.name ?? "");
      expect([...new Set([...hostUids, ...hostGids])]).toEqual([USER]);
    }
  });
});
