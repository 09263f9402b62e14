/** The result of asking a registry for the digest of a tag. */

export type Resolution = Found | Unresolved;

export interface Found {
  readonly kind: "found";
  readonly digest: string;
}

export interface Unresolved {
  /**
   * - `unreachable`: no answer, or a request to try later; nothing is known about the image.
   * - `not-found`: the registry has no such tag.
   * - `denied`: the registry refuses the credential, or its absence.
   * - `malformed`: the answer cannot be trusted.
   */
  readonly kind: "unreachable" | "not-found" | "denied" | "malformed";
  /** One line with what to do about it; never a credential. */
  readonly message: string;
  /** An earlier attempt is of no use. */
  readonly retryAfterMs?: number | undefined;
}

/** Carries an {@link Unresolved} through the client to its edge. */
export class ResolutionError extends Error {
  override readonly name = "ResolutionError";
  readonly kind: Unresolved["kind"];
  readonly retryAfterMs: number | undefined;

  constructor(kind: Unresolved["kind"], message: string, retryAfterMs?: number) {
    super(message);
    this.kind = kind;
    this.retryAfterMs = retryAfterMs;
  }
}
