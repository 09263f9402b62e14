/** Traces, where an endpoint is set. The SDK of OpenTelemetry and its exporter are loaded only then. */
import type { OperatorConfig } from "../config/schema.ts";
import type { Logger } from "../kopf/log-fields.ts";
import { NO_TRACER, type Tracer } from "../kopf/tracing.ts";

export interface TracingOptions {
  readonly version: string;
  /** Where known. */
  readonly podName?: string | undefined;
  readonly logger: Logger;
}

export interface Tracing {
  readonly tracer: Tracer;
  /** Sends what is left, for five seconds at most; never rejects. */
  close(): Promise<void>;
}

export async function startTracing(
  { endpoint, sampleRatio }: OperatorConfig["tracing"],
  options: TracingOptions,
): Promise<Tracing> {
  if (endpoint === undefined) return { tracer: NO_TRACER, close: async () => {} };
  const { startOtlp } = await import("./otlp.ts");
  return startOtlp({ ...options, endpoint, sampleRatio });
}
