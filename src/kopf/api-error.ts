/** A refusal by the API server, or a connection that gave no whole answer. Never holds a request body, a token or a secret. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  /** `metav1.Status.reason`, `Conflict` for example. */
  readonly reason: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    details: { readonly status: number; readonly reason?: string | undefined; readonly retryAfterMs?: number | undefined; readonly cause?: unknown },
  ) {
    super(message, { cause: details.cause });
    this.status = details.status;
    this.reason = details.reason;
    this.retryAfterMs = details.retryAfterMs;
  }
}

const hasStatus = (error: unknown, status: number): error is ApiError => error instanceof ApiError && error.status === status;

export const isNotFound = (error: unknown): boolean => hasStatus(error, 404);
export const isAlreadyExists = (error: unknown): boolean => hasStatus(error, 409) && error.reason === "AlreadyExists";
export const isConflict = (error: unknown): boolean => hasStatus(error, 409) && error.reason !== "AlreadyExists";
export const isInvalid = (error: unknown): boolean => hasStatus(error, 422);
export const isForbidden = (error: unknown): boolean => hasStatus(error, 403);
/** The version asked for is no longer kept: list again. */
export const isGone = (error: unknown): boolean => hasStatus(error, 410) || (error instanceof ApiError && error.reason === "Expired");
