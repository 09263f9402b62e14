/** A pod of a StatefulSet that never worked, on a real API server: it goes once the spec has moved on, and just once. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { grantNamespace, startCluster, type TestCluster, until } from "../cluster/index.ts";
import { pause } from "../cluster/pause.ts";
import { operatorWrites } from "../support/audit.ts";
import { installPalisade, kubectl, type RunningPalisade, runPalisade } from "../support/cluster.ts";
import { aWorkload } from "../support/workloads.ts";

const namespace = "stuck";
let cluster: TestCluster;
let palisade: RunningPalisade;

beforeAll(async () => {
  cluster = await startCluster({ components: ["controller-manager", "scheduler"] });
  await installPalisade(cluster);
  await grantNamespace(cluster, namespace, "alice", "edit");
  palisade = await runPalisade(cluster);
}, 540_000);

afterAll(async () => {
  await palisade?.stop();
  await cluster?.stop();
});

/** No node here has such a device, so no pod of it ever runs. */
const store = (version: string): object =>
  aWorkload("store", namespace, {
    type: "StatefulSet",
    placement: { accelerator: { name: "google-tpu" } },
    env: [{ name: "VERSION", value: version }],
  });

const apply = (version: string): Promise<string> =>
  kubectl(cluster, ["apply", "-f", "-"], { user: "alice", input: store(version) });

const pod = async (path: string): Promise<string> =>
  (await cluster.kubectl(["get", "pod", "store-0", "-n", namespace, "-o", `jsonpath={${path}}`])).stdout;

const VERSION = ".spec.containers[0].env[0].value";

test("a pod that no node takes makes way for one of the next spec, which is then left to wait", async () => {
  await apply("1");
  await until(async () => (await pod(".status.conditions[0].reason")) === "Unschedulable", "the first pod to wait");

  await apply("2");

  await until(async () => (await pod(VERSION)) === "2", "a pod of the next spec");
  await until(async () => (await pod(".status.conditions[0].reason")) === "Unschedulable", "the next pod to wait");
  const uid = await pod(".metadata.uid");
  await pause(3_000);
  const settled = operatorWrites(cluster, namespace).length;
  await pause(3_000);
  expect(await pod(".metadata.uid")).toBe(uid);
  expect(operatorWrites(cluster, namespace)).toHaveLength(settled);
});
