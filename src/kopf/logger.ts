/** Lines of JSON: an ISO time, the level as a word, the pass it belongs to, and nothing of the machine, which the collector knows. */
import { type DestinationStream, pino, stdTimeFunctions } from "pino";
import type { LogFields, Logger, LogLevel } from "./log-fields.ts";
import { currentPass } from "./pass.ts";

export interface LoggerOptions {
  readonly level?: LogLevel | "silent";
  /** Standard output unless set. */
  readonly destination?: DestinationStream;
}

/** No caller logs any of these; should one ever do, they are not told all the same. */
const NEVER_TOLD = ["data", "stringData", "authorization", "token", "password", "body"].flatMap((key) => [
  key,
  `*.${key}`,
  `*.*.${key}`,
]);

export function createLogger({ level = "info", destination }: LoggerOptions = {}): Logger {
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: NEVER_TOLD, censor: "[redacted]" },
    mixin: passFields,
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

function passFields(): LogFields {
  const pass = currentPass();
  if (pass === undefined) return {};
  const { controller, about, reconcileID, span } = pass;
  const { kind, namespace, name } = about;
  return {
    controller,
    ...(kind === undefined ? {} : { controllerKind: kind }),
    ...(namespace === undefined ? {} : { namespace }),
    name,
    reconcileID,
    ...(span.traceID === undefined ? {} : { traceID: span.traceID }),
  };
}
