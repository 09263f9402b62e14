/**
 * A kubelet on paper: says of the pods of its namespace, or of all, what the kubelets of real nodes would, so that rollouts go on where no
 * node runs anything. Pods of an image that cannot run wait, with the reason that a kubelet gives.
 */
import { type Client, createClient, createTransport, type KubeObject, kubeconfigConnection } from "kopf-ts";
import { NODE, POD } from "../../src/kubernetes/kinds.ts";
import { addNode, type TestCluster } from "../cluster/index.ts";
import { pause } from "../cluster/pause.ts";
import { PAPER_NODE, PAPER_NODE_USER } from "../cluster/users.ts";

const ROUND_MS = 150;
const TAINTS = "/spec/taints";

export interface Waits {
  readonly reason: string;
  readonly message?: string;
}

/** What becomes of the pods of an image; they run unless told. */
export type Fate = "runs" | "succeeds" | "fails" | Waits;

export interface PaperKubelet {
  /** By image. May be changed at any time. */
  readonly fates: Map<string, Fate>;
  stop(): Promise<void>;
}

interface Pod extends KubeObject {
  readonly spec: {
    readonly nodeName?: string;
    readonly containers: readonly { readonly name: string; readonly image: string }[];
  };
  readonly status?: { readonly phase?: string; readonly containerStatuses?: readonly unknown[] };
}

/** Makes the node on paper, which takes pods, and speaks for it until stopped. There is one such node in a cluster. */
export async function startPaperKubelet(
  cluster: TestCluster,
  client: Client,
  namespace?: string,
): Promise<PaperKubelet> {
  const nodeName = PAPER_NODE;
  await addNode(cluster, nodeName, { userNamespaces: true });
  // As the node itself: admission lets nobody else say how pods are.
  const transport = createTransport(await kubeconfigConnection({ path: cluster.kubeconfig(PAPER_NODE_USER) }));
  const node = createClient(transport, "paper-kubelet");
  const onNode = { fieldSelector: `spec.nodeName=${nodeName}` };
  const capacity = { cpu: "64", memory: "256Gi", pods: "1000", "ephemeral-storage": "1Ti" };
  await client.patch(
    NODE,
    { name: nodeName },
    { status: { capacity, allocatable: capacity } },
    { type: "merge", subresource: "status" },
  );
  const fates = new Map<string, Fate>();
  let isStopped = false;
  const round = async (): Promise<void> => {
    await untaint(client, nodeName);
    const { items } = await node.list<Pod>(POD, namespace === undefined ? onNode : { namespace, ...onNode });
    await Promise.all(items.map((pod) => speakFor(pod, nodeName, fates, node)));
  };
  const loop = (async () => {
    while (!isStopped) {
      // What one round could not do, the next does.
      await round().catch(() => {});
      await pause(ROUND_MS);
    }
  })();
  return {
    fates,
    stop: async () => {
      isStopped = true;
      await loop;
      await transport.close();
      await client.delete(NODE, { name: nodeName });
    },
  };
}

/** Nothing renews the node's lease, so the node controller marks it after a while. */
async function untaint(client: Client, name: string): Promise<void> {
  const node = await client.get(NODE, { name });
  const taints = (node?.["spec"] as { readonly taints?: readonly unknown[] } | undefined)?.taints ?? [];
  if (taints.length > 0)
    await client.patch(NODE, { name }, [{ op: "remove", path: TAINTS }] as unknown as object, { type: "json" });
}

async function speakFor(pod: Pod, nodeName: string, fates: ReadonlyMap<string, Fate>, client: Client): Promise<void> {
  const { name, namespace = "", uid = "", deletionTimestamp } = pod.metadata;
  if (pod.spec.nodeName !== nodeName) return;
  const target = { namespace, name };
  try {
    if (deletionTimestamp !== undefined) {
      await client.delete(POD, target, { uid, gracePeriodSeconds: 0 });
      return;
    }
    const { waits, ...status } = statusOf(pod, fates);
    if (!isTold(pod, status.phase, waits))
      await client.patch(POD, target, { metadata: { uid }, status }, { type: "merge", subresource: "status" });
  } catch {
    // Gone, or changed since it was read: the next round sees it as it is.
  }
}

const isTold = ({ status }: Pod, phase: string, waits: string | undefined): boolean =>
  status?.phase === phase && (waits === undefined || JSON.stringify(status.containerStatuses ?? []).includes(waits));

function statusOf(pod: Pod, fates: ReadonlyMap<string, Fate>) {
  const { containers } = pod.spec;
  const fate = containers.map(({ image }) => fates.get(image)).find((one) => one !== undefined) ?? "runs";
  const now = new Date().toISOString().replace(/\.[0-9]{3}Z$/, "Z");
  const state = stateOf(fate, now);
  const isReady = fate === "runs";
  const condition = (type: string) => ({ type, status: isReady ? "True" : "False", lastTransitionTime: now });
  return {
    phase: phaseOf(fate),
    waits: typeof fate === "string" ? undefined : fate.reason,
    conditions: [
      { type: "PodScheduled", status: "True", lastTransitionTime: now },
      condition("ContainersReady"),
      condition("Ready"),
    ],
    containerStatuses: containers.map(({ name, image }) => ({
      name,
      image,
      imageID: image,
      ready: isReady,
      restartCount: 0,
      state,
    })),
  };
}

function phaseOf(fate: Fate): string {
  if (fate === "runs") return "Running";
  if (fate === "succeeds") return "Succeeded";
  return fate === "fails" ? "Failed" : "Pending";
}

function stateOf(fate: Fate, now: string): object {
  if (fate === "runs") return { running: { startedAt: now } };
  if (typeof fate !== "string") return { waiting: fate };
  const exitCode = fate === "succeeds" ? 0 : 1;
  return { terminated: { exitCode, reason: exitCode === 0 ? "Completed" : "Error", startedAt: now, finishedAt: now } };
}
