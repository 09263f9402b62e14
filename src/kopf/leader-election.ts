/**
 * Leader election on a Lease, independent of wall clocks: a holder counts as gone when this process has seen its record
 * unchanged for the lease duration, by a monotonic clock. A leader that cannot renew stops before another may start.
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

/** client-go's defaults. */
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
  /** Below `leaseMs`. Without a renewal for this long, this process no longer leads. */
  readonly renewMs?: number;
  readonly retryMs?: number;
  readonly random?: () => number;
}

export interface ElectionCallbacks {
  /** Called on becoming leader. `signal` aborts when leadership can no longer be assumed. Resolves when the work has drained. */
  readonly onStarted: (signal: AbortSignal) => Promise<void>;
}

export interface Elector {
  /**
   * Campaigns until elected, leads until `signal` aborts or the Lease is lost, and releases the Lease after draining. May be
   * called again once it has resolved.
   */
  run(signal: AbortSignal, callbacks: ElectionCallbacks): Promise<"released" | "lost" | "stopped">;
  /** False after the renew deadline, even before any timer has fired. */
  isLeader(): boolean;
  /** Takes the Lease from a list, so that the wait for an expired holder starts before the campaign does. */
  observe(lease: KubeObject): void;
  /** How long this process has seen the Lease free; undefined while it is held or unknown. */
  vacantMs(): number | undefined;
  /** How long the previous holder had not renewed when this process took the Lease; undefined without one. */
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
  /** The record last seen, and when this process first saw that version. */
  #seen: { readonly version: string; readonly spec: LeaseSpec; readonly atMs: number } | undefined;
  /** When the last successful renewal was sent, not answered: the earlier of the two is safe. */
  #renewedMs = Number.NEGATIVE_INFINITY;
  #leads = false;
  /** A write was sent and its answer is unknown: this process may hold the Lease. */
  #mayHold = false;
  #takenAfterMs: number | undefined;
  /** As stored by the last renewal. */
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
      if (!signal.aborted) await sleep(clock, Math.min(this.#jittered(), this.#expiresInMs()), signal);
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
      // Also when the work threw: otherwise the Lease would be held without anyone working.
      renewal.abort();
      await kept;
      this.#leads = false;
      if (!lost.signal.aborted) await this.#release();
    }
    if (!lost.signal.aborted) return "released";
    logger.error({ identity, lease: name }, "lost the lease");
    return "lost";
  }

  /** Resolves when the Lease was not renewed in time, or when `signal` aborts. */
  async #keep(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      // Never past the deadline: this process must stop before another may start.
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
      // Deleted, but its holder does not know yet.
      if (this.#isHeldByAnother() && !this.#isExpired()) return false;
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

  /** Renews with one request, from the stored copy. Returns false when somebody else wrote the Lease. */
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

  observe(lease: KubeObject): void {
    // A list may be older than the last renewal.
    const isNewer = compareVersions(lease.metadata.resourceVersion ?? "", this.#seen?.version ?? "") > 0;
    if (isNewer) this.#see(lease);
  }

  takenAfterMs(): number | undefined {
    return this.#takenAfterMs;
  }

  vacantMs(): number | undefined {
    if (this.#seen === undefined || !this.#isFree(this.#seen.spec)) return undefined;
    const unchangedMs = this.#options.clock.monotonicMs() - this.#seen.atMs;
    return (this.#seen.spec.holderIdentity ?? "") === "" ? unchangedMs : unchangedMs - this.#durationMs();
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

  /** Free when released, or when this process saw the record unchanged for its whole duration. */
  #isFree(spec: LeaseSpec): boolean {
    return (spec.holderIdentity ?? "") === "" || this.#isExpired();
  }

  #isExpired(): boolean {
    return this.#seen !== undefined && this.#options.clock.monotonicMs() - this.#seen.atMs >= this.#durationMs();
  }

  #durationMs(): number {
    return (this.#seen?.spec.leaseDurationSeconds ?? this.#leaseMs / 1_000) * 1_000;
  }

  /** The time until the holder's Lease expires, if it never renews again. */
  #expiresInMs(): number {
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
      logger.warn(failureFields(logger, error), "lease not released; it expires by itself");
    }
  }

  #jittered(): number {
    return this.#retryMs * (1 + (this.#options.random ?? Math.random)() * 0.2);
  }
}

export const specOf = (lease: KubeObject): LeaseSpec => (lease["spec"] ?? {}) as LeaseSpec;
