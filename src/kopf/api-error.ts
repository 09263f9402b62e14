/**
 * The API server refused a request (`status` is the HTTP status), or no complete answer arrived (`status` is 0).
 * The message holds method, path and the server's `Status` message; never a query, a body, a token or a secret.
 */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  /** `metav1.Status.reason` (`Conflict` for example), or one of {@link FailureReason} where no answer came. */
  readonly reason: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    details: {
      readonly status: number;
      readonly reason?: string | undefined;
      readonly retryAfterMs?: number | undefined;
      readonly cause?: unknown;
    },
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.status = details.status;
    this.reason = details.reason;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/**
 * Why no complete answer arrived.
 * - `Unreachable`: no connection, or it ended before the answer began. A write may still have reached the server.
 * - `Broken`: the answer began and did not end.
 * - `Timeout`: the deadline passed.
 * - `Aborted`: the caller aborted.
 * - `Idle`: a watch stayed silent for too long.
 */
export type FailureReason = "Unreachable" | "Broken" | "Timeout" | "Aborted" | "Idle";

export function noAnswer(subject: string, reason: FailureReason, why: string, cause?: unknown): ApiError {
  return new ApiError(`${subject}: ${why}`, { status: 0, reason, cause });
}

const hasStatus = (error: unknown, status: number): error is ApiError =>
  error instanceof ApiError && error.status === status;

const hasReason = (error: unknown, reason: string): boolean => error instanceof ApiError && error.reason === reason;

export const isNotFound = (error: unknown): boolean => hasStatus(error, 404);
/** The resource exists but does not take this verb: its kind is being removed, for example. */
export const isMethodNotAllowed = (error: unknown): boolean => hasStatus(error, 405);
export const isAlreadyExists = (error: unknown): boolean => hasStatus(error, 409) && hasReason(error, "AlreadyExists");
/** Somebody else wrote first: the `resourceVersion` or `uid` is stale, or another manager owns the field. */
export const isConflict = (error: unknown): boolean => hasStatus(error, 409) && !hasReason(error, "AlreadyExists");
export const isInvalid = (error: unknown): boolean => hasStatus(error, 422);
export const isForbidden = (error: unknown): boolean => hasStatus(error, 403);
/** The requested version is no longer kept: list again. */
export const isGone = (error: unknown): boolean => hasStatus(error, 410) || hasReason(error, "Expired");
/** The caller's own signal ended the request. */
export const isAborted = (error: unknown): boolean => hasStatus(error, 0) && hasReason(error, "Aborted");
/** The answer never began. */
export const isUnreachable = (error: unknown): boolean => hasStatus(error, 0) && hasReason(error, "Unreachable");
/** A watch was dropped because nothing came. */
export const isIdle = (error: unknown): boolean => hasStatus(error, 0) && hasReason(error, "Idle");

/** The parts of a `metav1.Status` that are read. */
interface StatusObject {
  readonly kind?: string;
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly retryAfterSeconds?: number } | null;
}

/** Server messages may repeat long input. */
const MESSAGE_LIMIT = 1_000;

/** The error of a `metav1.Status`. `fallback` applies to other answers, a proxy's page for example. */
export function errorOfStatus(
  subject: string,
  body: unknown,
  fallback: { readonly status: number; readonly retryAfterMs?: number | undefined },
): ApiError {
  const answer: StatusObject = isStatus(body) ? body : {};
  const status = answer.code ?? fallback.status;
  const seconds = answer.details?.retryAfterSeconds;
  const message = (answer.message ?? "the answer is not a Status object").slice(0, MESSAGE_LIMIT);
  return new ApiError(`${subject}: ${status}${answer.reason === undefined ? "" : ` ${answer.reason}`}: ${message}`, {
    status,
    reason: answer.reason,
    retryAfterMs: fallback.retryAfterMs ?? (seconds === undefined || seconds <= 0 ? undefined : seconds * 1_000),
  });
}

function isStatus(body: unknown): body is StatusObject {
  return typeof body === "object" && body !== null && "kind" in body && body.kind === "Status";
}

/** `Retry-After` as milliseconds from `nowMs`; RFC 9110 allows seconds or a date. */
export function parseRetryAfter(header: string | readonly string[] | undefined, nowMs: number): number | undefined {
  const text = typeof header === "string" ? header.trim() : header?.[0]?.trim();
  if (text === undefined || text === "") return undefined;
  if (/^\d+$/.test(text)) return Number(text) * 1_000;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
