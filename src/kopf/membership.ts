/**
 * The replicas that are alive and the number of shards that each of them divides by. A replica says so in a Lease of its own, and works
 * only while that Lease is renewed: whoever holds it for dead may be sure that it has stopped.
 */
import { isAlreadyExists, isConflict, isNotFound } from "./api-error.ts";
import type { Client } from "./client.ts";
import type { Clock } from "./clock.ts";
import { LEASE, type LeaseSpec, specOf } from "./leader-election.ts";
import { microTime } from "./micro-time.ts";
import type { KubeObject } from "./object.ts";
import { Sightings } from "./sightings.ts";

/** Leases of replicas that ended are left behind, a small one each. */
const COLLECTED_AFTER_MS = 15 * 60_000;

export interface MembershipOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly namespace: string;
  /** The operator's. Its own Lease, when somebody holds that, is a replica that divides nothing. */
  readonly name: string;
  readonly identity: string;
  readonly shards: number;
  readonly leaseMs: number;
  /** Without a renewal for so long, this replica is no member. */
  readonly renewMs: number;
}

export interface Member {
  readonly identity: string;
  readonly shards: number;
}

/** As logs say it. */
export const memberText = ({ identity, shards }: Member): string => `${identity}=${shards}`;

export class Membership {
  readonly #options: MembershipOptions;
  readonly #sightings: Sightings;
  /** As the server keeps it, after the last renewal. */
  #lease: KubeObject | undefined;
  #renewedMs = Number.NEGATIVE_INFINITY;

  constructor(options: MembershipOptions) {
    this.#options = options;
    this.#sightings = new Sightings(options.clock);
  }

  /** How long it is a member yet, if nothing renews it. */
  leftMs(): number {
    return this.#options.renewMs - (this.#options.clock.monotonicMs() - this.#renewedMs);
  }

  isAlive(): boolean {
    return this.leftMs() > 0;
  }

  /** Throws when the API server does not take it. */
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
      // Its own answer may have been lost, or somebody deleted it: the next try starts from what is there.
      if (isConflict(error) || isAlreadyExists(error) || isNotFound(error))
        this.#lease = await client.get(LEASE, { namespace, name: this.#name() }, bounds);
      throw error;
    }
    this.#renewedMs = sentMs;
  }

  /** Every Lease of the operator's namespace. Afterwards the members are known. */
  async look(signal: AbortSignal): Promise<readonly KubeObject[]> {
    const { client, namespace, name } = this.#options;
    const { items } = await client.list(LEASE, { namespace, ...this.#bounds(signal) });
    this.#sightings.see(
      items.filter(
        ({ metadata }) =>
          metadata.name === name || this.#isMember(metadata.name) || metadata.name.startsWith(`${name}-shard-`),
      ),
    );
    return items;
  }

  /** Those that are alive; itself among them, while it is. Of one that holds a shard and says nothing else, the number is not known. */
  members(): readonly Member[] {
    const { identity, shards, name } = this.#options;
    const says = new Map<string, number>(this.isAlive() ? [[identity, shards]] : []);
    const saidOnce = new Set(
      this.#sightings.all().flatMap((lease) => (this.#isMember(lease.metadata.name) ? [holderOf(lease)] : [])),
    );
    for (const lease of this.#sightings.live()) {
      const holder = holderOf(lease);
      if (holder === identity) continue;
      if (lease.metadata.name === name) says.set(holder, 1);
      else if (this.#isMember(lease.metadata.name))
        says.set(holder, Number(lease.metadata.annotations?.[shardsKey(name)]));
      else if (!saidOnce.has(holder)) says.set(holder, Number.NaN);
    }
    return [...says].map(([member, number]) => ({ identity: member, shards: number }));
  }

  /** Removes the Leases of replicas that are long gone. */
  async collect(signal: AbortSignal): Promise<void> {
    const { client } = this.#options;
    for (const { metadata } of this.#sightings.still(COLLECTED_AFTER_MS)) {
      if (!this.#isMember(metadata.name) || metadata.name === this.#name()) continue;
      const { resourceVersion = "" } = metadata;
      await client.delete(LEASE, metadata, { resourceVersion, ...this.#bounds(signal) });
    }
  }

  /** It is a member no more, and need not be waited for. The Lease is released, not deleted: one that vanishes proves nothing. */
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

  /** The end of an identity is what is unique of it. */
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

/** The annotation that says into how many parts a replica divides. */
const shardsKey = (name: string): string => `${name}/shards`;
