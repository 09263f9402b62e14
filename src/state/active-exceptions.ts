/** Which SecurityExceptions are in force, and what follows from them. Reads only. */
import { type Cache, type CacheOptions, type Clock, nameOf } from "kopf-ts";
import { SECURITY_EXCEPTION } from "../crds/group.ts";
import type { ExceptionReason } from "../crds/v1alpha1/exception-conditions.ts";
import type { LiftableRule } from "../crds/v1alpha1/liftable-rules.ts";
import type { PodSecurityLevel } from "../kubernetes/pod-security.ts";
import { POD_POLICIES } from "../policies/index.ts";
import { EnteredPods } from "./break-glass-sessions.ts";
import type { Memory } from "./memory.ts";
import { type ExceptionRecord, isInForce, type Stage, shapeException, stageAt } from "./records/security-exception.ts";

export interface ExceptionsOptions {
  readonly cache: <R>(options: CacheOptions<R>) => Cache<R>;
  readonly clock: Clock;
  readonly memory: Memory;
  /** Whether the SecureWorkload that an exception is for is there. */
  readonly hasWorkload: (exception: ExceptionRecord) => boolean;
}

export class Exceptions {
  readonly cache: Cache<ExceptionRecord>;
  readonly entered: EnteredPods;
  readonly #clock: Clock;
  readonly #hasWorkload: ExceptionsOptions["hasWorkload"];
  /** Uids of those that ended once: a wall clock that is set back opens nothing again. */
  readonly #ended = new Set<string>();
  readonly #listeners: ((workload: string) => void)[] = [];
  /** Namespace by name, of those that are gone too until nothing is left of them: what is left is there. */
  readonly #namespaces = new Map<string, string>();

  constructor({ cache, clock, memory, hasWorkload }: ExceptionsOptions) {
    this.entered = new EnteredPods(memory);
    this.#clock = clock;
    this.#hasWorkload = hasWorkload;
    this.cache = cache({
      resource: SECURITY_EXCEPTION,
      shape: shapeException,
      indices: {
        workload: ({ workload }) => [workload],
        namespace: ({ workload }) => [nameOf(workload).namespace ?? ""],
      },
      optional: true,
    });
    this.cache.onChange(({ type, old, new: now }) => {
      if (type === "deleted" && old !== undefined) this.#ended.delete(old.uid);
      const { name, workload } = now ?? old ?? {};
      if (name !== undefined && workload !== undefined) this.noteNamespace(name, nameOf(workload).namespace);
    });
  }

  /** Something of the exception stands there. */
  noteNamespace(exception: string, namespace = ""): void {
    this.#namespaces.set(exception, namespace);
  }

  /** It is gone, and nothing of it stands anywhere. */
  forget(exception: string): void {
    if (this.cache.get(exception) === undefined) this.#namespaces.delete(exception);
  }

  /** Where what it lifts is, even when it is gone; undefined for one that nothing is known of. */
  namespaceOf(exception: string): string | undefined {
    return this.#namespaces.get(exception);
  }

  stageOf(exception: ExceptionRecord): Stage {
    if (this.#ended.has(exception.uid)) return "Expired";
    const stage = stageAt(exception, this.#clock.now());
    if (stage === "Expired") this.#ended.add(exception.uid);
    return stage;
  }

  /** Those of a workload, by its `namespace/name`, ended ones too; by name. */
  of(workload: string): readonly ExceptionRecord[] {
    return this.#under("workload", workload);
  }

  /** How it stands, in the word that its status says. */
  stateOf(exception: ExceptionRecord): ExceptionReason {
    const stage = this.stageOf(exception);
    return isInForce(stage) && !this.#hasWorkload(exception) ? "WorkloadMissing" : stage;
  }

  /** Whether something follows from it right now. */
  isActive(exception: ExceptionRecord): boolean {
    const state = this.stateOf(exception);
    return state === "InForce" || state === "ExpiresSoon";
  }

  /** Every one of the cluster from which something follows, by name. */
  allActive(): readonly ExceptionRecord[] {
    return [...this.cache.entries()]
      .map(([, exception]) => exception)
      .filter((exception) => this.isActive(exception))
      .sort(byName);
  }

  lifted(workload: string): ReadonlySet<LiftableRule> {
    const active = this.of(workload).filter((exception) => this.isActive(exception));
    if (active.length === 0) return NOTHING_LIFTED;
    return new Set(active.flatMap(({ lifts }) => lifts));
  }

  /** The strictest level of Pod Security that admits every pod of the namespace, those of which rules are lifted among them. */
  podSecurityLevel(namespace: string): PodSecurityLevel {
    return levelFor(this.#under("namespace", namespace).filter((exception) => this.isActive(exception)));
  }

  /** What the level was while exceptions that have ended were in force: a label that says so was ours. */
  formerPodSecurityLevel(namespace: string): PodSecurityLevel {
    return levelFor(this.#under("namespace", namespace));
  }

  /** Told of the workload whose exceptions begin or end by the clock. */
  onTurn(listener: (workload: string) => void): void {
    this.#listeners.push(listener);
  }

  turn({ workload }: ExceptionRecord): void {
    for (const listener of this.#listeners) listener(workload);
  }

  #under(index: "workload" | "namespace", value: string): readonly ExceptionRecord[] {
    return this.cache
      .byIndex(index, value)
      .flatMap((key) => this.cache.get(key) ?? [])
      .sort(byName);
  }
}

const NOTHING_LIFTED: ReadonlySet<LiftableRule> = new Set();

const byName = (a: ExceptionRecord, b: ExceptionRecord): number => (a.name < b.name ? -1 : 1);

const BELOW_RESTRICTED: ReadonlySet<string> = new Set(
  POD_POLICIES.filter(({ lifted }) => lifted?.admittedAt === "baseline").map(({ id }) => id),
);

const levelFor = (exceptions: readonly ExceptionRecord[]): PodSecurityLevel =>
  exceptions.some(({ lifts }) => lifts.some((rule) => BELOW_RESTRICTED.has(rule))) ? "baseline" : "restricted";
