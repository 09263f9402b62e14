import { expect, test } from "@jest/globals";
import { isNothing, kept, omit } from "./clauses.ts";

test.each([undefined, null, false, "", [], {}])("%p says nothing", (value) => {
  expect(isNothing(value)).toBe(true);
});

test.each([true, 0, "x", [0], { a: undefined }])("%p says something", (value) => {
  expect(isNothing(value)).toBe(false);
});

test("what may stay of a list stays in its order, and of no list nothing", () => {
  expect(kept([3, 1, 2], (item) => item > 1)).toEqual([3, 2]);
  expect(kept(undefined, () => true)).toEqual([]);
});

test("fields are left out of a copy", () => {
  const value: { a?: number; b?: number } = { a: 1, b: 2 };
  expect(omit(value, "a")).toEqual({ b: 2 });
  expect(value).toEqual({ a: 1, b: 2 });
});
