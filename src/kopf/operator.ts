/**
 * Wires caches, controllers, leadership, events, probes and an orderly shutdown together.
 * Caches fill on every replica; handlers run on the leader, or each on the replica that holds the shard of its key.
 */
import { hostname } from "node:os";
import { Registry } from "prom-client";
import { createCache } from "./cache.ts";
import type { Cache, CacheOptions, RunnableCache } from "./cache-types.ts";
import { type Client, createClient } from "./client.ts";
import { type Clock, systemClock } from "./clock.ts";
import { Controller, type ReconcileHandler } from "./controller.ts";
import { createRecorder, type EventRecorder } from "./events.ts";
import { boundByShardTerm, fenceWrites } from "./fence.ts";
import { type HealthServer, startHealthServer } from "./health.ts";
import type { ElectorOptions } from "./leader-election.ts";
import type { Logger } from "./log-fields.ts";
import { createLogger } from "./logger.ts";
import { type ControllerMetrics, createControllerMetrics } from "./metrics.ts";
import type {
  Belongs,
  LifecycleHandlers,
  Operator,
  OperatorOptions,
  ReconcileOptions,
  Reconciler,
} from "./operator-types.ts";
import { shardOfText } from "./rendezvous.ts";
import { ShardWorker } from "./shard-worker.ts";
import { aborted } from "./signals.ts";
import { SingleLeader } from "./single-leader.ts";
import { queueEntry } from "./source.ts";
import type { Leadership, Work } from "./work.ts";

/** Creates an operator. Nothing is sent before `run`. */
export function createOperator(options: OperatorOptions): Operator {
  return new RunningOperator(options);
}

type Handlers = { readonly [M in keyof LifecycleHandlers]: Parameters<LifecycleHandlers[M]>[0][] };

class RunningOperator implements Operator {
  readonly client: Client;
  readonly recorder: EventRecorder;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  readonly on: LifecycleHandlers;
  readonly #options: OperatorOptions;
  readonly #identity: string;
  readonly #metrics: ControllerMetrics;
  /** Aborts when leadership ends: afterwards the client sends nothing. */
  readonly #fence = new AbortController();
  readonly #caches: RunnableCache<unknown>[] = [];
  readonly #controllers: Controller[] = [];
  readonly #handlers: Handlers = { cleanup: [], gained: [], released: [] };
  readonly #shards: number;
  readonly #leadership: Leadership;
  #stopping = false;
  #health: HealthServer | undefined;

  constructor(options: OperatorOptions) {
    const { name, transport } = options;
    this.#options = options;
    this.clock = options.clock ?? systemClock;
    this.logger = options.logger ?? createLogger();
    this.registry = options.registry ?? new Registry();
    this.#identity = options.identity ?? `${hostname()}_${crypto.randomUUID()}`;
    this.#metrics = createControllerMetrics(this.registry);
    this.#shards = options.election?.shards ?? 1;
    this.#metrics.shards.set(this.#shards);
    const bound = boundByShardTerm(transport.withAbort(this.#fence.signal));
    this.client = createClient(
      fenceWrites(bound, () => this.#leadership.mayWrite()),
      name,
    );
    this.recorder = createRecorder({
      client: this.client,
      clock: this.clock,
      logger: this.logger,
      controller: options.reportingController ?? name,
      instance: this.#identity,
      onDrop: () => this.#metrics.eventsDropped.inc(),
    });
    const { cleanup, gained, released } = this.#handlers;
    this.on = {
      cleanup: (run) => void cleanup.push(run),
      gained: (run) => void gained.push(run),
      released: (run) => void released.push(run),
    };
    this.#leadership = this.#createLeadership();
  }

  #createLeadership(): Leadership {
    const election = this.#electorOptions();
    const work: Work = {
      name: this.#options.name,
      operator: this,
      election,
      metrics: this.#metrics,
      controllers: this.#controllers,
      drainMs: this.#options.drainMs ?? 30_000,
      whenSynced: async (stop) => {
        await Promise.race([Promise.all(this.#caches.map((cache) => cache.whenSynced())), aborted(stop)]);
      },
      notify: (moment, belongs) => this.#notify(moment, belongs),
    };
    if (election === undefined || this.#shards === 1) return new SingleLeader(work, this.#fence);
    return new ShardWorker(work, election, this.#shards);
  }

  /** Leases are written past the fence: they decide what it lets through. */
  #electorOptions(): ElectorOptions | undefined {
    const { election, name, transport } = this.#options;
    if (election === undefined) return undefined;
    const client = createClient(transport, name);
    return { ...election, client, name, identity: this.#identity, clock: this.clock, logger: this.logger };
  }

  cache<R>(options: CacheOptions<R>): Cache<R> {
    const { transport } = this.#options;
    const cache = createCache(options, { transport, clock: this.clock, logger: this.logger, registry: this.registry });
    this.#caches.push(cache as RunnableCache<unknown>);
    return cache;
  }

  reconcile(name: string, handler: ReconcileHandler, { sources, shardOf, ...options }: ReconcileOptions): Reconciler {
    const controller = new Controller({
      ...options,
      ...(this.#shards === 1 ? {} : { shardOf: (key) => shardOfText(shardOf?.(key), this.#shards) }),
      replay: (enqueue) => {
        for (const { replay } of sources) replay?.((mapped, initial) => enqueue(...queueEntry(mapped, initial)));
      },
      name,
      handler,
      clock: this.clock,
      logger: this.logger,
      metrics: this.#metrics,
      tracer: this.#options.tracer,
    });
    for (const { subscribe } of sources) {
      subscribe((mapped, initial) => controller.enqueue(...queueEntry(mapped, initial)));
    }
    this.#controllers.push(controller);
    return controller;
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

  isLeader(shardText?: string): boolean {
    return this.#leadership.isLeader(shardText);
  }

  #notify(moment: "gained" | "released", belongs: Belongs): void {
    for (const run of this.#handlers[moment]) run(belongs);
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
      await this.#runWithCaches(signal);
    } finally {
      signal.removeEventListener("abort", onStop);
      this.#fence.abort();
      await this.#health?.close();
      await transport.close();
    }
  }

  async #runWithCaches(signal: AbortSignal): Promise<void> {
    const streams = new AbortController();
    const watching = this.#caches.map((cache) => cache.run(streams.signal));
    try {
      await this.#leadership.run(signal);
    } finally {
      this.#stopping = true;
      streams.abort();
      await Promise.all(watching);
      for (const run of this.#handlers.cleanup) await run();
    }
  }
}
