/**
 * Leadership on a Lease, safe against clocks: other holders are judged by how long this process saw their record stand
 * still, on a monotonic clock, never by the times written in it. A leader that cannot renew stops before another may start.
 */
import { isAlreadyExists, isConflict, isNotFound } from "./api-error.ts";
import type { Client, RequestBounds } from "./client.ts";
import { type Clock, sleep } from "./clock.ts";
import { failureFields, type Logger } from "./log-fields.ts";
import { microTime } from "./micro-time.ts";
import type { KubeObject } from "./object.ts";
import type { Resource } from "./resource.ts";
import { compareVersions } from "./resource-version.ts";

export const LEASE: Resource = {
  group: "coordination.k8s.io",
  version: "v1",
  kind: "Lease",
  plural: "leases",
  namespaced: true,
};

/** Unless set: client-go's. */
export const PERIODS = { leaseMs: 15_000, renewMs: 10_000, retryMs: 2_000 } as const;

export interface ElectorOptions {
  readonly client: Client;
  readonly namespace: string;
  readonly name: string;
  /** Unique to this process. */
  readonly identity: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly leaseMs?: number;
  /** Below `leaseMs`: without a renewal for so long, this process no longer leads. */
  readonly renewMs?: number;
  readonly retryMs?: number;
  readonly random?: () => number;
}

export interface ElectionCallbacks {
  /** Leads now. `signal` aborts the moment leadership may no longer be assumed. Resolves when its work has drained. */
  readonly onStarted: (signal: AbortSignal) => Promise<void>;
}

export interface Elector {
  /**
   * Campaigns until elected, leads until `signal` aborts or the lease is lost; releases the lease after draining. May be called again
   * when it has resolved.
   */
  run(signal: AbortSignal, callbacks: ElectionCallbacks): Promise<"released" | "lost" | "stopped">;
  /** False from the renew deadline on, even when no timer has had a chance to fire. */
  isLeader(): boolean;
  /** Takes the lease as a list tells it: a holder that stands still is then known for that before the campaign begins. */
  see(lease: KubeObject): void;
  /** For how long nobody has held the lease, as far as this process saw; undefined while somebody does or nothing is known. */
  vacantMs(): number | undefined;
  /** For how long the record of the holder before had stood still when this process took the lease; undefined where there was none. */
  takenAfterMs(): number | undefined;
}

export interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

export function createElector(options: ElectorOptions): Elector {
  return new LeaseElector(options);
}

class LeaseElector implements Elector {
  readonly #options: ElectorOptions;
  readonly #leaseMs: number;
  readonly #renewMs: number;
  readonly #retryMs: number;
  /** The record last seen, and when this process first saw it so. */
  #seen: { readonly version: string; readonly spec: LeaseSpec; readonly atMs: number } | undefined;
  /** When the last successful renewal was sent: the lease counts from before the server took it. */
  #renewedMs = Number.NEGATIVE_INFINITY;
  #leads = false;
  /** A write was sent whose answer is not known: the lease may be ours without our knowing. */
  #mayHold = false;
  #takenAfterMs: number | undefined;
  /** As the server keeps it, after the last renewal. */
  #kept: KubeObject | undefined;

  constructor(options: ElectorOptions) {
    this.#options = options;
    this.#leaseMs = options.leaseMs ?? PERIODS.leaseMs;
    this.#renewMs = options.renewMs ?? PERIODS.renewMs;
    this.#retryMs = options.retryMs ?? PERIODS.retryMs;
    if (this.#renewMs >= this.#leaseMs || this.#retryMs >= this.#renewMs) {
      throw new Error(
        "leader election needs retryMs < renewMs < leaseMs, so that a leader stops before another may start",
      );
    }
  }

  isLeader(): boolean {
    return this.#leads && this.#leftMs() > 0;
  }

  async run(signal: AbortSignal, { onStarted }: ElectionCallbacks): Promise<"released" | "lost" | "stopped"> {
    const { clock, logger, identity, name } = this.#options;
    while (!(await this.#tryAcquire(signal))) {
      if (!signal.aborted) await sleep(clock, Math.min(this.#jittered(), this.#runsOutInMs()), signal);
      if (!signal.aborted) continue;
      if (this.#mayHold) await this.#release();
      return "stopped";
    }
    this.#leads = true;
    logger.info({ identity, lease: name }, "leads");
    const lost = new AbortController();
    const renewal = new AbortController();
    const kept = this.#keep(renewal.signal).then(() => {
      if (renewal.signal.aborted) return;
      this.#leads = false;
      lost.abort();
    });
    try {
      await Promise.race([kept, onStarted(lost.signal)]);
    } finally {
      // Also when the work threw: a process that works no longer must not go on holding the lease.
      renewal.abort();
      await kept;
      this.#leads = false;
      if (!lost.signal.aborted) await this.#release();
    }
    if (!lost.signal.aborted) return "released";
    logger.error({ identity, lease: name }, "lost the lease");
    return "lost";
  }

  /** Resolves when the lease could not be renewed in time, or when `signal` aborts. */
  async #keep(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      // Never past the deadline: the abort must come before another may start.
      await sleep(clock, Math.min(this.#retryMs, Math.max(0, this.#leftMs())), signal);
      if (signal.aborted) return;
      await this.#renewOnce(signal);
      if (this.#leftMs() <= 0) return;
    }
  }

  #leftMs(): number {
    return this.#renewMs - (this.#options.clock.monotonicMs() - this.#renewedMs);
  }

  async #renewOnce(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const leftMs = this.#leftMs();
    if (leftMs <= 0) return;
    const attempt = new AbortController();
    const bounded = AbortSignal.any([signal, attempt.signal]);
    const cancel = clock.after(leftMs, () => attempt.abort());
    try {
      if (!(await this.#tryAcquire(bounded)) && this.#isHeldByAnother()) this.#renewedMs = Number.NEGATIVE_INFINITY;
    } finally {
      cancel();
    }
  }

  async #tryAcquire(signal: AbortSignal): Promise<boolean> {
    try {
      return await this.#acquireOrRenew(signal);
    } catch (error) {
      if (!signal.aborted && !isConflict(error) && !isAlreadyExists(error)) {
        const { logger } = this.#options;
        logger.warn(failureFields(logger, error), "lease not reached");
      }
      return false;
    }
  }

  async #acquireOrRenew(signal: AbortSignal): Promise<boolean> {
    const { client, clock, namespace, name, identity } = this.#options;
    const sentMs = clock.monotonicMs();
    const bounds = { signal, pool: "lease" as const, deadlineMs: Math.max(1_000, Math.floor(this.#renewMs / 2)) };
    if (await this.#renewKept(bounds, sentMs)) return true;
    const lease = await client.get(LEASE, { namespace, name }, bounds);
    if (lease === undefined) {
      // Somebody deleted it, but whoever holds it does not know yet.
      if (this.#isHeldByAnother() && !this.#hasRunOut()) return false;
      this.#mayHold = true;
      return this.#won(await client.create(LEASE, this.#record(undefined, {}), bounds), sentMs);
    }
    this.#see(lease);
    const spec = specOf(lease);
    const mine = spec.holderIdentity === identity;
    this.#mayHold = mine;
    if (!mine && !this.#isFree(spec)) return false;
    this.#mayHold = true;
    if (!mine) this.#takenAfterMs = clock.monotonicMs() - (this.#seen?.atMs ?? 0);
    return this.#won(await client.replace(LEASE, this.#record(lease, spec), bounds), sentMs);
  }

  /** Nobody else writes the lease of a leader while all is well: one request renews it. What did not go through is looked into. */
  async #renewKept(bounds: RequestBounds, sentMs: number): Promise<boolean> {
    const kept = this.#leads ? this.#kept : undefined;
    this.#kept = undefined;
    if (kept === undefined) return false;
    try {
      return this.#won(await this.#options.client.replace(LEASE, this.#record(kept, specOf(kept)), bounds), sentMs);
    } catch (error) {
      if (isConflict(error) || isNotFound(error)) return false;
      throw error;
    }
  }

  #won(lease: KubeObject, sentMs: number): boolean {
    this.#see(lease);
    this.#kept = lease;
    this.#renewedMs = sentMs;
    return true;
  }

  see(lease: KubeObject): void {
    // A list may be older than what a renewal has brought meanwhile.
    const isNews = compareVersions(lease.metadata.resourceVersion ?? "", this.#seen?.version ?? "") > 0;
    if (isNews) this.#see(lease);
  }

  takenAfterMs(): number | undefined {
    return this.#takenAfterMs;
  }

  vacantMs(): number | undefined {
    if (this.#seen === undefined || !this.#isFree(this.#seen.spec)) return undefined;
    const stoodMs = this.#options.clock.monotonicMs() - this.#seen.atMs;
    return (this.#seen.spec.holderIdentity ?? "") === "" ? stoodMs : stoodMs - this.#durationMs();
  }

  #see(lease: KubeObject): void {
    const version = lease.metadata.resourceVersion ?? "";
    if (this.#seen?.version === version) return;
    this.#seen = { version, spec: specOf(lease), atMs: this.#options.clock.monotonicMs() };
  }

  #isHeldByAnother(): boolean {
    const holder = this.#seen?.spec.holderIdentity ?? "";
    return holder !== "" && holder !== this.#options.identity;
  }

  /** Free when released, or when its record stood still for its whole duration while this process watched. */
  #isFree(spec: LeaseSpec): boolean {
    return (spec.holderIdentity ?? "") === "" || this.#hasRunOut();
  }

  #hasRunOut(): boolean {
    return this.#seen !== undefined && this.#options.clock.monotonicMs() - this.#seen.atMs >= this.#durationMs();
  }

  #durationMs(): number {
    return (this.#seen?.spec.leaseDurationSeconds ?? this.#leaseMs / 1_000) * 1_000;
  }

  /** A holder that renews no more is not waited for a moment longer than its lease says. */
  #runsOutInMs(): number {
    if (this.#seen === undefined || !this.#isHeldByAnother()) return Number.POSITIVE_INFINITY;
    const leftMs = this.#durationMs() - (this.#options.clock.monotonicMs() - this.#seen.atMs);
    return leftMs > 0 ? leftMs : Number.POSITIVE_INFINITY;
  }

  #record(lease: KubeObject | undefined, before: LeaseSpec): KubeObject {
    const { namespace, name, identity, clock } = this.#options;
    const now = microTime(clock.now());
    const mine = before.holderIdentity === identity;
    const spec: LeaseSpec = {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(this.#leaseMs / 1_000),
      acquireTime: mine ? (before.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: (before.leaseTransitions ?? 0) + (mine || lease === undefined ? 0 : 1),
    };
    return {
      apiVersion: "coordination.k8s.io/v1",
      kind: LEASE.kind,
      metadata: lease?.metadata ?? { namespace, name },
      spec,
    };
  }

  async #release(): Promise<void> {
    const { client, namespace, name, identity, clock, logger } = this.#options;
    const bounds = { pool: "lease" as const, deadlineMs: 5_000 };
    try {
      const lease = await client.get(LEASE, { namespace, name }, bounds);
      if (lease === undefined || specOf(lease).holderIdentity !== identity) return;
      const spec: LeaseSpec = {
        ...specOf(lease),
        holderIdentity: "",
        leaseDurationSeconds: 1,
        renewTime: microTime(clock.now()),
      };
      await client.replace(LEASE, { ...lease, spec }, bounds);
    } catch (error) {
      logger.warn(failureFields(logger, error), "lease not released; it runs out by itself");
    }
  }

  #jittered(): number {
    return this.#retryMs * (1 + (this.#options.random ?? Math.random)() * 0.2);
  }
}

export const specOf = (lease: KubeObject): LeaseSpec => (lease["spec"] ?? {}) as LeaseSpec;
