import { expect } from "@jest/globals";
import type { Commands } from "./page.ts";
import type { Typed } from "./reader.ts";

/** What became of commands is what their page says: they succeed, or are refused in its words. */
export function expectAsSaid({ refusedWith }: Commands, { output, succeeded }: Typed): void {
  if (refusedWith === undefined) {
    // The output first, so that a failure shows it.
    expect(succeeded ? "" : output).toBe("");
    return;
  }
  expect(output).toContain(refusedWith);
  expect(succeeded).toBe(false);
}
