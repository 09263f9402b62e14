import { all, celText } from "./cel.ts";

/** Any notation the API server takes: 0.5, 1e3, 128Mi, +2. */
const AMOUNT = /^\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?$/;

/** No amount that comes to nothing. */
const SOME = /^\+?[0-9.]*[1-9]/;

/** Narrower than "is a quantity": zero, a negative amount and what is no quantity at all bound nothing. */
export function isPositiveQuantity(quantity: string | undefined): quantity is string {
  const text = String(quantity ?? "");
  return AMOUNT.test(text) && SOME.test(text);
}

/** The same in CEL. */
export const isPositiveIn = (quantity: string): string =>
  all(...[AMOUNT, SOME].map(({ source }) => `${quantity}.matches(${celText(source)})`));
