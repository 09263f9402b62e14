/** Quantities as they were written, where a SecureWorkload takes that notation; otherwise the same amount as the API server stores it. Pure. */
import { resources } from "../crds/v1alpha1/container.ts";
import { memorySize } from "../crds/v1alpha1/quantities.ts";
import { canonicalQuantity, isQuantity, type Quantity } from "../kubernetes/quantity.ts";
import { takes } from "./takes.ts";

const SIZE = memorySize("");

/** Undefined for what is no amount within the bounds of the schema; so are the others. */
export const cpuOf = (written: Quantity): Quantity | undefined =>
  amountOf(written, (cpu) => takes(resources, { requests: { cpu } }));

export const memoryOf = (written: Quantity): Quantity | undefined =>
  amountOf(written, (memory) => takes(resources, { requests: { memory } }));

/** Sizes are always text. */
export function sizeOf(written: Quantity): string | undefined {
  const size = amountOf(String(written), (text) => takes(SIZE, text));
  return size === undefined ? undefined : String(size);
}

function amountOf(written: Quantity, isTaken: (amount: Quantity) => boolean): Quantity | undefined {
  if (!isQuantity(written)) return undefined;
  const text = String(written);
  return [Number.isInteger(written) ? written : text, canonicalQuantity(written)].find(isTaken);
}
