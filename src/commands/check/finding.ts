/** One thing that `palisade check` looks at, and what it saw. */
import type { Client, Clock } from "kopf-ts";
import type { Installation } from "../../installation.ts";

export interface Finding {
  readonly holds: boolean;
  /** What was seen; and what to look at, where it does not hold. */
  readonly message: string;
}

export interface Surroundings {
  readonly client: Client;
  readonly clock: Clock;
  readonly installation: Installation;
  readonly signal: AbortSignal;
  /** As the operator's configuration says. */
  readonly shards: number;
  /** The address of the operator's probes; undefined where its Service cannot be reached, outside the cluster. */
  readonly probes: string | undefined;
}

export type Question = (surroundings: Surroundings) => Promise<Finding>;

export const yes = (message: string): Finding => ({ holds: true, message });
export const no = (message: string): Finding => ({ holds: false, message });
