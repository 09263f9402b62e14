/** The templates that the controllers of a workload had: whether what is made from one is the workload's own. */
import type { Memory, Remembered } from "./memory.ts";
import type { TemplateRecord } from "./records/template.ts";

/** More than any history that Kubernetes keeps; beside those, what something is still made from. */
const KEPT = 50;
/** How long a controller may take to act on what it was told before this process began to look. */
const SETTLING_MS = 5_000;

export class TemplateHistory {
  readonly #memory: Memory;
  readonly #isInUse: (workload: Remembered, digest: string) => boolean;

  /** `isInUse` tells whether a ReplicaSet or revision of that template exists: it is never forgotten, however many came after it. */
  constructor(memory: Memory, isInUse: (workload: Remembered, digest: string) => boolean = () => false) {
    this.#memory = memory;
    this.#isInUse = isInUse;
  }

  /** A controller of the workload conforms, or may not be touched, and has this template. */
  note(workload: Remembered, digest: string): void {
    const memory = this.#memory.of(workload);
    memory.templates = withNewest(memory.templates, digest, (old) => this.#isInUse(workload, old));
    memory.refusedTemplates?.delete(digest);
  }

  /** Whether a controller of the workload was seen to have this template, and rightly so. */
  has(workload: Remembered, digest: string): boolean {
    return this.#memory.of(workload).templates?.has(digest) === true;
  }

  /** Somebody gave a controller of the workload this template; what had it before that is not made worse by it. */
  refuse(workload: Remembered, digest: string): void {
    const memory = this.#memory.of(workload);
    if (memory.templates?.has(digest) !== true)
      memory.refusedTemplates = withNewest(memory.refusedTemplates, digest, (old) => this.#isInUse(workload, old));
  }

  /** This process writes the workload's children from now on, if it did not already; until its term ends. */
  begin(workload: Remembered, nowMs: number): void {
    this.#memory.of(workload).term.writingSinceMs ??= nowMs;
  }

  /**
   * Whether the template may be one that the workload had. What stood before this process began is believed unless it was seen
   * to change or breaks Pod Security, so that neither a restart nor an upgrade ends a pod. `isGuarded`: the policies let nobody but the workload's own
   * controllers make it, so what it has beyond the workload's template was put there by admission.
   */
  explains(workload: Remembered, { digest, isEdited, isWeak, seenMs }: LedgerEntry, isGuarded = false): boolean {
    const { templates, refusedTemplates, term } = this.#memory.of(workload);
    if (templates?.has(digest) === true) return true;
    if (isEdited || refusedTemplates?.has(digest) === true) return false;
    if (isGuarded && !isWeak) return true;
    const sinceMs = term.writingSinceMs;
    return (sinceMs === undefined || seenMs <= sinceMs + SETTLING_MS) && !isWeak;
  }
}

/** The newest stands last, and the oldest goes first. */
function withNewest(known: Set<string> | undefined, digest: string, isInUse: (digest: string) => boolean): Set<string> {
  const kept = known ?? new Set();
  kept.delete(digest);
  kept.add(digest);
  for (const oldest of [...kept].slice(0, -KEPT)) if (!isInUse(oldest)) kept.delete(oldest);
  return kept;
}

export type LedgerEntry = Pick<TemplateRecord, "digest" | "isEdited" | "isWeak" | "seenMs">;
