import { NO_TRACER } from "kopf-ts";
import type { Tracing, TracingOptions, TracingTarget } from "./tracing-types.ts";

export async function startTracing(
  { endpoint, sampleRatio }: TracingTarget,
  options: TracingOptions,
): Promise<Tracing> {
  if (endpoint === undefined) return { tracer: NO_TRACER, close: async () => {} };
  const { startOtlp } = await import("./otlp.ts");
  return startOtlp({ ...options, endpoint, sampleRatio });
}
