/**
 * Which templates a workload's controllers had while they said what the workload says. A ReplicaSet, a ControllerRevision or a run of another
 * template was made in the gap before a correction, or edited, and its pods outlive the correction unless they are ended (DRIFT 19, 20, 83).
 */
import type { TemplateRecord } from "./pod-record.ts";

/** More than any history that Kubernetes keeps. */
const KEPT = 50;
/** How long a controller may take to act on what it was told before this process began to look. */
const SETTLING_MS = 5_000;

export class TemplateLedger {
  readonly #had = new Map<string, Set<string>>();
  readonly #refused = new Map<string, Set<string>>();
  readonly #sinceMs = new Map<string, number>();

  /** A controller of the workload conforms, or may not be touched, and has this template. */
  note(workloadUid: string, digest: string): void {
    add(this.#had, workloadUid, digest);
    this.#refused.get(workloadUid)?.delete(digest);
  }

  /** Somebody gave a controller of the workload this template; what had it before that is not made worse by it. */
  refuse(workloadUid: string, digest: string): void {
    if (this.#had.get(workloadUid)?.has(digest) !== true) add(this.#refused, workloadUid, digest);
  }

  /** This process writes the workload's children from now on, if it did not already. */
  begin(workloadUid: string, nowMs: number): void {
    if (!this.#sinceMs.has(workloadUid)) this.#sinceMs.set(workloadUid, nowMs);
  }

  /**
   * Whether the template may be one that the workload had. What stood before this process began is believed unless it was seen
   * to change or breaks Pod Security, so that neither a restart nor an upgrade ends a pod.
   */
  explains(workloadUid: string, { digest, isEdited, isWeak, seenMs }: LedgerEntry): boolean {
    if (this.#had.get(workloadUid)?.has(digest) === true) return true;
    if (isEdited || this.#refused.get(workloadUid)?.has(digest) === true) return false;
    const sinceMs = this.#sinceMs.get(workloadUid);
    return (sinceMs === undefined || seenMs <= sinceMs + SETTLING_MS) && !isWeak;
  }

  /** Another process writes them from now on. */
  end(workloadUid: string): void {
    this.#sinceMs.delete(workloadUid);
  }

  forget(workloadUid: string): void {
    this.#had.delete(workloadUid);
    this.#refused.delete(workloadUid);
    this.#sinceMs.delete(workloadUid);
  }
}

/** The newest stands last, and the oldest goes first. */
function add(digests: Map<string, Set<string>>, workloadUid: string, digest: string): void {
  const kept = digests.get(workloadUid) ?? new Set();
  kept.delete(digest);
  kept.add(digest);
  for (const oldest of [...kept].slice(0, -KEPT)) kept.delete(oldest);
  digests.set(workloadUid, kept);
}

export type LedgerEntry = Pick<TemplateRecord, "digest" | "isEdited" | "isWeak" | "seenMs">;
