/** The interface to a tracing library. kopf-ts brings none; without a tracer it costs one comparison. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanDescription {
  readonly name: string;
  readonly attributes: SpanAttributes;
}

export interface Span {
  /** The W3C `traceparent` header for requests of this span; undefined where nothing is traced. */
  readonly traceparent: string | undefined;
  readonly traceID: string | undefined;
  /** Starts a span for a part of this one, a request for example. */
  child(name: string, attributes: SpanAttributes): Span;
  set(attributes: SpanAttributes): void;
  /** Records the type of a failure, not its message, which may quote an object. */
  end(failure?: unknown): void;
}

export interface Tracer {
  /** Starts the root span of a reconcile run. */
  start(name: string, attributes: SpanAttributes): Span;
}

export const NO_SPAN: Span = {
  traceparent: undefined,
  traceID: undefined,
  child: () => NO_SPAN,
  set: () => {},
  end: () => {},
};

export const NO_TRACER: Tracer = { start: () => NO_SPAN };
