/** What a handler's pass ended in. One switch in the runner turns it into requeue, log and metric. */
export type Outcome =
  | { readonly kind: "settled" }
  /** Something else must move first; looked at again on its change, and at the latest after `retryAfterMs`. */
  | { readonly kind: "waiting"; readonly reason: string; readonly retryAfterMs: number }
  /** Only a person changing the object helps; not retried until it changes or the resync comes. */
  | { readonly kind: "stalled"; readonly reason: string; readonly message: string }
  /** Unexpected; retried with exponential back-off. */
  | { readonly kind: "failed"; readonly error: Error };

export const settled = (): Outcome => ({ kind: "settled" });

export const waiting = (reason: string, retryAfterMs: number): Outcome => ({ kind: "waiting", reason, retryAfterMs });

export const stalled = (reason: string, message: string): Outcome => ({ kind: "stalled", reason, message });

export const failed = (error: Error): Outcome => ({ kind: "failed", error });

/** kopf's `TemporaryError`: try this handler again after `delayMs`; becomes *waiting*. */
export class TemporaryError extends Error {
  override readonly name = "TemporaryError";
  readonly delayMs: number;

  constructor(message: string, delayMs = 60_000) {
    super(message);
    this.delayMs = delayMs;
  }
}

/** kopf's `PermanentError`: retrying cannot help until the object changes; becomes *stalled*. */
export class PermanentError extends Error {
  override readonly name = "PermanentError";
}

/** Maps whatever a handler threw onto an outcome; anything that is not one of the two errors above is *failed*. */
export function outcomeOfError(thrown: unknown): Outcome {
  if (thrown instanceof TemporaryError) return waiting(thrown.message, thrown.delayMs);
  if (thrown instanceof PermanentError) return stalled("PermanentError", thrown.message);
  return failed(thrown instanceof Error ? thrown : new Error(String(thrown)));
}
