/**
 * Why pods are missing. A Deployment's status says it; the controllers of StatefulSets, DaemonSets, Jobs and CronJobs say it in Events alone
 * (kubernetes/kubernetes#90124). Events are not watched: the API server keeps no cache of them, and every pod of the cluster writes some. They
 * are listed, a namespace at a time and ever more rarely, while a workload misses pods; that pods are missing never depends on them.
 */
import { ApiError, nameOf } from "kopf-ts";
import { CORE_EVENT, CRON_JOB } from "../../kubernetes/kinds.ts";
import { missesPods } from "../../plan/rollout-status.ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import type { NamespaceMemory } from "../../state/records/memory.ts";
import type { PodRecord } from "../../state/records/pod.ts";
import { latestRefusals, REFUSED_CREATION, type RefusedCreation } from "../../state/records/refused-creation.ts";
import type { WorkloadRecord } from "../../state/records/workload.ts";
import { type WaitingRun, waitingRuns } from "../../state/waiting-runs.ts";
import type { Deps } from "../deps.ts";
import { wantedPods } from "./rollout-clock.ts";

export interface RefusedPods {
  /** What the API server says; undefined where nobody was refused, or nobody says so. */
  readonly words?: string | undefined;
  /** When to ask again. */
  readonly retryAfterMs?: number | undefined;
}

/** A controller that makes pods right away is not asked about. */
const FIRST_MS = 2_000;
const LEAST_MS = 3_000;
const MOST_MS = 30_000;
/** A CronJob whose run is refused looks like one that waits for its time. */
const SCHEDULED_MS = 120_000;
/** The longest that a controller waits before it tries again is 1000 s. */
const FRESH_MS = 1_200_000;
/** Pods that are made and pods that are refused in one go of a controller. */
const ONE_GO_MS = 5_000;

/** What makes the pods of a workload, as far as it may be missing some. */
interface Makers {
  readonly uids: readonly string[];
  readonly areMissing: boolean;
  /** Of a CronJob that waits for its time: its uid. */
  readonly schedule?: string;
}

type AskDeps = Pick<Deps, "state" | "client" | "clock">;

export async function refusedPods(workload: WorkloadRecord, deps: AskDeps, signal: AbortSignal): Promise<RefusedPods> {
  const { state, clock } = deps;
  const makers = makersOf(workload, state);
  const everyMs = askEveryMs(workload, makers, deps);
  if (everyMs === undefined) return {};
  if (everyMs < 0) return { retryAfterMs: -everyMs };
  const memory = state.memory.ofNamespace(workload.ref.namespace);
  const isDue = memory.refusals === undefined || clock.monotonicMs() - memory.refusals.askedMs >= everyMs;
  const { askedMs, latest } =
    isDue || memory.refusals === undefined ? await ask(workload, memory, deps, signal) : memory.refusals;
  const fresh = makers.uids
    .flatMap((uid) => latest.get(uid) ?? [])
    .filter((refusal) => isFresh(refusal, makers, podsOf(workload, state), clock.now()))
    .sort((a, b) => b.atMs - a.atMs);
  return { words: fresh[0]?.words, retryAfterMs: Math.max(1, askedMs + everyMs - clock.monotonicMs()) };
}

/** Undefined where nothing is asked; negative while it is too early. */
function askEveryMs(workload: WorkloadRecord, makers: Makers, { state, clock }: AskDeps): number | undefined {
  const { term } = state.memory.of(workload);
  if (!makers.areMissing) {
    term.podsMissingSinceMs = undefined;
    return makers.schedule === undefined ? undefined : SCHEDULED_MS;
  }
  term.podsMissingSinceMs ??= clock.monotonicMs();
  const ageMs = clock.monotonicMs() - term.podsMissingSinceMs;
  const isNews = workload.status.conditions?.every(({ reason }) => reason !== "PodsRefused") ?? true;
  return isNews && ageMs < FIRST_MS ? ageMs - FIRST_MS : Math.min(MOST_MS, Math.max(LEAST_MS, ageMs / 2));
}

function makersOf(workload: WorkloadRecord, state: ClusterState): Makers {
  const spec = state.granted.specOf(workload);
  const health = state.healthOf(workload);
  const none: Makers = { uids: [], areMissing: false };
  if (spec === undefined || health === undefined || spec.type === "Deployment") return none;
  const uid = state.controllerUid(workload);
  if (uid === undefined) return none;
  if (spec.type !== CRON_JOB.kind) return { uids: [uid], areMissing: missesPods(health, wantedPods(spec, health)) };
  const runs = waitingRuns(workload, state).filter((run) => !hasPods(run, workload, state));
  const schedule = health.run?.state === "Scheduled" ? { schedule: uid } : {};
  return { uids: [uid, ...runs.map((run) => run.uid)], areMissing: runs.length > 0, ...schedule };
}

const podsOf = ({ key }: WorkloadRecord, state: ClusterState): readonly (PodRecord & { readonly name: string })[] =>
  state.pods.byIndex("workload", key).flatMap((podKey) => {
    const pod = state.pods.get(podKey);
    return pod === undefined ? [] : [{ ...pod, name: nameOf(podKey).name }];
  });

const hasPods = (run: WaitingRun, workload: WorkloadRecord, state: ClusterState): boolean =>
  podsOf(workload, state).some(({ owner }) => owner?.uid === run.uid);

/** Whether the refusal is why pods are missing now, and not why they were before. */
function isFresh(
  { uid, pod, atMs }: RefusedCreation,
  { schedule }: Makers,
  pods: readonly (Pick<PodRecord, "createdMs"> & { readonly name: string })[],
  nowMs: number,
): boolean {
  if (pods.some(({ name, createdMs }) => name === pod || (pod === undefined && createdMs > atMs + ONE_GO_MS)))
    return false;
  return uid === schedule || nowMs - atMs < FRESH_MS;
}

/** What Events cannot be read tells nothing: pods are missing all the same, and the deadline runs. */
async function ask(
  { ref: { namespace } }: WorkloadRecord,
  memory: NamespaceMemory,
  { client, clock }: AskDeps,
  signal: AbortSignal,
): Promise<NonNullable<NamespaceMemory["refusals"]>> {
  const fieldSelector = `reason=${REFUSED_CREATION}`;
  const latest = await client.list(CORE_EVENT, { namespace, fieldSelector, signal }).then(
    ({ items }) => latestRefusals(items),
    (error: unknown) => {
      if (!(error instanceof ApiError) || signal.aborted) throw error;
      return memory.refusals?.latest ?? new Map();
    },
  );
  memory.refusals = { askedMs: clock.monotonicMs(), latest };
  return memory.refusals;
}
