/** The result of a handler's run. The controller turns it into a requeue, a log line and a metric. */
export type Outcome =
  | { readonly kind: "settled" }
  /** Something else must change first. Runs again on the next change, and at the latest after `retryAfterMs`. */
  | { readonly kind: "waiting"; readonly reason: string; readonly retryAfterMs: number }
  /** Only a change of the object helps. Runs again on that change, and with the resync. */
  | { readonly kind: "stalled"; readonly reason: string; readonly message: string }
  /** Unexpected; retried with exponential back-off. */
  | { readonly kind: "failed"; readonly error: Error };

export const settled = (): Outcome => ({ kind: "settled" });

export const waiting = (reason: string, retryAfterMs: number): Outcome => ({ kind: "waiting", reason, retryAfterMs });

export const stalled = (reason: string, message: string): Outcome => ({ kind: "stalled", reason, message });

export const failed = (error: Error): Outcome => ({ kind: "failed", error });

/** Throw it to run again after `delayMs`, as in kopf; becomes *waiting*. */
export class TemporaryError extends Error {
  override readonly name = "TemporaryError";
  readonly delayMs: number;

  constructor(message: string, delayMs = 60_000) {
    super(message);
    this.delayMs = delayMs;
  }
}

/** Throw it when a retry cannot help until the object changes, as in kopf; becomes *stalled*. */
export class PermanentError extends Error {
  override readonly name = "PermanentError";
}

/** The outcome of a thrown value; *failed* unless it is one of the two errors above. */
export function outcomeOfError(thrown: unknown): Outcome {
  if (thrown instanceof TemporaryError) return waiting(thrown.message, thrown.delayMs);
  if (thrown instanceof PermanentError) return stalled("PermanentError", thrown.message);
  return failed(thrown instanceof Error ? thrown : new Error(String(thrown)));
}
