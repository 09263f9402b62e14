/** The seam for traces: what this runtime tells of its work, and to whom is another's choice. Without a tracer it costs a comparison. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanDescription {
  readonly name: string;
  readonly attributes: SpanAttributes;
}

export interface Span {
  /** The W3C header (Trace Context, level 1) for a server that is asked on behalf of the span; none where nothing is traced. */
  readonly traceparent: string | undefined;
  readonly traceID: string | undefined;
  /** A request to another process on behalf of this span. */
  child(name: string, attributes: SpanAttributes): Span;
  set(attributes: SpanAttributes): void;
  /** With a failure, its kind is told and not its message, which may quote an object. */
  end(failure?: unknown): void;
}

export interface Tracer {
  /** The span of a pass, which has no parent. */
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
