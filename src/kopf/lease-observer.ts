/** Decides which Leases are alive by how long this process has seen each record unchanged, never by the times in it. */
import type { Clock } from "./clock.ts";
import { specOf } from "./leader-election.ts";
import type { KubeObject } from "./object.ts";

/** Lists further apart than this leave a gap in which nothing was observed. */
const GAP_MS = 3_000;

interface Observation {
  readonly lease: KubeObject;
  /** When this process first saw this version, in monotonic milliseconds, plus the gaps since. */
  readonly atMs: number;
}

export class LeaseObserver {
  readonly #clock: Clock;
  #seen = new Map<string, Observation>();
  #listedMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes a complete list. A deleted Lease stays alive until it expires: its holder does not know of the deletion yet. */
  observe(leases: readonly KubeObject[]): void {
    const now = this.#clock.monotonicMs();
    const sinceMs = now - (this.#listedMs ?? now);
    // During a gap the others may not have reached the API server either, so an unchanged record proves nothing.
    const blindMs = sinceMs > GAP_MS ? sinceMs : 0;
    this.#listedMs = now;
    const vanished = [...this.#seen].filter(([, observation]) => this.#isLive(observation));
    const listed = leases.map((lease) => {
      const before = this.#seen.get(lease.metadata.name);
      const isUnchanged = before?.lease.metadata.resourceVersion === lease.metadata.resourceVersion;
      const atMs = isUnchanged && before !== undefined ? before.atMs + blindMs : now;
      return [lease.metadata.name, { lease, atMs }] as const;
    });
    this.#seen = new Map([...vanished, ...listed]);
  }

  /** Leases that are held and have not expired. */
  live(): readonly KubeObject[] {
    return [...this.#seen.values()].filter((observation) => this.#isLive(observation)).map(({ lease }) => lease);
  }

  /** All Leases, expired ones included. */
  all(): readonly KubeObject[] {
    return [...this.#seen.values()].map(({ lease }) => lease);
  }

  #isLive({ lease, atMs }: Observation): boolean {
    const { holderIdentity = "", leaseDurationSeconds = 0 } = specOf(lease);
    return holderIdentity !== "" && this.#clock.monotonicMs() - atMs < leaseDurationSeconds * 1_000;
  }

  /** Leases unchanged for at least `forMs`, released ones included. */
  unchanged(forMs: number): readonly KubeObject[] {
    const now = this.#clock.monotonicMs();
    return [...this.#seen.values()].flatMap(({ lease, atMs }) => (now - atMs >= forMs ? [lease] : []));
  }
}
