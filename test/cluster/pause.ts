/** Resolves after `ms` milliseconds. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Creation times are told to the second: what is made after this is younger than what was made before. */
export const untilNextSecond = (): Promise<void> => pause(1_010 - (Date.now() % 1_000));

/** Polls until `condition` holds; throws, and says what it waited for, when that takes longer than `withinMs`. */
export async function until(
  condition: () => Promise<boolean> | boolean,
  what: string,
  withinMs = 60_000,
): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > deadlineMs) throw new Error(`waited ${withinMs} ms in vain for ${what}`);
    await pause(25);
  }
}
