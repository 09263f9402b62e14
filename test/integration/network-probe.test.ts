/** A network plugin that lets everybody in is found by trying: here the pods' address is this machine's, and nothing enforces anything. Case 54. */
import { createServer, type Server } from "node:net";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Condition } from "../../src/crds/v1alpha1/secure-workload.ts";
import { POD } from "../../src/reconcilers/secure-workload/resources/kinds.ts";
import { grantNamespace, startCluster, type TestCluster, until } from "../cluster/index.ts";
import {
  clientOf,
  grantNothing,
  installPalisade,
  kubectl,
  type RunningPalisade,
  runPalisade,
  uniqueNamespace,
} from "../support/cluster.ts";
import { lookAt } from "../support/look.ts";
import { type PaperKubelet, startPaperKubelet } from "../support/paper-kubelet.ts";
import { aWorkload } from "../support/workloads.ts";

let cluster: TestCluster;
let palisade: RunningPalisade;
let admin: Awaited<ReturnType<typeof clientOf>>;
let kubelet: PaperKubelet;
let server: Server;
const namespace = uniqueNamespace("probe");
const PORT = 18_765;

const condition = async (): Promise<Condition | undefined> => {
  const text = await kubectl(cluster, ["get", "securitybaseline", "cluster", "-o", "json"]);
  const { status } = JSON.parse(text) as { readonly status?: { readonly conditions?: readonly Condition[] } };
  return status?.conditions?.find(({ type }) => type === "NetworkPolicyEnforced");
};

const start = async (): Promise<void> => {
  palisade = await runPalisade(cluster, { ownPod: { namespace: "palisade-system" } });
};

beforeAll(async () => {
  cluster = await startCluster({ components: ["controller-manager", "scheduler"] });
  admin = await clientOf(cluster);
  await installPalisade(cluster);
  await grantNamespace(cluster, namespace, "alice");
  await grantNothing(cluster);
  await start();
  const spec = { ports: [{ name: "http", port: PORT }] };
  await kubectl(cluster, ["apply", "-f", "-"], { user: "alice", input: aWorkload("web", namespace, spec) });
  kubelet = await startPaperKubelet(cluster, admin.client, namespace);
  const running = async () =>
    (await lookAt(cluster, namespace).list("pod")).find(({ status }) => JSON.stringify(status).includes('"Running"'));
  await until(async () => (await running()) !== undefined, "the pod");
  const status = { podIP: "127.0.0.1", podIPs: [{ ip: "127.0.0.1" }] };
  const target = { namespace, name: (await running())?.metadata.name ?? "" };
  await admin.client.patch(POD, target, { status }, { type: "merge", subresource: "status" });
  // A pod is tried when its plugin had time to close it in.
  await new Promise((resolve) => setTimeout(resolve, 31_000));
}, 540_000);

afterAll(async () => {
  server?.close();
  await palisade?.stop();
  await kubelet?.stop();
  await admin?.close();
  await cluster?.stop();
});

test("what nobody answers at counts as closed", async () => {
  await until(async () => (await condition()) !== undefined, "the condition", 30_000);
  expect(await condition()).toMatchObject({ status: "True", reason: "ClosedWaysAreClosed" });
});

test("a closed port that lets the operator in is told of, with the pod's name", async () => {
  server = createServer((socket) => socket.destroy()).listen(PORT, "127.0.0.1");
  await palisade.stop();
  await start();
  await until(async () => (await condition())?.status === "False", "the condition", 30_000);
  const found = await condition();
  expect(found?.reason).toBe("NetworkPolicyIgnored");
  expect(found?.message).toContain(`${namespace}/web-`);
  expect(found?.message).toContain(`port ${PORT}`);
});
