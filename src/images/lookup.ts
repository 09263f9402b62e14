/** What became of asking a registry for the digest of a tag. */

/** Every message is one line that names registry and repository, says what to do, and never shows a credential. */
export type Lookup =
  | { readonly kind: "found"; readonly digest: string }
  | Refusal
  /** No answer, or one that says to ask again: nothing is known of the image. */
  | { readonly kind: "unreachable"; readonly message: string; readonly retryAfterMs?: number };

/** The registry, or the way to it, gave an answer that asking again does not change soon. */
export interface Refusal {
  /**
   * - `not-found`: it has no such tag.
   * - `denied`: it refuses who asks.
   * - `malformed`: its answer cannot be believed.
   */
  readonly kind: "not-found" | "denied" | "malformed";
  readonly message: string;
}

/** Thrown inside the client, and turned into a {@link Lookup} at its edge. `why` is a clause without the image's name. */
export class LookupFailure extends Error {
  override readonly name = "LookupFailure";
  readonly kind: Exclude<Lookup["kind"], "found">;
  readonly retryAfterMs: number | undefined;

  constructor(kind: Exclude<Lookup["kind"], "found">, why: string, retryAfterMs?: number) {
    super(why);
    this.kind = kind;
    this.retryAfterMs = retryAfterMs;
  }
}
