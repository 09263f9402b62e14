/** One signal that ends a request: on the caller's signal or at the deadline. */
import type { Clock } from "./clock.ts";

export interface RequestScope {
  readonly signal: AbortSignal;
  /** True when the deadline, not the caller, ended the request. */
  timedOut(): boolean;
  remainingMs(): number;
  /** Must be called, or a long-lived signal keeps every request in memory. */
  dispose(): void;
}

/** Unlike `AbortSignal.any`, leaves no listener on long-lived signals once disposed. */
export function openScope(clock: Clock, signals: readonly AbortSignal[], deadlineMs: number | undefined): RequestScope {
  const controller = new AbortController();
  const endsAtMs = deadlineMs === undefined ? Number.POSITIVE_INFINITY : clock.monotonicMs() + deadlineMs;
  let timedOut = false;
  const abort = (): void => controller.abort();
  for (const signal of signals) {
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  }
  const onDeadline = (): void => {
    timedOut = !controller.signal.aborted;
    abort();
  };
  const cancel = deadlineMs === undefined ? () => {} : clock.after(deadlineMs, onDeadline);
  return {
    signal: controller.signal,
    timedOut: () => timedOut,
    remainingMs: () => endsAtMs - clock.monotonicMs(),
    dispose: () => {
      cancel();
      for (const signal of signals) signal.removeEventListener("abort", abort);
    },
  };
}
