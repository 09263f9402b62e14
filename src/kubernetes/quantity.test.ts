import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { canonicalQuantity, isQuantity, plus, quantityMillis } from "./quantity.ts";

test.each([
  ["1000m", "1"],
  ["250m", "250m"],
  ["0.5", "500m"],
  [".5", "500m"],
  ["+1.", "1"],
  [1, "1"],
  [2_000, "2k"],
  ["100u", "1m"],
  ["1e3", "1k"],
  ["5E-1", "500m"],
  ["1.5Gi", "1536Mi"],
  ["1.3Gi", "1395864372"],
  ["0.5Ki", "512"],
  ["512M", "512M"],
  ["1024Mi", "1Gi"],
  ["1536Mi", "1536Mi"],
  ["1024Ki", "1Mi"],
  ["2", "2"],
  ["1000", "1k"],
  ["0Mi", "0"],
  ["1048576Gi", "1Pi"],
  ["1073741824Gi", "1Ei"],
  ["999999999Gi", "999999999Gi"],
  ["1000000000000000000", "1E"],
])("%s is stored as %s", (text, canonical) => {
  expect(canonicalQuantity(text)).toBe(canonical);
});

test("the canonical text is the same amount, and is its own canonical text", () => {
  const quantity = fc
    .tuple(fc.integer({ min: 1, max: 99_999 }), fc.constantFrom("m", "", "Ki", "Mi", "Gi", "Ti", "Pi", "M", "e3"))
    .map(([amount, suffix]) => `${amount}${suffix}`);
  fc.assert(
    fc.property(quantity, (text) => {
      const canonical = canonicalQuantity(text);
      expect(quantityMillis(canonical)).toBe(quantityMillis(text));
      expect(canonicalQuantity(canonical)).toBe(canonical);
    }),
  );
});

test("a sum is in whole bytes", () => {
  expect(plus("64Mi", quantityMillis("64Mi"))).toBe("128Mi");
  expect(plus("64Mi", 1n)).toBe("67108865");
});

test.each(["", ".", "m", "half", "64MB", "-1", "1 Gi", "1e100", "0x1", "1.2.3"])("%p is no quantity", (text) => {
  expect(isQuantity(text)).toBe(false);
  expect(() => quantityMillis(text)).toThrow(`"${text}" is not a quantity`);
});
