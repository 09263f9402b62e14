/** The current reconcile run, known to all code that it calls: for logs and traces, never for decisions. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { ObjectName } from "./object.ts";
import { NO_SPAN, type Span, type SpanDescription } from "./tracing.ts";

/** The object a run is about. */
export interface RunSubject extends ObjectName {
  readonly kind?: string;
}

export interface ReconcileRun {
  readonly controller: string;
  readonly about: RunSubject;
  readonly reconcileID: string;
  /** The span of the run, or of the current part of it. */
  readonly span: Span;
}

const runs = new AsyncLocalStorage<ReconcileRun | undefined>();

export const currentRun = (): ReconcileRun | undefined => runs.getStore();

export const currentSpan = (): Span => runs.getStore()?.span ?? NO_SPAN;

export const inRun = <T>(run: ReconcileRun, work: () => T): T => runs.run(run, work);

/** For work that a run starts but that belongs to none. */
export const outsideRun = <T>(work: () => T): T => runs.run(undefined, work);

/** Runs `work` in a span of its own; without a span where the run is not traced. */
export async function traced<T>(describe: () => SpanDescription, work: () => Promise<T>): Promise<T> {
  const run = currentRun();
  if (run === undefined || run.span === NO_SPAN) return work();
  const { name, attributes } = describe();
  const span = run.span.child(name, attributes);
  try {
    const result = await inRun({ ...run, span }, work);
    span.end();
    return result;
  } catch (error) {
    span.end(error);
    throw error;
  }
}
