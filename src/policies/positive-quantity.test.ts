import { expect, test } from "@jest/globals";
import { isPositiveQuantity } from "./positive-quantity.ts";

test.each(["1", "500m", "128Mi", "1.5Gi", "0.5", ".5", "1.", "+2", "1e3", "1E-3", "10n", "2k", "007"])(
  "%p bounds something",
  (quantity) => expect(isPositiveQuantity(quantity)).toBe(true),
);

test.each(["", "0", "0m", "0.0", "0Gi", "0e9", ".", "-1", "-0.5", "Gi", "1gi", "1 Gi", "1e", "e3", "1..5", "Infinity"])(
  "%p bounds nothing",
  (quantity) => expect(isPositiveQuantity(quantity)).toBe(false),
);

test("what is absent bounds nothing", () => {
  expect(isPositiveQuantity(undefined)).toBe(false);
});
