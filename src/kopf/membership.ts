/**
 * Which replicas are alive, and the shard count of each. A replica announces itself in a Lease of its own, and works only while
 * it renews that Lease: when the others see it expire, the replica has stopped.
 */
import { isAlreadyExists, isConflict, isNotFound } from "./api-error.ts";
import type { Client } from "./client.ts";
import type { Clock } from "./clock.ts";
import { LEASE, type LeaseSpec, specOf } from "./leader-election.ts";
import { LeaseObserver } from "./lease-observer.ts";
import { microTime } from "./micro-time.ts";
import type { KubeObject } from "./object.ts";

/** Leases of replicas that ended are deleted after this long. */
const DELETED_AFTER_MS = 15 * 60_000;

export interface MembershipOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly namespace: string;
  /** The operator's name. A held Lease of this name belongs to a replica without shards. */
  readonly name: string;
  readonly identity: string;
  readonly shards: number;
  readonly leaseMs: number;
  /** Without a renewal for this long, this replica is not a member. */
  readonly renewMs: number;
}

export interface Member {
  readonly identity: string;
  readonly shards: number;
}

/** For logs. */
export const memberText = ({ identity, shards }: Member): string => `${identity}=${shards}`;

export class Membership {
  readonly #options: MembershipOptions;
  readonly #observer: LeaseObserver;
  /** As stored by the last renewal. */
  #lease: KubeObject | undefined;
  #renewedMs = Number.NEGATIVE_INFINITY;

  constructor(options: MembershipOptions) {
    this.#options = options;
    this.#observer = new LeaseObserver(options.clock);
  }

  /** How long this replica stays a member without a renewal. */
  leftMs(): number {
    return this.#options.renewMs - (this.#options.clock.monotonicMs() - this.#renewedMs);
  }

  isAlive(): boolean {
    return this.leftMs() > 0;
  }

  /** Announces this replica as alive. Throws when the API server refuses. */
  async renew(signal: AbortSignal): Promise<void> {
    const { client, clock, namespace } = this.#options;
    const sentMs = clock.monotonicMs();
    const bounds = this.#bounds(signal);
    try {
      this.#lease =
        this.#lease === undefined
          ? await client.create(LEASE, this.#record(undefined), bounds)
          : await client.replace(LEASE, this.#record(this.#lease), bounds);
    } catch (error) {
      // The answer was lost, or somebody deleted the Lease: the next try starts from what is stored.
      if (isConflict(error) || isAlreadyExists(error) || isNotFound(error))
        this.#lease = await client.get(LEASE, { namespace, name: this.#name() }, bounds);
      throw error;
    }
    this.#renewedMs = sentMs;
  }

  /** Lists the Leases of the operator's namespace, returns them, and updates `members`. */
  async refresh(signal: AbortSignal): Promise<readonly KubeObject[]> {
    const { client, namespace, name } = this.#options;
    const { items } = await client.list(LEASE, { namespace, ...this.#bounds(signal) });
    this.#observer.observe(
      items.filter(
        ({ metadata }) =>
          metadata.name === name || this.#isMember(metadata.name) || metadata.name.startsWith(`${name}-shard-`),
      ),
    );
    return items;
  }

  /** The replicas that are alive, this one included. The count is NaN for one that holds a shard and announces nothing. */
  members(): readonly Member[] {
    const { identity, shards, name } = this.#options;
    const counts = new Map<string, number>(this.isAlive() ? [[identity, shards]] : []);
    const announced = new Set(
      this.#observer.all().flatMap((lease) => (this.#isMember(lease.metadata.name) ? [holderOf(lease)] : [])),
    );
    for (const lease of this.#observer.live()) {
      const holder = holderOf(lease);
      if (holder === identity) continue;
      if (lease.metadata.name === name) counts.set(holder, 1);
      else if (this.#isMember(lease.metadata.name))
        counts.set(holder, Number(lease.metadata.annotations?.[shardsKey(name)]));
      else if (!announced.has(holder)) counts.set(holder, Number.NaN);
    }
    return [...counts].map(([member, number]) => ({ identity: member, shards: number }));
  }

  /** Deletes the Leases of replicas that ended long ago. */
  async deleteOld(signal: AbortSignal): Promise<void> {
    const { client } = this.#options;
    for (const { metadata } of this.#observer.unchanged(DELETED_AFTER_MS)) {
      if (!this.#isMember(metadata.name) || metadata.name === this.#name()) continue;
      const { resourceVersion = "" } = metadata;
      await client.delete(LEASE, metadata, { resourceVersion, ...this.#bounds(signal) });
    }
  }

  /** Ends the membership. Releases the Lease instead of deleting it: a missing Lease proves nothing to the others. */
  async leave(): Promise<void> {
    this.#renewedMs = Number.NEGATIVE_INFINITY;
    if (this.#lease === undefined) return;
    const spec: LeaseSpec = { ...specOf(this.#lease), holderIdentity: "", leaseDurationSeconds: 1 };
    await this.#options.client.replace(LEASE, { ...this.#lease, spec }, { pool: "lease", deadlineMs: 5_000 });
  }

  #bounds(signal: AbortSignal) {
    return { signal, pool: "lease", deadlineMs: Math.max(1_000, Math.floor(this.#options.renewMs / 2)) } as const;
  }

  #isMember(name: string): boolean {
    return name.startsWith(`${this.#options.name}-member-`);
  }

  /** Cut at the front: the end of an identity makes it unique. */
  #name(): string {
    const { name, identity } = this.#options;
    const safe = identity.toLowerCase().replace(/[^a-z0-9-]/g, "-");
    return `${name}-member-${safe.slice(-150).replace(/^-+|-+$/g, "")}`;
  }

  #record(lease: KubeObject | undefined): KubeObject {
    const { namespace, name, identity, shards, leaseMs, clock } = this.#options;
    const now = microTime(clock.now());
    const spec: LeaseSpec = {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(leaseMs / 1_000),
      acquireTime: lease === undefined ? now : (specOf(lease).acquireTime ?? now),
      renewTime: now,
    };
    const annotations = { ...lease?.metadata.annotations, [shardsKey(name)]: String(shards) };
    const metadata = { ...(lease?.metadata ?? { namespace, name: this.#name() }), annotations };
    return { apiVersion: "coordination.k8s.io/v1", kind: LEASE.kind, metadata, spec };
  }
}

const holderOf = (lease: KubeObject): string => specOf(lease).holderIdentity ?? "";

/** The annotation that holds a replica's shard count. */
const shardsKey = (name: string): string => `${name}/shards`;
