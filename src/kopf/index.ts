/** Everything public, on one page. */
export { ApiError, isAlreadyExists, isConflict, isForbidden, isGone, isInvalid, isNotFound } from "./api-error.ts";
export { type Cache, type CacheChange, type CacheOptions, createCache } from "./cache.ts";
export type { Cause } from "./causes.ts";
export { type Client, createClient } from "./client.ts";
export { type Clock, systemClock } from "./clock.ts";
export { type Connection, defaultConnection, inClusterConnection, kubeconfigConnection } from "./connection.ts";
export type { ReconcileContext, ReconcileHandler } from "./controller.ts";
export type { EventInput, EventRecorder } from "./events.ts";
export { FencedError } from "./fence.ts";
export { ABSENT, type Filters, PRESENT } from "./filters.ts";
export type { Handler, HandlerContext, RawChange, TimerOptions } from "./handler-types.ts";
export { ResourceHandlers } from "./handlers.ts";
export { type KubeObject, keyOf, nameOf, type ObjectMeta, type ObjectName } from "./object.ts";
export type { Index, IndexOf } from "./object-index.ts";
export { createOperator, from, LeaseLostError, type Operator, type OperatorOptions, type Source } from "./operator.ts";
export { failed, type Outcome, PermanentError, settled, stalled, TemporaryError, waiting } from "./outcome.ts";
export { apiVersionOf, pathOf, type Resource } from "./resource.ts";
export { createTransport, type Transport } from "./transport.ts";
