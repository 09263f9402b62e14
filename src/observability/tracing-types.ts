import type { Logger, Tracer } from "kopf-ts";

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

/** Where traces go, and which share of them. */
export interface TracingTarget {
  /** An OTLP endpoint; nothing is traced without one. */
  readonly endpoint?: string | undefined;
  readonly sampleRatio: number;
}
