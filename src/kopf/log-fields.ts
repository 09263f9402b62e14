/**
 * The fields of log lines. The compiler refuses other keys, so that searches can rely on these; an operator adds its own by
 * declaring more of {@link LogFields}. `controller`, `controllerKind`, `namespace`, `name`, `reconcileID` are controller-runtime's.
 */
export const KOPF_LOG_KEYS = {
  controller: "The controller that runs.",
  controllerKind: "The kind of the object that is reconciled.",
  namespace: "The namespace of that object.",
  name: "The name of that object.",
  reconcileID: "Unique to one reconcile run: the same in all of its lines.",
  traceID: "The trace of the run, where it is traced.",
  result: "The result of a run: `success`, `requeue_after` or `error`.",
  durationMs: "How long the run took, in milliseconds.",
  delayMs: "The delay until the next run, in milliseconds.",
  reason: "The reason in one word, as in a condition or an Event.",
  why: "The reason in a sentence.",
  error: "The message of a failure.",
  stack:
    "Where in the code it failed. Only at level debug, except for callbacks of a cache, whose message is left out.",
  resource: "The API resource, in plural.",
  relist: "Whether everything is listed again.",
  object: "The object in a cache, as namespace/name.",
  where: "Which callback of a cache: `shape` or `listener`.",
  identity: "The name of this process in the Lease.",
  lease: "The name of a Lease.",
  shard: "The number of a shard.",
  shards: "The shard count of this replica.",
  lost: "True when the shard was lost because its Lease expired, false when it was handed over.",
  others: "Replicas with another shard count, each as identity=count.",
} as const;

export type LogValue = string | number | boolean | readonly string[] | undefined;

export interface LogFields extends Readonly<Partial<Record<keyof typeof KOPF_LOG_KEYS, LogValue>>> {}

export type LogLevel = "fatal" | "error" | "warn" | "info" | "debug" | "trace";

interface LogMethod {
  (fields: LogFields, message: string): void;
  (message: string): void;
}

/** Messages are constant; what varies is a field. */
export interface Logger extends Readonly<Record<LogLevel, LogMethod>> {
  isLevelEnabled(level: LogLevel): boolean;
}

/** The fields of a failure; never the object it is about. */
export function failureFields(logger: Pick<Logger, "isLevelEnabled">, thrown: unknown): LogFields {
  if (!(thrown instanceof Error)) return { error: String(thrown) };
  const { message, stack } = thrown;
  return { error: message, ...(logger.isLevelEnabled("debug") ? { stack } : {}) };
}
