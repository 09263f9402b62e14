/**
 * What of a workload's pods is unusual: settled beside the workload's own pass, and slowly, so that pods which restart cost no status write each. The pass
 * writes what stands here, and is woken when that changed.
 */
import { isDeepStrictEqual } from "node:util";
import {
  type CacheChange,
  keyOf,
  type Mapped,
  mapChanges,
  nameOf,
  type Outcome,
  type ReconcileContext,
  type Source,
  settled,
  waiting,
} from "kopf-ts";
import type { WorkloadUnusual } from "../../crds/v1alpha1/unusual.ts";
import { isoSeconds } from "../../kubernetes/iso-seconds.ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import type { UnusualTerm } from "../../state/records/memory.ts";
import type { PodRecord } from "../../state/records/pod.ts";
import type { WorkloadRecord } from "../../state/records/workload.ts";
import { type Entered, enteredOf } from "../../unusual/entered.ts";
import { digestDifferences } from "../../unusual/image-digests.ts";
import { platformOf } from "../../unusual/node-facts.ts";
import { Pace } from "../../unusual/pace.ts";
import { restartsOf } from "../../unusual/restarts.ts";
import { unusualOf } from "../../unusual/workload.ts";
import type { Deps } from "../deps.ts";
import { isClosed } from "../secure-workload/excepted.ts";

/** What restarts, restarts again, and pods of one rollout report one after the other. */
const SETTLE_MS = 30_000;
/** At most two statuses a second, and one of each workload in five minutes. */
const SPACING_MS = 500;
const AGAIN_MS = 5 * 60_000;
/** What is over is taken off at some time. */
const OVER_AFTER_MS = 3_600_000;

export class UnusualWorkloads {
  readonly #state: ClusterState;
  readonly #clock: Deps["clock"];
  readonly #pace = new Pace({ spacingMs: SPACING_MS, againMs: AGAIN_MS });
  /** What is rare does not wait behind thousands of restarts. */
  readonly #rare = new Pace({ spacingMs: SPACING_MS, againMs: AGAIN_MS });
  readonly #listeners = new Set<(key: string) => void>();

  constructor({ state, clock }: Pick<Deps, "state" | "clock">) {
    this.#state = state;
    this.#clock = clock;
  }

  /** Called with the key of a workload whose status is to say something else. */
  onChange(listener: (key: string) => void): void {
    this.#listeners.add(listener);
  }

  readonly reconcile = async ({ key }: ReconcileContext): Promise<Outcome> => {
    const workload = this.#state.workloads.get(key);
    if (workload === undefined || workload.deleting) {
      this.#forget(key);
      return settled();
    }
    const term = termOf(workload, this.#state);
    const told = unusualFor(workload, this.#state);
    const found = this.#look(workload, told, term);
    if (isDeepStrictEqual(found, told)) {
      this.#forget(key);
      return again(told);
    }
    const waitMs = this.#paceFor(found, told).waitMs(key, term.toldMs, this.#clock.monotonicMs());
    if (waitMs > 0) return waiting("FactsAreToldSlowly", waitMs);
    term.told = found ?? "nothing";
    term.toldMs = this.#clock.monotonicMs();
    for (const listener of this.#listeners) listener(key);
    return again(found);
  };

  #look(workload: WorkloadRecord, told: WorkloadUnusual | undefined, term: UnusualTerm): WorkloadUnusual | undefined {
    const state = this.#state;
    const nowMs = this.#clock.now();
    const pods = podsOf(workload, state);
    const facts = pods.map(({ record }) => record.facts);
    const before = [...(term.entered ?? []), ...(told?.entered ?? [])];
    return unusualOf({
      containers: restartsOf(facts, told?.containers ?? [], nowMs),
      entered: enteredOf(enteredNow(workload, pods, state), before, isoSeconds(nowMs)),
      images: digestDifferences(facts, (node) => platformFor(node, state)),
      cpu: [...(term.uneven ?? [])],
    });
  }

  #paceFor(found: WorkloadUnusual | undefined, told: WorkloadUnusual | undefined): Pace {
    const rare = ({ entered, images }: WorkloadUnusual = {}) => [entered, images];
    return isDeepStrictEqual(rare(found), rare(told)) ? this.#pace : this.#rare;
  }

  #forget(key: string): void {
    this.#pace.forget(key);
    this.#rare.forget(key);
  }

  /** An ephemeral container's pod may be gone by the time the facts are settled. */
  noteEntered(workload: WorkloadRecord, pod: string, ephemeral: readonly string[]): void {
    this.#note(
      workload,
      ephemeral.map((name) => ({ pod, how: "EphemeralContainer" as const, name })),
    );
  }

  /** The pods that break-glass opened are replaced as soon as it is over. At a start the caches may not be whole yet, so the pass decides which these are. */
  noteOpened(workload: WorkloadRecord): void {
    const { entered } = this.#state.exceptions;
    const known: Among = (...asked) => entered.knownAmong(...asked);
    this.#note(workload, openedNow(workload, podsOf(workload, this.#state), known));
  }

  #note(workload: WorkloadRecord, now: readonly Omit<Entered, "seen">[]): void {
    const term = termOf(workload, this.#state);
    term.entered = enteredOf(now, term.entered ?? [], isoSeconds(this.#clock.now()));
  }
}

const again = (told: WorkloadUnusual | undefined): Outcome =>
  told === undefined ? settled() : waiting("FactsEnd", OVER_AFTER_MS);

/** What the status is to say. What it said before a restart is read once and stays until it is looked for; what somebody writes there later counts for nothing. */
export function unusualFor(workload: WorkloadRecord, state: ClusterState): WorkloadUnusual | undefined {
  const term = termOf(workload, state);
  term.told ??= workload.status.unusual ?? "nothing";
  return term.told === "nothing" ? undefined : term.told;
}

/** The same on a replica that does not work on the workload. */
export function toldOf(workload: WorkloadRecord, state: ClusterState): WorkloadUnusual | undefined {
  const told = state.memory.of(workload).term.unusual?.told ?? workload.status.unusual;
  return told === "nothing" ? undefined : told;
}

export function termOf(workload: WorkloadRecord, state: ClusterState): UnusualTerm {
  const { term } = state.memory.of(workload);
  term.unusual ??= {};
  return term.unusual;
}

interface NamedPod {
  readonly name: string;
  readonly record: PodRecord;
}

export const podsOf = ({ key }: Pick<WorkloadRecord, "key">, state: ClusterState): readonly NamedPod[] =>
  state.pods.byIndex("workload", key).flatMap((pod) => {
    const record = state.pods.get(pod);
    return record === undefined ? [] : [{ name: nameOf(pod).name, record }];
  });

function enteredNow(
  workload: WorkloadRecord,
  pods: readonly NamedPod[],
  state: ClusterState,
): readonly Omit<Entered, "seen">[] {
  const debugged = pods.flatMap(({ name: pod, record }) =>
    record.facts.ephemeral.map((name) => ({ pod, how: "EphemeralContainer" as const, name })),
  );
  const { entered } = state.exceptions;
  return [...debugged, ...openedNow(workload, pods, (...asked) => entered.among(...asked))];
}

type Among = ClusterState["exceptions"]["entered"]["among"];

/** Pods that were open to somebody, while they are there. */
function openedNow(
  workload: WorkloadRecord,
  pods: readonly NamedPod[],
  among: Among,
): readonly Omit<Entered, "seen">[] {
  const records = pods.map(({ record }) => record);
  return (workload.status.exceptions ?? []).filter(isClosed).flatMap((entry) => {
    const uids = among(workload, entry, records);
    const own = pods.filter(({ record }) => uids.has(record.uid));
    return own.map(({ name: pod }) => ({ pod, how: "BreakGlass" as const, name: entry.name }));
  });
}

function platformFor(node: string, { nodes }: ClusterState): string | undefined {
  const support = nodes.get(node);
  return support === undefined ? undefined : platformOf(support.facts);
}

/** Of a pod that is new, or changed in what may be unusual; a workload that told of something is looked at again after a restart. */
export const unusualSources = (state: ClusterState, unusual: UnusualWorkloads): readonly Source[] => [
  mapChanges(state.pods, (change) => later(ofPod(change, state, unusual))),
  mapChanges(state.workloads, ({ key, old, new: now }) => {
    if (now === undefined || !isToLookAgain(old, now)) return [];
    unusual.noteOpened(now);
    return later(key);
  }),
];

const later = (key: string | undefined): readonly Mapped[] =>
  key === undefined ? [] : [{ key, afterMs: SETTLE_MS, priority: -100 }];

/** The workload of a pod in which something changed. */
function ofPod(
  { old, new: pod, name: { namespace = "", name } }: CacheChange<PodRecord>,
  state: ClusterState,
  unusual: UnusualWorkloads,
): string | undefined {
  const label = (pod ?? old)?.workload;
  const workload = label === undefined ? undefined : state.workloads.get(keyOf({ namespace, name: label }));
  if (workload === undefined || isDeepStrictEqual(old?.facts, pod?.facts)) return undefined;
  const ephemeral = pod?.facts.ephemeral ?? [];
  if (ephemeral.length > 0) unusual.noteEntered(workload, name, ephemeral);
  const isKnown = toldOf(workload, state) !== undefined;
  return isKnown || hasSomething(pod) || hasSomething(old) ? workload.key : undefined;
}

function isToLookAgain(old: WorkloadRecord | undefined, now: WorkloadRecord): boolean {
  const { unusual, exceptions = [] } = now.status;
  if (old?.ref.uid !== now.ref.uid && unusual !== undefined) return true;
  return exceptions.some(isClosed) && !isDeepStrictEqual(old?.status.exceptions, exceptions);
}

/** What a pod says alone, or beside others. */
function hasSomething(pod: PodRecord | undefined): boolean {
  const { containers = [], ephemeral = [], images = [] } = pod?.facts ?? {};
  return containers.length + ephemeral.length > 0 || images.some(({ pinned, reported }) => pinned !== reported);
}
