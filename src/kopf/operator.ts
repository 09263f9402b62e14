/**
 * The one import: caches, controllers, leadership, events, probes and an orderly end, wired together.
 * Caches fill on every replica; handlers run on the leader alone.
 */
import { hostname } from "node:os";
import { Registry } from "prom-client";
import { type Cache, type CacheChange, type CacheOptions, createCache, type RunnableCache } from "./cache.ts";
import { type Client, createClient } from "./client.ts";
import { type Clock, sleep, systemClock } from "./clock.ts";
import { Controller, type ControllerOptions, RESYNC_PRIORITY, type ReconcileHandler } from "./controller.ts";
import { createRecorder, type EventRecorder } from "./events.ts";
import { fenceWrites } from "./fence.ts";
import { type HealthServer, startHealthServer } from "./health.ts";
import { createElector, type Elector } from "./leader-election.ts";
import type { Logger } from "./log-fields.ts";
import { createLogger } from "./logger.ts";
import { type ControllerMetrics, createControllerMetrics } from "./metrics.ts";
import type { PassSubject } from "./pass.ts";
import type { AddOptions } from "./queue.ts";
import type { Tracer } from "./tracing.ts";
import type { Transport } from "./transport.ts";

/** Keys that a change concerns. */
export type Mapped = string | ({ readonly key: string } & AddOptions);

export interface Source {
  readonly subscribe: (enqueue: (mapped: Mapped, initial: boolean) => void) => void;
}

/** Turns the changes of a cache into keys to reconcile. */
export function from<R>(cache: Cache<R>, map: (change: CacheChange<R>) => readonly Mapped[]): Source {
  return {
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
  /** Every key there is: what a resync goes through. */
  readonly keys?: () => Iterable<string>;
  /** What a key stands for, as logs and traces call it; the object of that namespace and name unless set. */
  readonly about?: (key: string) => PassSubject;
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

export interface Operator {
  /** For handlers: with an election, a write through it is refused unless this replica leads, and ends when leadership does. */
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
  /** What is checked for readiness. */
  readiness(): Readonly<Record<string, boolean>>;
  /** The port of the probe server, once it listens. */
  healthPort(): number | undefined;
  isLeader(): boolean;
  /** Works until `signal` aborts, then drains and releases. Rejects with {@link LeaseLostError} when leadership is lost. */
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
    this.#metrics.leader.set({ name: options.name }, 0);
    const fenced = fenceWrites(options.transport.withAbort(this.#fence.signal), () => this.#mayWrite());
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

  reconcile(name: string, handler: ReconcileHandler, { sources, ...options }: ReconcileOptions): Reconciler {
    const settings: ControllerOptions = {
      ...options,
      name,
      handler,
      clock: this.clock,
      logger: this.logger,
      metrics: this.#metrics,
      tracer: this.#options.tracer,
    };
    const controller = new Controller(settings);
    for (const { subscribe } of sources) {
      subscribe((mapped, initial) => {
        const { key, ...add } = typeof mapped === "string" ? { key: mapped } : mapped;
        controller.enqueue(key, { priority: initial ? RESYNC_PRIORITY : 0, ...add });
      });
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

  isLeader(): boolean {
    return this.#leads && (this.#elector?.isLeader() ?? true);
  }

  #mayWrite(): boolean {
    return this.#options.election === undefined || this.isLeader();
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
      await this.#runCachesAround(() => this.#lead(signal));
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
    const client = createClient(transport, name);
    const elector = createElector({
      client,
      name,
      identity: this.#identity,
      clock: this.clock,
      logger: this.logger,
      ...election,
    });
    this.#elector = elector;
    const ended = await elector.run(signal, { onStarted: work });
    if (ended === "lost")
      throw new LeaseLostError("leadership was lost: another replica takes over, this one must exit");
  }

  async #work(signal: AbortSignal, lost: AbortSignal): Promise<void> {
    lost.addEventListener("abort", () => this.#fence.abort(), { once: true });
    const stop = AbortSignal.any([signal, lost]);
    this.#leads = true;
    this.#metrics.leader.set({ name: this.#options.name }, 1);
    try {
      await Promise.race([Promise.all(this.#caches.map((cache) => cache.whenSynced())), aborted(stop)]);
      if (!stop.aborted) await this.#runControllers(stop, lost);
      if (!lost.aborted) await this.recorder.flush(5_000);
    } finally {
      this.#leads = false;
      // Before the Lease is released: a handler that ignored its signal must not write beside the next leader.
      if (this.#options.election !== undefined) this.#fence.abort();
      this.#metrics.leader.set({ name: this.#options.name }, 0);
    }
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

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
