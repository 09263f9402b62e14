import { createHash } from "node:crypto";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { hashOf } from "./hash.ts";

test("equal JSON has an equal hash, whatever the order of its keys", () => {
  expect(hashOf({ a: 1, b: { c: [1, 2], d: null } })).toBe(hashOf({ b: { d: null, c: [1, 2] }, a: 1 }));
});

test("another value, another order of a list and no value at all have other hashes", () => {
  const hashes = [{ a: 1 }, { a: "1" }, [1, 2], [2, 1], null, undefined].map(hashOf);
  expect(new Set(hashes).size).toBe(hashes.length);
});

/** By the serializer of the platform: hashes stand in names of objects, so none may ever come out otherwise. */
function byDefinition(value: unknown): string {
  const sorted = (_key: string, item: unknown): unknown =>
    typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item;
  const text = JSON.stringify(value, sorted) ?? "undefined";
  return createHash("sha256").update(text).digest("base64url").slice(0, 22);
}

const KEYS = fc.oneof(
  fc.string(),
  fc.nat().map(String),
  fc.constantFrom("4294967294", "4294967295", "01", "-1", "1.5"),
);
const VALUES = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(undefined, null, -0, Number.NaN, new Date(0)),
    fc.string({ unit: "binary" }),
    fc.double(),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(KEYS, tie("value"), { maxKeys: 6 }),
  ),
})).value;

test("is the hash of the JSON with its keys in order, for every value", () => {
  fc.assert(
    fc.property(VALUES, (value) => {
      expect(hashOf(value)).toBe(byDefinition(value));
    }),
    { numRuns: 1_000 },
  );
});
