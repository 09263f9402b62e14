/**
 * The one import: caches, controllers, leadership, events, probes and an orderly end, wired together.
 * Caches fill on every replica; handlers run on the leader alone, or each on the replica that holds the shard of its key.
 */
import { hostname } from "node:os";
import { Registry } from "prom-client";
import { type Cache, type CacheChange, type CacheOptions, createCache, type RunnableCache } from "./cache.ts";
import { type Client, createClient } from "./client.ts";
import { type Clock, sleep, systemClock } from "./clock.ts";
import { Controller, type ControllerOptions, RESYNC_PRIORITY, type ReconcileHandler } from "./controller.ts";
import { createRecorder, type EventRecorder } from "./events.ts";
import { boundByTenure, fenceWrites } from "./fence.ts";
import { type HealthServer, startHealthServer } from "./health.ts";
import { createElector, type Elector, PERIODS } from "./leader-election.ts";
import type { Logger } from "./log-fields.ts";
import { createLogger } from "./logger.ts";
import { type ControllerMetrics, createControllerMetrics } from "./metrics.ts";
import { nameOf } from "./object.ts";
import { untilAlone } from "./old-map.ts";
import type { PassSubject } from "./pass.ts";
import type { AddOptions } from "./queue.ts";
import { shardOfText } from "./rendezvous.ts";
import { ShardKeeper } from "./shards.ts";
import { currentTenure, type Tenure } from "./tenure.ts";
import type { Tracer } from "./tracing.ts";
import type { Transport } from "./transport.ts";

/** Keys that a change concerns. */
export type Mapped = string | ({ readonly key: string } & AddOptions);

type Enqueue = (mapped: Mapped, initial: boolean) => void;

export interface Source {
  readonly subscribe: (enqueue: Enqueue) => void;
  /** Calls `enqueue` with what a start would bring now. */
  readonly replay?: (enqueue: Enqueue) => void;
}

/** Turns the changes of a cache into keys to reconcile. */
export function from<R>(cache: Cache<R>, map: (change: CacheChange<R>) => readonly Mapped[]): Source {
  return {
    replay: (enqueue) => {
      for (const [key, record] of cache.entries()) {
        const change = { type: "added", key, name: nameOf(key), old: undefined, new: record, initial: true } as const;
        for (const mapped of map(change)) enqueue(mapped, true);
      }
    },
    subscribe: (enqueue) => {
      cache.onChange((change) => {
        for (const mapped of map(change)) enqueue(mapped, change.initial);
      });
    },
  };
}

export interface ReconcileOptions {
  readonly sources: readonly Source[];
  readonly concurrency?: number;
  readonly timeoutMs?: number;
  readonly resyncMs?: number;
  /** Every key there is: what a resync goes through, and what comes with a shard. */
  readonly keys?: () => Iterable<string>;
  /** What a key stands for, as logs and traces call it; the object of that namespace and name unless set. */
  readonly about?: (key: string) => PassSubject;
  /** What decides about the shard of a key, its namespace for example: the same on every replica. Shard 0 where it is undefined. */
  readonly shardOf?: (key: string) => string | undefined;
}

export interface OperatorOptions {
  /** Field manager, user agent and leader Lease are called this. */
  readonly name: string;
  readonly transport: Transport;
  readonly clock?: Clock;
  /** One of `createLogger`: its lines say which pass they belong to. */
  readonly logger?: Logger;
  /** Nothing is traced unless set. */
  readonly tracer?: Tracer | undefined;
  readonly registry?: Registry;
  /** `reportingController` of events; the name unless set. */
  readonly reportingController?: string;
  readonly identity?: string;
  /** Without it, this process leads at once: for development, never for two replicas. */
  readonly election?: {
    readonly namespace: string;
    /** Parts that the keys are divided into among replicas; 1 unless set, and then one replica leads and the others stand by. */
    readonly shards?: number;
    readonly leaseMs?: number;
    readonly renewMs?: number;
    readonly retryMs?: number;
  };
  readonly health?: { readonly port: number; readonly host?: string };
  readonly drainMs?: number;
}

export class LeaseLostError extends Error {
  override readonly name = "LeaseLostError";
}

export interface Reconciler {
  enqueue(key: string, options?: AddOptions): void;
}

/** Whether a key with this input to the hash belongs to the shards that a turn is about. */
export type Belongs = (input: string | undefined) => boolean;

export interface Operator {
  /**
   * For handlers: with an election, a write through it is refused unless this replica leads, and ends when leadership does. With shards
   * it is refused unless the shard of the key whose handler sends it is held.
   */
  readonly client: Client;
  readonly recorder: EventRecorder;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  cache<R>(options: CacheOptions<R>): Cache<R>;
  reconcile(name: string, handler: ReconcileHandler, options: ReconcileOptions): Reconciler;
  /**
   * Runs on every replica, before its caches start and after they ended. With an election it leads at neither time, so that
   * `client` writes nothing; once it has led, `client` is closed by the time of a cleanup.
   */
  hook(moment: "startup" | "cleanup", run: () => void | Promise<void>): void;
  /**
   * `gained` runs before the keys of a shard, or all of them without shards, are worked on; `released` when none of a shard is any more, for
   * what is kept in memory of them.
   */
  turn(moment: "gained" | "released", listener: (belongs: Belongs) => void): void;
  /** What is checked for readiness. */
  readiness(): Readonly<Record<string, boolean>>;
  /** The port of the probe server, once it listens. */
  healthPort(): number | undefined;
  /** With shards, whether it holds that of this input; shard 0 where it is undefined. */
  isLeader(input?: string): boolean;
  /**
   * Works until `signal` aborts, then drains and releases. Rejects with {@link LeaseLostError} when leadership is lost; a shard that is lost
   * ends what runs for it, and nothing else.
   */
  run(signal: AbortSignal): Promise<void>;
}

export function createOperator(options: OperatorOptions): Operator {
  return new RunningOperator(options);
}

class RunningOperator implements Operator {
  readonly client: Client;
  readonly recorder: EventRecorder;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly #options: OperatorOptions;
  readonly #identity: string;
  readonly #metrics: ControllerMetrics;
  /** Aborts with leadership: the fence that no write of ours passes afterwards. */
  readonly #fence = new AbortController();
  readonly #caches: RunnableCache<unknown>[] = [];
  readonly #controllers: Controller[] = [];
  readonly #hooks: Record<"startup" | "cleanup", (() => void | Promise<void>)[]> = { startup: [], cleanup: [] };
  readonly #turns: Record<"gained" | "released", ((belongs: Belongs) => void)[]> = { gained: [], released: [] };
  readonly #shards: number;
  readonly #tenures = new Map<number, Tenure>();
  #stopping = false;
  #leads = false;
  #elector: Elector | undefined;
  #health: HealthServer | undefined;

  constructor(options: OperatorOptions) {
    this.#options = options;
    this.clock = options.clock ?? systemClock;
    this.logger = options.logger ?? createLogger();
    this.registry = options.registry ?? new Registry();
    this.#identity = options.identity ?? `${hostname()}_${crypto.randomUUID()}`;
    this.#metrics = createControllerMetrics(this.registry);
    this.#shards = options.election?.shards ?? 1;
    this.#metrics.shards.set(this.#shards);
    if (this.#shards === 1) this.#metrics.leader.set({ name: options.name }, 0);
    const bound = boundByTenure(options.transport.withAbort(this.#fence.signal));
    const fenced = fenceWrites(bound, () => this.#mayWrite());
    this.client = createClient(fenced, options.name);
    this.recorder = createRecorder({
      client: this.client,
      clock: this.clock,
      logger: this.logger,
      controller: options.reportingController ?? options.name,
      instance: this.#identity,
      onDrop: () => this.#metrics.eventsDropped.inc(),
    });
  }

  cache<R>(options: CacheOptions<R>): Cache<R> {
    const { transport } = this.#options;
    const cache = createCache(options, { transport, clock: this.clock, logger: this.logger, registry: this.registry });
    this.#caches.push(cache as RunnableCache<unknown>);
    return cache;
  }

  reconcile(name: string, handler: ReconcileHandler, { sources, shardOf, ...options }: ReconcileOptions): Reconciler {
    const settings: ControllerOptions = {
      ...options,
      ...(this.#shards === 1 ? {} : { shardOf: (key: string) => this.#shardOf(shardOf?.(key)) }),
      replay: (enqueue) => {
        for (const { replay } of sources) replay?.((mapped, initial) => enqueue(...keyAndOptions(mapped, initial)));
      },
      name,
      handler,
      clock: this.clock,
      logger: this.logger,
      metrics: this.#metrics,
      tracer: this.#options.tracer,
    };
    const controller = new Controller(settings);
    for (const { subscribe } of sources) {
      subscribe((mapped, initial) => controller.enqueue(...keyAndOptions(mapped, initial)));
    }
    this.#controllers.push(controller);
    return controller;
  }

  hook(moment: "startup" | "cleanup", run: () => void | Promise<void>): void {
    this.#hooks[moment].push(run);
  }

  readiness(): Readonly<Record<string, boolean>> {
    const caches = this.#caches.map(
      (cache, index) => [`cache/${cache.resource.plural}${index}`, cache.isSynced()] as const,
    );
    return Object.fromEntries([["running", !this.#stopping] as const, ...caches]);
  }

  healthPort(): number | undefined {
    return this.#health?.port;
  }

  isLeader(input?: string): boolean {
    if (this.#shards > 1) return this.#tenures.get(this.#shardOf(input))?.isHeld() ?? false;
    return this.#leads && (this.#elector?.isLeader() ?? true);
  }

  #shardOf(input: string | undefined): number {
    return input === undefined ? 0 : shardOfText(input, this.#shards);
  }

  #mayWrite(): boolean {
    if (this.#shards > 1) return currentTenure()?.isHeld() ?? false;
    return this.#options.election === undefined || this.isLeader();
  }

  turn(moment: "gained" | "released", listener: (belongs: Belongs) => void): void {
    this.#turns[moment].push(listener);
  }

  #tell(moment: "gained" | "released", belongs: Belongs): void {
    for (const listener of this.#turns[moment]) listener(belongs);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { health, transport } = this.#options;
    const onStop = (): void => {
      this.#stopping = true;
    };
    if (signal.aborted) onStop();
    signal.addEventListener("abort", onStop, { once: true });
    try {
      if (health !== undefined)
        this.#health = await startHealthServer({ ...health, registry: this.registry, ready: () => this.readiness() });
      await this.#runCachesAround(() => (this.#shards > 1 ? this.#share(signal) : this.#lead(signal)));
    } finally {
      signal.removeEventListener("abort", onStop);
      this.#fence.abort();
      await this.#health?.close();
      await transport.close();
    }
  }

  async #runCachesAround(work: () => Promise<void>): Promise<void> {
    for (const startup of this.#hooks.startup) await startup();
    const streams = new AbortController();
    const watching = this.#caches.map((cache) => cache.run(streams.signal));
    try {
      await work();
    } finally {
      this.#stopping = true;
      streams.abort();
      await Promise.all(watching);
      for (const cleanup of this.#hooks.cleanup) await cleanup();
    }
  }

  async #lead(signal: AbortSignal): Promise<void> {
    const { election, name, transport } = this.#options;
    const work = (lost: AbortSignal): Promise<void> => this.#work(signal, lost);
    if (election === undefined) return work(new AbortController().signal);
    const common = { client: createClient(transport, name), name, identity: this.#identity, clock: this.clock };
    const elector = createElector({ ...common, logger: this.logger, ...election });
    this.#elector = elector;
    const ended = await elector.run(signal, {
      onStarted: async (lost) => {
        const takenAfterMs = elector.takenAfterMs();
        if (takenAfterMs !== undefined) this.#metrics.shardHandoverSeconds.observe(takenAfterMs / 1_000);
        await untilAlone({ ...common, ...election, logger: this.logger }, AbortSignal.any([signal, lost]));
        await work(lost);
      },
    });
    if (ended === "lost")
      throw new LeaseLostError("leadership was lost: another replica takes over, this one must exit");
  }

  async #work(signal: AbortSignal, lost: AbortSignal): Promise<void> {
    lost.addEventListener("abort", () => this.#fence.abort(), { once: true });
    const stop = AbortSignal.any([signal, lost]);
    this.#leads = true;
    this.#metrics.leader.set({ name: this.#options.name }, 1);
    this.#metrics.shardsHeld.set(1);
    try {
      await this.#untilSynced(stop);
      if (!stop.aborted) this.#tell("gained", () => true);
      if (!stop.aborted) await this.#runControllers(stop, lost);
      if (!lost.aborted) await this.recorder.flush(5_000);
    } finally {
      this.#leads = false;
      // Before the Lease is released: a handler that ignored its signal must not write beside the next leader.
      if (this.#options.election !== undefined) this.#fence.abort();
      this.#metrics.leader.set({ name: this.#options.name }, 0);
      this.#metrics.shardsHeld.set(0);
    }
  }

  async #untilSynced(stop: AbortSignal): Promise<void> {
    await Promise.race([Promise.all(this.#caches.map((cache) => cache.whenSynced())), aborted(stop)]);
  }

  /** Takes part from when its caches are in sync: what it should hold is then taken by one that can work on it. */
  async #share(signal: AbortSignal): Promise<void> {
    const { election, name, transport } = this.#options;
    if (election === undefined) return;
    await this.#untilSynced(signal);
    if (signal.aborted) return;
    const keeper = new ShardKeeper({
      ...PERIODS,
      ...election,
      shards: this.#shards,
      client: createClient(transport, name),
      name,
      identity: this.#identity,
      clock: this.clock,
      logger: this.logger,
      metrics: this.#metrics,
    });
    const stop = new AbortController();
    const working = Promise.all(this.#controllers.map((controller) => controller.run(stop.signal, stop.signal)));
    const failed = working.then(() => new Promise<never>(() => {}));
    const end = new AbortController();
    const keeping = keeper.run(AbortSignal.any([signal, end.signal]), (tenure, closing) => this.#hold(tenure, closing));
    try {
      await Promise.race([keeping, failed]);
    } finally {
      end.abort();
      await keeping;
      stop.abort();
    }
    await working;
  }

  async #hold(tenure: Tenure, closing: AbortSignal): Promise<void> {
    const belongs: Belongs = (input) => this.#shardOf(input) === tenure.shard;
    this.#tenures.set(tenure.shard, tenure);
    this.logger.info({ shard: tenure.shard }, "holds a shard");
    this.#tell("gained", belongs);
    for (const controller of this.#controllers) controller.begin(tenure);
    const end = AbortSignal.any([closing, tenure.signal]);
    await aborted(end);
    const idle = Promise.all(this.#controllers.map((controller) => controller.close(tenure)));
    const drained = new AbortController();
    await Promise.race([
      idle,
      sleep(this.clock, this.#options.drainMs ?? 30_000, AbortSignal.any([drained.signal, tenure.signal])),
    ]);
    drained.abort();
    if (!tenure.signal.aborted) await this.recorder.flush(5_000);
    this.#tenures.delete(tenure.shard);
    this.logger.info({ shard: tenure.shard, lost: tenure.signal.aborted }, "gave up a shard");
    this.#tell("released", belongs);
  }

  /** After `stop`, what runs has `drainMs` to end by itself. */
  async #runControllers(stop: AbortSignal, lost: AbortSignal): Promise<void> {
    const kill = new AbortController();
    lost.addEventListener("abort", () => kill.abort(), { once: true });
    const running = Promise.all(this.#controllers.map((controller) => controller.run(stop, kill.signal)));
    // Controllers end before a stop only by a failure, which must not wait for one; without any there is nothing to fail.
    await Promise.race([aborted(stop), running.then(() => aborted(stop))]);
    const drained = new AbortController();
    await Promise.race([
      running,
      sleep(this.clock, this.#options.drainMs ?? 30_000, AbortSignal.any([drained.signal, lost])),
    ]);
    drained.abort();
    kill.abort();
  }
}

function keyAndOptions(mapped: Mapped, initial: boolean): readonly [string, AddOptions] {
  const { key, ...add } = typeof mapped === "string" ? { key: mapped } : mapped;
  return [key, { priority: initial ? RESYNC_PRIORITY : 0, ...add }];
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
