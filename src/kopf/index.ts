/** The public API of kopf-ts, as docs/api.md lists it. */

// Operators

export type { ReconcileContext, ReconcileHandler } from "./controller.ts";
export { EVENT, type EventInput, type EventRecorder, type EventSubject } from "./events.ts";
export { FencedError } from "./fence.ts";
export { type HealthOptions, type HealthServer, startHealthServer } from "./health.ts";
export { LEASE } from "./leader-election.ts";
export { createOperator } from "./operator.ts";
export type {
  Belongs,
  ElectionOptions,
  LifecycleHandlers,
  Operator,
  OperatorOptions,
  ReconcileOptions,
  Reconciler,
} from "./operator-types.ts";
export type { AddOptions } from "./queue.ts";
export { LeaseLostError } from "./single-leader.ts";
export { type Mapped, mapChanges, type Source } from "./source.ts";

// Outcomes of a reconcile run

export {
  failed,
  type Outcome,
  outcomeOfError,
  PermanentError,
  settled,
  stalled,
  TemporaryError,
  waiting,
} from "./outcome.ts";

// Caches

export type { IndexFunction } from "./cache-index.ts";
export type { AnswerTo, Cache, CacheChange, CacheOptions } from "./cache-types.ts";
export { isMetadataOnly } from "./full-reads.ts";

// Objects

export { hashOf } from "./hash.ts";
export {
  type KubeObject,
  keyOf,
  type ManagedFieldsEntry,
  nameOf,
  type ObjectMeta,
  type ObjectName,
  type OwnerReference,
} from "./object.ts";
export { apiVersionOf, pathOf, type Resource } from "./resource.ts";

// Connections and requests

export {
  ApiError,
  type FailureReason,
  isAlreadyExists,
  isConflict,
  isForbidden,
  isGone,
  isInvalid,
  isMethodNotAllowed,
  isNotFound,
  parseRetryAfter,
} from "./api-error.ts";
export {
  type ApplyOptions,
  type Client,
  createClient,
  type DeleteOptions,
  type ListOptions,
  type ListResult,
  listPages,
  type PatchOptions,
  type RequestBounds,
  type WriteOptions,
} from "./client.ts";
export { defaultConnection } from "./connection.ts";
export type { Connection, TlsMaterial } from "./connection-types.ts";
export { inClusterConnection } from "./in-cluster.ts";
export { type KubeconfigOptions, kubeconfigConnection } from "./kubeconfig.ts";
export { createTransport, type TransportOptions } from "./transport.ts";
export type { ApiRequest, Transport, WatchEvent, WatchRequest } from "./transport-types.ts";

// Logs, traces and time

export { exponentialMs } from "./backoff.ts";
export { type Clock, sleep, systemClock } from "./clock.ts";
export { followedFile } from "./followed-file.ts";
export * from "./log-fields.ts";
export { createLogger, type LoggerOptions } from "./logger.ts";
export { currentSpan, inRun, type ReconcileRun, type RunSubject, traced } from "./reconcile-run.ts";
export { openScope, type RequestScope } from "./request-scope.ts";
export { NO_SPAN, NO_TRACER, type Span, type SpanAttributes, type SpanDescription, type Tracer } from "./tracing.ts";
