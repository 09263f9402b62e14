/** One way to weaken a locked-down workload, numbered as in docs/drift.md, and how it is carried out. */
import type { Client } from "kopf-ts";
import type { Stage } from "./stage.ts";

/**
 * - `alice`: has the built-in role `edit` in the namespace.
 * - `bob`: has `admin` there.
 * - `carol`: has Palisade's narrow role for app teams in place of `edit`.
 * - `mallory`: may do everything that can be written down in a ClusterRole but Palisade's own verbs.
 * - `thief`: holds a token of the operator's account.
 */
export type Attacker = "alice" | "bob" | "carol" | "mallory" | "thief";

export interface Attack {
  /** What is done, as a clause: `adds a mining sidecar`. */
  readonly title: string;
  /** The weakest user able to. */
  readonly user: Attacker;
  /** What must be there first, and is not the attack. */
  readonly prepare?: (stage: Stage) => Promise<unknown>;
  /** Throws what the API server answers when it refuses. */
  readonly act: (stage: Stage, client: Client) => Promise<unknown>;
  /** Whether what was done is still there. Absent for what leaves nothing behind, a token for example: that is refused or stands. */
  readonly stands?: (stage: Stage) => Promise<boolean>;
  /** Who says so, where it is only told of: `SecurityBaseline RBACNarrow` for example; undefined while nobody does. */
  readonly told?: (stage: Stage) => Promise<string | undefined>;
  /** Where the admission policies are the only answer, and an attack that arrives would end the run for all others. */
  readonly onlyGuarded?: boolean;
  /** A controller of Kubernetes undoes it too, and may be the first: whether we count it is chance. */
  readonly undoneByKubernetes?: boolean;
  /** The stage is not as it was, whatever the outcome, if the attack was accepted. */
  readonly spoils?: boolean;
  /** Takes away what the product leaves standing by design, so that later attacks find the cluster as it was. */
  readonly restore?: (stage: Stage) => Promise<unknown>;
}

export interface DriftCase {
  readonly number: number;
  readonly title: string;
  /** Who can do it on a plain cluster: E `edit`, A `admin`, X more than that, P code in the pod, CR the author of a SecureWorkload, token the operator's token. */
  readonly who: string;
  readonly attacks: readonly Attack[];
  /** The operator unless set. */
  readonly undoneBy?: string;
  /** Without an attack that an API server could answer: what becomes of it and why, and the test that shows it where there is one. */
  readonly otherwise?: {
    readonly verdict: "prevented" | "detected" | "not in reach";
    readonly by: string;
    readonly reason: string;
  };
}
