/**
 * The tracer of OpenTelemetry, sending OTLP over HTTP in batches. Loaded by `tracing.ts` alone. A collector that is slow or gone costs spans and
 * never time: what does not fit into the buffer is dropped.
 */

import {
  type Context,
  type Span as OtelSpan,
  type Tracer as OtelTracer,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { ApiError, failureFields, type Logger, type Span, type SpanAttributes } from "kopf-ts";
import type { Tracing, TracingOptions } from "./tracing-types.ts";

const FLUSH_MS = 5_000;
const TOLD_EVERY_MS = 60_000;
const MAX_VALUE_LENGTH = 256;

type Exporter = Pick<OTLPTraceExporter, "export" | "shutdown" | "forceFlush">;

export function startOtlp({
  endpoint,
  sampleRatio,
  version,
  podName,
  logger,
}: TracingOptions & { readonly endpoint: string; readonly sampleRatio: number }): Tracing {
  const exporter = tellingOfFailures(new OTLPTraceExporter({ url: endpoint, timeoutMillis: FLUSH_MS }), logger);
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      "service.name": "palisade",
      "service.version": version,
      ...(podName === undefined ? {} : { "k8s.pod.name": podName }),
    }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampleRatio) }),
    spanLimits: { attributeValueLengthLimit: MAX_VALUE_LENGTH },
    spanProcessors: [new BatchSpanProcessor({ exporter, exportTimeoutMillis: FLUSH_MS })],
  });
  const tracer = provider.getTracer("palisade", version);
  return {
    tracer: {
      start: (name, attributes) =>
        new RecordedSpan(tracer, tracer.startSpan(name, { attributes, kind: SpanKind.INTERNAL }, ROOT_CONTEXT)),
    },
    close: async () => {
      let cancel: NodeJS.Timeout | undefined;
      const enough = new Promise<void>((resolve) => {
        cancel = setTimeout(resolve, FLUSH_MS);
      });
      // What could not be sent was told when it failed.
      await Promise.race([provider.shutdown().catch(() => {}), enough]);
      clearTimeout(cancel);
    },
  };
}

class RecordedSpan implements Span {
  readonly #tracer: OtelTracer;
  readonly #span: OtelSpan;
  readonly #context: Context;

  constructor(tracer: OtelTracer, span: OtelSpan) {
    this.#tracer = tracer;
    this.#span = span;
    this.#context = trace.setSpan(ROOT_CONTEXT, span);
  }

  get traceparent(): string {
    const { traceId, spanId, traceFlags } = this.#span.spanContext();
    return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
  }

  /** Undefined for one that is not sampled: nobody would find it. */
  get traceID(): string | undefined {
    return this.#span.isRecording() ? this.#span.spanContext().traceId : undefined;
  }

  child(name: string, attributes: SpanAttributes): Span {
    const options = { attributes, kind: SpanKind.CLIENT };
    return new RecordedSpan(this.#tracer, this.#tracer.startSpan(name, options, this.#context));
  }

  set(attributes: SpanAttributes): void {
    this.#span.setAttributes(attributes);
  }

  end(failure?: unknown): void {
    if (failure !== undefined) {
      this.#span.setStatus({ code: SpanStatusCode.ERROR });
      this.#span.setAttribute("error.type", kindOf(failure));
    }
    this.#span.end();
  }
}

function kindOf(failure: unknown): string {
  if (failure instanceof ApiError) return failure.reason ?? String(failure.status);
  return failure instanceof Error ? failure.name : "unknown";
}

/** Told of at once, and then at most once a minute. */
function tellingOfFailures(exporter: Exporter, logger: Logger): Exporter {
  let toldMs = Number.NEGATIVE_INFINITY;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.error !== undefined && performance.now() - toldMs >= TOLD_EVERY_MS) {
          toldMs = performance.now();
          logger.warn(failureFields(logger, result.error), "traces not sent");
        }
        done(result);
      }),
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  };
}
