/** A network plugin that lets everybody in is found by trying: here the pods' address is this machine's, and nothing enforces anything. Case 54. */
import { createServer, type Server } from "node:net";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Condition } from "../../src/crds/v1alpha1/secure-workload.ts";
import { POD } from "../../src/kubernetes/kinds.ts";
import { until } from "../cluster/index.ts";
import { kubectl, uniqueNamespace } from "../support/cluster.ts";
import { lookAt } from "../support/look.ts";
import { SteppedClock } from "../support/stepped-clock.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

let server: Server;
const namespace = uniqueNamespace("probe");
const PORT = 18_765;

const condition = async (): Promise<Condition | undefined> => {
  const text = await kubectl(cluster, ["get", "securitybaseline", "cluster", "-o", "json"]);
  const { status } = JSON.parse(text) as { readonly status?: { readonly conditions?: readonly Condition[] } };
  return status?.conditions?.find(({ type }) => type === "NetworkPolicyEnforced");
};

const clock = new SteppedClock();
const palisade = usePalisade({
  namespaces: [namespace],
  baseline: {},
  kubelet: { namespace },
  clock,
  ownPod: { namespace: "palisade-system" },
});
const { cluster, client } = palisade;

beforeAll(async () => {
  const spec = { ports: [{ name: "http", port: PORT }] };
  await kubectl(cluster, ["apply", "-f", "-"], { user: "alice", input: aWorkload("web", namespace, spec) });
  const running = async () =>
    (await lookAt(cluster, namespace).list("pod")).find(({ status }) => JSON.stringify(status).includes('"Running"'));
  await until(async () => (await running()) !== undefined, "the pod");
  const status = { podIP: "127.0.0.1", podIPs: [{ ip: "127.0.0.1" }] };
  const target = { namespace, name: (await running())?.metadata.name ?? "" };
  await client.patch(POD, target, { status }, { type: "merge", subresource: "status" });
  // A pod is tried when its plugin had time to close it in.
  clock.step(31_000);
});

afterAll(async () => {
  server?.close();
});

test("what nobody answers at counts as closed", async () => {
  await until(async () => (await condition()) !== undefined, "the condition", 30_000);
  expect(await condition()).toMatchObject({ status: "True", reason: "ClosedWaysAreClosed" });
});

test("a closed port that lets the operator in is told of, with the pod's name", async () => {
  server = createServer((socket) => socket.destroy()).listen(PORT, "127.0.0.1");
  await palisade.restart();
  await until(async () => (await condition())?.status === "False", "the condition", 30_000);
  const found = await condition();
  expect(found?.reason).toBe("NetworkPolicyIgnored");
  expect(found?.message).toContain(`${namespace}/web-`);
  expect(found?.message).toContain(`port ${PORT}`);
});
