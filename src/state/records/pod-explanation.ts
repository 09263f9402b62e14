import type { Addition } from "../../plan/additions.ts";
import type { PodParts } from "./pod-fields.ts";

/** What the API server adds to the pods of one template. */
export interface Explanation {
  /** The parts of a pod that the dry run would have created; undefined where the API server refused it. */
  readonly parts: PodParts | undefined;
  /** What differs from the template: from the dry run, or from a pod that lives where there is none. */
  readonly additions: readonly Addition[];
  /** Ids of rules of the pod baseline that such a pod breaks. */
  readonly breaks: readonly string[];
  /** What the API server said instead. */
  readonly failure: string | undefined;
  /** The configuration of admission that it was learned under. */
  readonly version: number;
  /** When, in monotonic milliseconds and since the epoch. */
  readonly learnedMs: number;
  readonly learnedAtMs: number;
  /** From when on a failed one is asked for again. */
  readonly againMs: number;
  /** How often in a row it failed. */
  readonly failures: number;
}
