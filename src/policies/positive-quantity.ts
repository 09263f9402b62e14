/** Any notation the API server takes: 0.5, 1e3, 128Mi, +2; and no amount that comes to nothing. */
const POSITIVE = /^\+?(?=[0-9.]*[1-9])([0-9]+(\.[0-9]*)?|\.[0-9]+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?$/;

/** Narrower than "is a quantity": zero, a negative amount and what is no quantity at all bound nothing. */
export function isPositiveQuantity(quantity: string | undefined): quantity is string {
  return POSITIVE.test(String(quantity ?? ""));
}
