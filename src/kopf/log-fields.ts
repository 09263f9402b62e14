/**
 * What a log line may carry. The compiler refuses other keys, so that who searches logs can rely on them; an operator adds its own by declaring
 * more of {@link LogFields}. The names of passes are controller-runtime's: `controller`, `controllerKind`, `namespace`, `name`, `reconcileID`.
 */
export const KOPF_LOG_KEYS = {
  controller: "The controller whose pass it is.",
  controllerKind: "The kind of the object that the pass is for.",
  namespace: "The namespace of that object.",
  name: "The name of that object.",
  reconcileID: "The same in every line of one pass, and in no other.",
  traceID: "The trace of the pass, where it is traced.",
  result: "What a pass ended in: `success`, `requeue_after` or `error`.",
  durationMs: "How long it took, in milliseconds.",
  delayMs: "After how many milliseconds it is tried again.",
  reason: "The reason in one word, as a condition or an Event has it.",
  why: "The reason in a sentence.",
  error: "The message of a failure.",
  stack: "Where in the code it failed: at level debug alone, but for a callback of a cache, whose message is left out.",
  resource: "The resource in the API, in plural.",
  relist: "Whether everything is listed anew.",
  object: "The object in a cache, as namespace/name.",
  where: "Which callback of a cache: `shape` or `listener`.",
  handler: "The handler of the object.",
  identity: "What this process is called in the Lease.",
  lease: "The name of a Lease.",
  shard: "The number of a shard.",
  shards: "Into how many this replica divides.",
  lost: "Whether its Lease ran out, where it was not given up.",
  others: "Replicas that divide by another number, each as identity=number.",
} as const;

export type LogValue = string | number | boolean | readonly string[] | undefined;

export interface LogFields extends Readonly<Partial<Record<keyof typeof KOPF_LOG_KEYS, LogValue>>> {}

export type LogLevel = "fatal" | "error" | "warn" | "info" | "debug" | "trace";

interface LogMethod {
  (fields: LogFields, message: string): void;
  (message: string): void;
}

/** A message is constant, what varies is a field. */
export interface Logger extends Readonly<Record<LogLevel, LogMethod>> {
  isLevelEnabled(level: LogLevel): boolean;
}

/** A failure as fields: never the object it is about. */
export function failureFields(logger: Pick<Logger, "isLevelEnabled">, thrown: unknown): LogFields {
  if (!(thrown instanceof Error)) return { error: String(thrown) };
  const { message, stack } = thrown;
  return { error: message, ...(logger.isLevelEnabled("debug") ? { stack } : {}) };
}
