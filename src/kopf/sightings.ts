/** Who is alive, as their Leases say: judged, as leaders are, by how long this process saw each record stand still. */
import type { Clock } from "./clock.ts";
import { specOf } from "./leader-election.ts";
import type { KubeObject } from "./object.ts";

/** Lists that come later than this after the one before leave a gap in which nothing was seen. */
const GAP_MS = 3_000;

interface Sighting {
  readonly lease: KubeObject;
  /** When this process first saw it so, in monotonic milliseconds; later by the gaps in which nobody could have moved it. */
  readonly atMs: number;
}

export class Sightings {
  readonly #clock: Clock;
  #seen = new Map<string, Sighting>();
  #listedMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes a whole list. A Lease that is not in it was deleted, of which its holder knows nothing yet: it is alive until it has run out. */
  see(leases: readonly KubeObject[]): void {
    const now = this.#clock.monotonicMs();
    const sinceMs = now - (this.#listedMs ?? now);
    // While no list arrived, the others may have been as unable to renew: that they stood still says nothing yet.
    const blindMs = sinceMs > GAP_MS ? sinceMs : 0;
    this.#listedMs = now;
    const vanished = [...this.#seen].filter(([, sighting]) => this.#isLive(sighting));
    const listed = leases.map((lease) => {
      const before = this.#seen.get(lease.metadata.name);
      const stoodStill = before?.lease.metadata.resourceVersion === lease.metadata.resourceVersion;
      const atMs = stoodStill && before !== undefined ? before.atMs + blindMs : now;
      return [lease.metadata.name, { lease, atMs }] as const;
    });
    this.#seen = new Map([...vanished, ...listed]);
  }

  /** Those that somebody holds, and that have not run out. */
  live(): readonly KubeObject[] {
    return [...this.#seen.values()].filter((sighting) => this.#isLive(sighting)).map(({ lease }) => lease);
  }

  /** Every one, those that have run out too. */
  all(): readonly KubeObject[] {
    return [...this.#seen.values()].map(({ lease }) => lease);
  }

  #isLive({ lease, atMs }: Sighting): boolean {
    const { holderIdentity = "", leaseDurationSeconds = 0 } = specOf(lease);
    return holderIdentity !== "" && this.#clock.monotonicMs() - atMs < leaseDurationSeconds * 1_000;
  }

  /** Those that have stood still for at least so long, released ones too. */
  still(forMs: number): readonly KubeObject[] {
    const now = this.#clock.monotonicMs();
    return [...this.#seen.values()].flatMap(({ lease, atMs }) => (now - atMs >= forMs ? [lease] : []));
  }
}
