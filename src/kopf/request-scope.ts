/** One signal that ends a request: when a caller's signal does, or when its deadline passes. */
import type { Clock } from "./clock.ts";

export interface RequestScope {
  readonly signal: AbortSignal;
  /** True when the deadline, not a caller, ended it. */
  timedOut(): boolean;
  remainingMs(): number;
  /** Must be called: a long-lived signal would otherwise hold every request it ever saw. */
  dispose(): void;
}

/** Unlike `AbortSignal.any`, this leaves nothing behind on the long-lived signals once disposed of. */
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
