/** A pod of a StatefulSet that never worked, on a real API server: it goes once the spec has moved on, and just once. */
import { expect, test } from "@jest/globals";
import { until } from "../cluster/index.ts";
import { operatorWrites } from "../support/audit.ts";
import { kubectl } from "../support/cluster.ts";
import { settled } from "../support/marker.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

const namespace = "stuck";

const palisade = usePalisade({ namespaces: [namespace] });
const { cluster } = palisade;

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
  await settled(cluster);
  const written = operatorWrites(cluster, namespace).length;
  await settled(cluster);
  expect(await pod(".metadata.uid")).toBe(uid);
  expect(operatorWrites(cluster, namespace)).toHaveLength(written);
});
