/** The pass that is under way, known to everything it calls without being handed through: for logs and traces, never for decisions. */
import { AsyncLocalStorage } from "node:async_hooks";
import type { ObjectName } from "./object.ts";
import { NO_SPAN, type Span, type SpanDescription } from "./tracing.ts";

/** What a pass is for. */
export interface PassSubject extends ObjectName {
  readonly kind?: string;
}

export interface Pass {
  readonly controller: string;
  readonly about: PassSubject;
  readonly reconcileID: string;
  /** Of the pass, or of the part of it that is under way. */
  readonly span: Span;
}

const passes = new AsyncLocalStorage<Pass | undefined>();

export const currentPass = (): Pass | undefined => passes.getStore();

export const currentSpan = (): Span => passes.getStore()?.span ?? NO_SPAN;

export const inPass = <T>(pass: Pass, run: () => T): T => passes.run(pass, run);

/** For work that a pass only happens to start, and that serves others too. */
export const outsidePass = <T>(run: () => T): T => passes.run(undefined, run);

/** A part of the pass with a span of its own. Outside a pass, or one that is not traced, it only runs. */
export async function traced<T>(describe: () => SpanDescription, run: () => Promise<T>): Promise<T> {
  const pass = currentPass();
  if (pass === undefined || pass.span === NO_SPAN) return run();
  const { name, attributes } = describe();
  const span = pass.span.child(name, attributes);
  try {
    const result = await inPass({ ...pass, span }, run);
    span.end();
    return result;
  } catch (error) {
    span.end(error);
    throw error;
  }
}
