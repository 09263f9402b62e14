/**
 * Since when the API server has let nobody but the control plane create or change pods of workloads, as far as this process can prove it. A pod that
 * was created later was created by a controller from its template, and what it has beyond that was put there by admission.
 *
 * Creation times are set by the server, so policies that were deleted and restored while nobody looked prove nothing of the time before.
 */

/** The API server acts on a new policy a moment after it is stored. */
const IN_FORCE_AFTER_MS = 5_000;

export class PodGuard {
  readonly #isEnrolled: (namespace: string) => boolean;
  readonly #listeners = new Set<() => void>();
  #sinceMs: number | undefined;

  /** `isEnrolled` says whether a namespace carries the label that the policies are bound by. */
  constructor(isEnrolled: (namespace: string) => boolean) {
    this.#isEnrolled = isEnrolled;
  }

  /** Milliseconds since the epoch from which every policy on pods has stood unchanged; undefined while one does not. */
  note(sinceMs: number | undefined): void {
    if (this.#sinceMs === sinceMs) return;
    this.#sinceMs = sinceMs;
    for (const listener of this.#listeners) listener();
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  /** Whether the policies apply to a namespace: only there may the operator ask by dry run. */
  appliesTo(namespace: string): boolean {
    return this.#isEnrolled(namespace);
  }

  /** Whether every policy on pods stands and applies to this namespace, since whenever. */
  stands(namespace: string): boolean {
    return this.#sinceMs !== undefined && this.#isEnrolled(namespace);
  }

  /** Whether a pod of this namespace was guarded for its whole life. */
  covers(namespace: string, { createdMs }: { readonly createdMs: number }): boolean {
    return this.#sinceMs !== undefined && createdMs >= this.#sinceMs + IN_FORCE_AFTER_MS && this.#isEnrolled(namespace);
  }
}
