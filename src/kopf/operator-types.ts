/** The public interface of an operator. */
import type { Registry } from "prom-client";
import type { Cache, CacheOptions } from "./cache-types.ts";
import type { Client } from "./client.ts";
import type { Clock } from "./clock.ts";
import type { ReconcileHandler } from "./controller.ts";
import type { EventRecorder } from "./events.ts";
import type { Logger } from "./log-fields.ts";
import type { AddOptions } from "./queue.ts";
import type { RunSubject } from "./reconcile-run.ts";
import type { Source } from "./source.ts";
import type { Tracer } from "./tracing.ts";
import type { Transport } from "./transport-types.ts";

export interface ElectionOptions {
  readonly namespace: string;
  /** How many shards the keys are divided into. With 1, the default, one replica leads and the others stand by. */
  readonly shards?: number;
  readonly leaseMs?: number;
  readonly renewMs?: number;
  readonly retryMs?: number;
}

export interface OperatorOptions {
  /** The field manager, the user agent and the leader Lease have this name. */
  readonly name: string;
  readonly transport: Transport;
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Nothing is traced unless set. */
  readonly tracer?: Tracer | undefined;
  readonly registry?: Registry;
  /** `reportingController` of Events; `name` unless set. */
  readonly reportingController?: string;
  readonly identity?: string;
  /** Without an election this process works at once: for development, never for two replicas. */
  readonly election?: ElectionOptions;
  readonly health?: { readonly port: number; readonly host?: string };
  /** How long running handlers get to finish after a stop. 30 s unless set. */
  readonly drainMs?: number;
}

export interface ReconcileOptions {
  readonly sources: readonly Source[];
  readonly concurrency?: number;
  readonly timeoutMs?: number;
  readonly resyncMs?: number;
  /** All keys: a resync enqueues them, and so does taking a shard. */
  readonly keys?: () => Iterable<string>;
  /** What logs and traces call a key; the object of that namespace and name unless set. */
  readonly about?: (key: string) => RunSubject;
  /** The text that decides the shard of a key, its namespace for example. Must agree on all replicas. Undefined is shard 0. */
  readonly shardOf?: (key: string) => string | undefined;
}

export interface Reconciler {
  enqueue(key: string, options?: AddOptions): void;
}

/** Whether a key with this `shardOf` text belongs to the shard that was gained or released. */
export type Belongs = (shardText: string | undefined) => boolean;

export interface LifecycleHandlers {
  /** Runs on every replica after its caches ended, when `client` can no longer write. */
  cleanup(run: () => void | Promise<void>): void;
  /** Runs before keys of a shard are worked on; without shards, before any key is. */
  gained(run: (belongs: Belongs) => void): void;
  /** Runs when no key of a shard is worked on any more. Drop what you remember about its keys. */
  released(run: (belongs: Belongs) => void): void;
}

export interface Operator {
  /**
   * Writes are refused with `FencedError` unless this replica leads, or holds the shard of the key whose handler writes.
   * They end when that does. Reads work on every replica.
   */
  readonly client: Client;
  readonly recorder: EventRecorder;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly registry: Registry;
  /** Registers a handler for a moment in the operator's life, as kopf's `on.cleanup` does. */
  readonly on: LifecycleHandlers;
  /** Registers a watch-fed cache. It fills on every replica. */
  cache<R>(options: CacheOptions<R>): Cache<R>;
  /** Registers a handler for the keys that `sources` name. Handlers run once every cache is in sync. */
  reconcile(name: string, handler: ReconcileHandler, options: ReconcileOptions): Reconciler;
  /** The readiness checks by name. */
  readiness(): Readonly<Record<string, boolean>>;
  /** The port of the probe server, once it listens. */
  healthPort(): number | undefined;
  /** Whether this replica works on keys with this `shardOf` text; undefined is shard 0. Without shards: whether it leads. */
  isLeader(shardText?: string): boolean;
  /**
   * Works until `signal` aborts, then drains and releases its Leases. Rejects with `LeaseLostError` when leadership is
   * lost: exit then. Losing a shard ends the work on that shard only.
   */
  run(signal: AbortSignal): Promise<void>;
}
