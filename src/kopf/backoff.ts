/** Exponential delays with an upper bound; `failures` counts from 1. */
export function exponentialMs(failures: number, baseMs: number, maxMs: number): number {
  return Math.min(maxMs, baseMs * 2 ** Math.min(failures - 1, 40));
}
