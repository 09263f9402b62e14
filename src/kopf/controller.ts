/** Runs a handler for each queued key: bounded concurrency, one run per key at a time, retries by outcome. */
import type { Clock } from "./clock.ts";
import { DeferredKeys } from "./deferred-keys.ts";
import { defined } from "./defined.ts";
import { failureFields, type Logger } from "./log-fields.ts";
import type { ControllerMetrics } from "./metrics.ts";
import { nameOf, type ObjectName } from "./object.ts";
import { failed, type Outcome, outcomeOfError } from "./outcome.ts";
import { type AddOptions, WorkQueue } from "./queue.ts";
import { currentSpan, inRun, type RunSubject } from "./reconcile-run.ts";
import { inShardTerm, type ShardTerm } from "./shard-term.ts";
import { NO_TRACER, type Tracer } from "./tracing.ts";

export interface ReconcileContext {
  readonly key: string;
  readonly name: ObjectName;
  /** Aborts when the operator stops, when leadership is lost, or when this run took too long. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
  /** How many runs of this key failed in a row before this one. */
  readonly attempt: number;
}

export type ReconcileHandler = (context: ReconcileContext) => Promise<Outcome>;

export interface ControllerOptions {
  readonly name: string;
  readonly handler: ReconcileHandler;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: ControllerMetrics;
  readonly concurrency?: number;
  readonly timeoutMs?: number;
  readonly resyncMs?: number;
  /** All keys: for a resync, and for a shard that is taken. */
  readonly keys?: () => Iterable<string>;
  /** What logs and traces call a key. */
  readonly about?: (key: string) => RunSubject;
  readonly tracer?: Tracer | undefined;
  /** Enqueues again what a restart would enqueue now. */
  readonly replay?: (enqueue: (key: string, options: AddOptions) => void) => void;
  /** The shard of a key. Without it this controller works on every key. */
  readonly shardOf?: (key: string) => number;
  readonly random?: () => number;
}

export const RESYNC_PRIORITY = -100;
/** A handler that ignores its signal keeps its key locked for this long; then the key may run again. */
const HANG_GRACE_MS = 60_000;

export class Controller {
  readonly name: string;
  readonly #options: ControllerOptions;
  readonly #queue: WorkQueue;
  readonly #runs = new Set<Promise<void>>();
  /** The shards this replica holds. */
  readonly #terms = new Map<number, ShardTerm>();
  readonly #deferred: DeferredKeys;
  /** Running handlers by shard term. */
  readonly #running = new Map<ShardTerm, Set<Promise<void>>>();

  constructor(options: ControllerOptions) {
    this.name = options.name;
    this.#options = options;
    this.#deferred = new DeferredKeys(options.clock);
    const { metrics, name } = options;
    this.#queue = new WorkQueue({
      clock: options.clock,
      onAdd: () => metrics.adds.inc({ name }),
      onRetry: () => metrics.retries.inc({ name }),
    });
    metrics.depth.set({ name }, 0);
    metrics.maxConcurrent.set({ controller: name }, options.concurrency ?? 1);
    metrics.active.set({ controller: name }, 0);
    startAtZero(metrics, name);
    metrics.onCollect(() => {
      const { totalMs, longestMs } = this.#queue.unfinished();
      metrics.depth.set({ name }, this.#queue.length);
      metrics.unfinishedSeconds.set({ name }, totalMs / 1_000);
      metrics.longestSeconds.set({ name }, longestMs / 1_000);
    });
  }

  /** A key of a shard that is not held is deferred until this replica takes the shard. */
  enqueue(key: string, options: AddOptions = {}): void {
    if (this.#isOurs(key)) this.#queue.add(key, options);
    else this.#deferred.defer(key, options);
  }

  /** Works on the keys of a shard from now on, and enqueues all of them. */
  begin(term: ShardTerm): void {
    const { shardOf, keys, replay } = this.#options;
    if (shardOf === undefined) return;
    this.#terms.set(term.shard, term);
    const belongs = (key: string): boolean => shardOf(key) === term.shard;
    for (const [key, options] of this.#deferred.take(belongs)) this.#queue.add(key, options);
    const add = (key: string, options: AddOptions): void => {
      if (belongs(key)) this.#queue.add(key, options);
    };
    for (const key of keys?.() ?? []) add(key, { priority: RESYNC_PRIORITY });
    replay?.(add);
  }

  /** Starts no more keys of the shard, and resolves when none of them is running. */
  async close({ shard }: ShardTerm): Promise<void> {
    const { shardOf } = this.#options;
    const term = this.#terms.get(shard);
    if (term === undefined || shardOf === undefined) return;
    this.#terms.delete(shard);
    for (const [key, options] of this.#queue.withdraw((key) => shardOf(key) === shard))
      this.#deferred.defer(key, options);
    await Promise.all(this.#running.get(term) ?? []);
  }

  #isOurs(key: string): boolean {
    const { shardOf } = this.#options;
    return shardOf === undefined || this.#terms.has(shardOf(key));
  }

  /** Works until `stop` aborts, then lets running handlers finish. `kill` aborts those too. */
  async run(stop: AbortSignal, kill: AbortSignal): Promise<void> {
    const cancelResync = this.#scheduleResync(stop);
    const workers = Array.from({ length: this.#options.concurrency ?? 1 }, () => this.#work(stop, kill));
    await Promise.all(workers);
    cancelResync();
    this.#queue.close();
    await Promise.all(this.#runs);
  }

  #scheduleResync(stop: AbortSignal): () => void {
    const { clock, keys, resyncMs = 600_000, random = Math.random } = this.#options;
    if (keys === undefined) return () => {};
    const again = (): (() => void) =>
      clock.after(resyncMs * (0.9 + random() * 0.2), () => {
        if (stop.aborted) return;
        for (const key of keys()) if (this.#isOurs(key)) this.enqueue(key, { priority: RESYNC_PRIORITY });
        cancel = again();
      });
    let cancel = again();
    return () => cancel();
  }

  async #work(stop: AbortSignal, kill: AbortSignal): Promise<void> {
    const { metrics } = this.#options;
    for (;;) {
      const taken = await this.#queue.take(stop);
      if (taken === undefined) return;
      metrics.queueSeconds.observe({ name: this.name }, taken.queuedMs / 1_000);
      await this.#runInTerm(taken.key, kill);
    }
  }

  async #runInTerm(key: string, kill: AbortSignal): Promise<void> {
    const { shardOf } = this.#options;
    if (shardOf === undefined) return this.#run(key, [kill]);
    const term = this.#terms.get(shardOf(key));
    if (term === undefined) {
      this.#deferred.defer(key, {});
      this.#queue.done(key);
      return;
    }
    const run = inShardTerm(term, () => this.#run(key, [kill, term.signal]));
    const runs = this.#running.get(term) ?? new Set();
    this.#running.set(term, runs.add(run));
    await run;
    runs.delete(run);
    if (runs.size === 0) this.#running.delete(term);
  }

  #run(key: string, ends: readonly AbortSignal[]): Promise<void> {
    const { tracer = NO_TRACER } = this.#options;
    const about: RunSubject = this.#options.about?.(key) ?? nameOf(key);
    const { kind, namespace, name } = about;
    const object = { "k8s.object.kind": kind, "k8s.namespace.name": namespace, "k8s.object.name": name };
    const span = tracer.start(`reconcile ${this.name}`, { "kopf.controller": this.name, ...defined(object) });
    const run = { controller: this.name, about, reconcileID: crypto.randomUUID(), span };
    return inRun(run, () => this.#handle(key, ends)).finally(() => span.end());
  }

  async #handle(key: string, ends: readonly AbortSignal[]): Promise<void> {
    const { clock, metrics, logger, handler, timeoutMs = 60_000 } = this.#options;
    const labels = { controller: this.name };
    metrics.active.inc(labels);
    const startedMs = clock.monotonicMs();
    const cut = new AbortController();
    const onKill = (): void => cut.abort();
    // `AbortSignal.any` would leave a listener of every run on the long-lived signals.
    for (const end of ends) {
      if (end.aborted) cut.abort();
      else end.addEventListener("abort", onKill, { once: true });
    }
    const { signal } = cut;
    const context: ReconcileContext = {
      key,
      name: nameOf(key),
      signal,
      logger,
      attempt: this.#queue.failures(key),
    };
    const work = Promise.resolve()
      .then(() => handler(context))
      .catch(outcomeOfError);
    let cancelTimeout = (): void => {};
    const late = new Promise<"late">((resolve) => {
      cancelTimeout = clock.after(timeoutMs, () => resolve("late"));
    });
    const result = await Promise.race([work, late]);
    cancelTimeout();
    for (const end of ends) end.removeEventListener("abort", onKill);
    const seconds = (clock.monotonicMs() - startedMs) / 1_000;
    metrics.active.dec(labels);
    metrics.reconcileSeconds.observe(labels, seconds);
    metrics.workSeconds.observe({ name: this.name }, seconds);
    if (result !== "late") {
      this.#settle(key, result, seconds);
      this.#done(key);
      return;
    }
    cut.abort();
    metrics.timeouts.inc(labels);
    this.#settle(key, failed(new Error(`the handler took longer than ${timeoutMs} ms`)), seconds);
    this.#freeWhenEnded(key, work);
  }

  /** The worker moves on; this key stays locked until its run really ends, or the grace period has passed. */
  #freeWhenEnded(key: string, work: Promise<unknown>): void {
    let cancel = (): void => {};
    const grace = new Promise<void>((resolve) => {
      cancel = this.#options.clock.after(HANG_GRACE_MS, resolve);
    });
    const freed = Promise.race([work.then(() => undefined), grace]).then(() => {
      cancel();
      this.#done(key);
      this.#runs.delete(freed);
    });
    this.#runs.add(freed);
  }

  /** If the shard was released during the run, the next run is left to the replica that holds it now. */
  #done(key: string): void {
    this.#queue.done(key);
    if (this.#isOurs(key)) return;
    for (const [, options] of this.#queue.withdraw((other) => other === key)) this.#deferred.defer(key, options);
  }

  #settle(key: string, outcome: Outcome, seconds: number): void {
    const { metrics, logger } = this.#options;
    const controller = this.name;
    const result = RESULTS[outcome.kind];
    const delayMs = this.#requeue(key, outcome);
    metrics.total.inc({ controller, result });
    currentSpan().set(defined({ "kopf.result": result, "kopf.requeue_after_ms": delayMs }));
    logger.debug({ result, delayMs, durationMs: Math.round(seconds * 1_000) }, "reconciled");
    if (outcome.kind === "stalled") {
      metrics.terminalErrors.inc({ controller });
      logger.warn({ reason: outcome.reason, why: outcome.message }, "stalled until it changes");
    }
    if (outcome.kind === "failed") {
      metrics.errors.inc({ controller });
      if (isBug(outcome.error)) metrics.panics.inc({ controller });
      logger.error({ delayMs, ...failureFields(logger, outcome.error) }, "reconcile failed");
    }
  }

  /** Returns the delay until the key runs again by itself. */
  #requeue(key: string, outcome: Outcome): number | undefined {
    if (outcome.kind === "failed") return this.#queue.retry(key);
    this.#queue.forget(key);
    if (outcome.kind !== "waiting") return undefined;
    this.#queue.add(key, { afterMs: outcome.retryAfterMs, priority: 0 });
    return outcome.retryAfterMs;
  }
}

/** A counter that first appears at 1 has no increase, so `rate()` would miss the first failure. */
function startAtZero(metrics: ControllerMetrics, controller: string): void {
  for (const result of Object.values(RESULTS)) metrics.total.inc({ controller, result }, 0);
  for (const counter of [metrics.errors, metrics.terminalErrors, metrics.panics, metrics.timeouts])
    counter.inc({ controller }, 0);
  for (const counter of [metrics.adds, metrics.retries]) counter.inc({ name: controller }, 0);
}

/** controller-runtime's names. */
const RESULTS = { settled: "success", waiting: "requeue_after", stalled: "error", failed: "error" } as const;

/** What would be a panic in Go: a mistake in the code. */
const isBug = (error: Error): boolean =>
  error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError;
