/** Logs JSON lines: an ISO time, the level as a word, the current reconcile run. */
import { type DestinationStream, pino, stdTimeFunctions } from "pino";
import { defined } from "./defined.ts";
import type { LogFields, Logger, LogLevel } from "./log-fields.ts";
import { currentRun } from "./reconcile-run.ts";

export interface LoggerOptions {
  readonly level?: LogLevel | "silent";
  /** Standard output unless set. */
  readonly destination?: DestinationStream;
}

/** No caller logs these; redacted in case one ever does. */
const REDACTED = ["data", "stringData", "authorization", "token", "password", "body"].flatMap((key) => [
  key,
  `*.${key}`,
  `*.*.${key}`,
]);

/** A logger whose lines name the controller, object and run they belong to. */
export function createLogger({ level = "info", destination }: LoggerOptions = {}): Logger {
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: REDACTED, censor: "[redacted]" },
    mixin: runFields,
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

function runFields(): LogFields {
  const run = currentRun();
  if (run === undefined) return {};
  const { controller, about, reconcileID, span } = run;
  const { kind, namespace, name } = about;
  return defined({ controller, controllerKind: kind, namespace, name, reconcileID, traceID: span.traceID });
}
