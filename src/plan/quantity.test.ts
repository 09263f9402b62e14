import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { canonicalQuantity, quantityMillis } from "./quantity.ts";

test.each([
  ["1000m", "1"],
  ["250m", "250m"],
  ["1024Mi", "1Gi"],
  ["1536Mi", "1536Mi"],
  ["1024Ki", "1Mi"],
  ["2", "2"],
  ["1000", "1k"],
])("%s is stored as %s", (text, canonical) => {
  expect(canonicalQuantity(text)).toBe(canonical);
});

test("the canonical text is the same amount, and is its own canonical text", () => {
  const quantity = fc
    .tuple(fc.integer({ min: 1, max: 99_999 }), fc.constantFrom("m", "", "Ki", "Mi", "Gi"))
    .map(([amount, suffix]) => `${amount}${suffix}`);
  fc.assert(
    fc.property(quantity, (text) => {
      const canonical = canonicalQuantity(text);
      fc.pre(/^[0-9]+(m|Ki|Mi|Gi|Ti)?$/.test(canonical));
      expect(quantityMillis(canonical)).toBe(quantityMillis(text));
      expect(canonicalQuantity(canonical)).toBe(canonical);
    }),
  );
});

test("another notation is refused by name", () => {
  expect(() => quantityMillis("1.5Gi")).toThrow('"1.5Gi" is not a quantity');
});
