/** The pods of the operator: who leads, how it is killed, and how it is cut off. */
import { closeSync, openSync } from "node:fs";
import { type TestCluster, until } from "../../cluster/index.ts";
import { run } from "../../cluster/node/space.ts";
import { kubectl } from "../../support/cluster.ts";
import { processIn } from "./e2e.ts";
import { NAMESPACE } from "./release.ts";

/** Where the kubelet's probes come from: the node's end of the pods' bridge. */
const NODE_SIDE = "10.244.0.1";

interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly acquireTime?: string;
}

export interface Leader {
  /** Of the process: another one in the same pod is another leader. */
  readonly identity: string;
  readonly pod: string;
  readonly sinceMs: number;
}

/** Undefined while nobody has the Lease, or the API server does not answer. */
export async function leaderOf(cluster: TestCluster): Promise<Leader | undefined> {
  const { stdout, code } = await cluster.kubectl(["get", "lease", "palisade", "-n", NAMESPACE, "-o", "json"]);
  const { holderIdentity = "", acquireTime = "" }: LeaseSpec = code === 0 ? JSON.parse(stdout).spec : {};
  const [pod = ""] = holderIdentity.split("_");
  return pod === "" ? undefined : { identity: holderIdentity, pod, sinceMs: Date.parse(acquireTime) };
}

/** Resolves when somebody else leads than `before`, with the milliseconds from `fromMs` until the Lease was taken. */
export async function untilAnotherLeads(
  cluster: TestCluster,
  before: Leader,
  fromMs: number,
): Promise<{ readonly leader: Leader; readonly tookMs: number }> {
  let leader: Leader | undefined;
  const isAnother = async (): Promise<boolean> => {
    leader = await leaderOf(cluster);
    return leader !== undefined && leader.identity !== before.identity;
  };
  await until(isAnother, `another to lead than ${before.identity}`, 60_000);
  if (leader === undefined) throw new Error("nobody leads");
  return { leader, tookMs: leader.sinceMs - fromMs };
}

export async function mustLead(cluster: TestCluster): Promise<Leader> {
  const leader = await leaderOf(cluster);
  if (leader === undefined) throw new Error("nobody leads");
  return leader;
}

export const untilReplicasReady = (cluster: TestCluster): Promise<string> =>
  kubectl(cluster, ["rollout", "status", "deployment/palisade", "-n", NAMESPACE, "--timeout=120s"]);

/** As a kernel that is out of memory does it: without a word to the process. */
export async function killProcessOf(cluster: TestCluster, pod: string): Promise<void> {
  const { pid } = await processIn(cluster, NAMESPACE, pod);
  process.kill(pid, "SIGKILL");
}

/**
 * Drops everything that goes to or comes from a pod, but for its node: the kubelet's probes go on. Resolves with how to mend it, which works
 * whatever became of the process meanwhile.
 */
export async function cutNetworkOf(cluster: TestCluster, pod: string): Promise<() => void> {
  const { pid } = await processIn(cluster, NAMESPACE, pod);
  const network = openSync(`/proc/${pid}/ns/net`, "r");
  const inPod = ["nsenter", `--net=/proc/${process.pid}/fd/${network}`];
  const change = (action: "--insert" | "--delete"): void => {
    for (const [chain, end] of WAYS) run([...inPod, "iptables", action, chain, "!", end, NODE_SIDE, "--jump", "DROP"]);
  };
  change("--insert");
  return () => {
    change("--delete");
    closeSync(network);
  };
}

const WAYS = [
  ["INPUT", "--source"],
  ["OUTPUT", "--destination"],
] as const;
