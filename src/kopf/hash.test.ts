import { expect, test } from "@jest/globals";
import { hashOf } from "./hash.ts";

test("equal JSON has an equal hash, whatever the order of its keys", () => {
  expect(hashOf({ a: 1, b: { c: [1, 2], d: null } })).toBe(hashOf({ b: { d: null, c: [1, 2] }, a: 1 }));
});

test("another value, another order of a list and no value at all have other hashes", () => {
  const hashes = [{ a: 1 }, { a: "1" }, [1, 2], [2, 1], null, undefined].map(hashOf);
  expect(new Set(hashes).size).toBe(hashes.length);
});
