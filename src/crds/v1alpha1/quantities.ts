/** Amounts of resources in every notation that Kubernetes takes. Children hold them in one. */
import { z } from "zod";
import { isQuantity, type Quantity, quantityNanos } from "../../kubernetes/quantity.ts";
import { type CelRule, text, withRules } from "../schema.ts";

/** The API server reads a longer exponent as another one. The form itself is judged by a rule, for its message. */
const SHORT_EXPONENT = /^[A-DF-Za-df-z0-9 +.-]*([eE][i+-]?[0-9]{0,2})?$/;
/** Nor an amount that the API server would cut: no P, T or E, and one digit of an exponent. */
const FEW_CORES = /^[A-DF-OQ-SU-Za-df-z0-9 +.-]*([eE][+-]?[0-9])?$/;

const amount = () => text(24, 1).regex(SHORT_EXPONENT);

/** An int-or-string as a quantity of CEL. No `string()`: what it gives has no length that the API server could price. */
export const celQuantity = (field: string): string =>
  `(type(${field}) == int ? quantity('0').add(${field}) : quantity(${field}))`;

export const celIsQuantity = (field: string): string => `(type(${field}) == int || isQuantity(${field}))`;

interface Bounds {
  readonly from: string;
  readonly below: string;
}

function isWithin(value: Quantity, { from, below }: Bounds): boolean {
  if (!isQuantity(value)) return false;
  const nanos = quantityNanos(value);
  return nanos >= quantityNanos(from) && nanos < quantityNanos(below);
}

const NO_CORES = "cpu must be an amount of cores above 0, such as 250m, 0.5 or 2";

const BYTES = { from: "1Ki", below: "8E" };
const NO_BYTES =
  "sizes must be bytes, at least 1Ki and below 8E, such as 64Mi, 1.5Gi or 512M: a small m means thousandths of a byte";

export const cpu = (what: string) =>
  z
    .union([z.int().min(1).max(999_999), text(9, 1).regex(FEW_CORES)])
    .optional()
    .meta({ description: `${what} processor time: cores (2 or "0.5") or thousandths of one (250m).` });

export const memory = (what: string) =>
  z
    .union([z.int().min(1_024).max(Number.MAX_SAFE_INTEGER), amount()])
    .optional()
    .meta({ description: what });

interface Amounts {
  readonly cpu?: Quantity | undefined;
  readonly memory?: Quantity | undefined;
}

/** Of requests and of limits. API servers before 1.34 price an int-or-string by the largest request, so no rule reads one three times. */
export const amountRules: readonly CelRule<Amounts>[] = [
  {
    rule: `!has(self.cpu) || (${celIsQuantity("self.cpu")} && ${celQuantity("self.cpu")}.compareTo(quantity('1n')) >= 0)`,
    message: NO_CORES,
    holds: ({ cpu: value }) => value === undefined || (isQuantity(value) && quantityNanos(value) > 0n),
  },
  {
    rule: `!has(self.memory) || (${celIsQuantity("self.memory")} && [${celQuantity("self.memory")}].all(m, m.compareTo(quantity('${BYTES.from}')) >= 0 && m.isLessThan(quantity('${BYTES.below}'))))`,
    message: NO_BYTES,
    holds: ({ memory: value }) => value === undefined || isWithin(value, BYTES),
  },
];

/** A size that is always text. */
export const memorySize = (what: string) =>
  withRules(amount(), {
    rule: `isQuantity(self) && quantity(self).compareTo(quantity('${BYTES.from}')) >= 0 && quantity(self).isLessThan(quantity('${BYTES.below}'))`,
    message: NO_BYTES,
    holds: (value) => isWithin(value, BYTES),
  }).meta({ description: what });

/** Whether one amount is at most the other. What is no quantity is refused by a rule of its own, and not twice. */
export const isAtMost = (one: Quantity | undefined, other: Quantity | undefined): boolean =>
  one === undefined ||
  other === undefined ||
  !isQuantity(one) ||
  !isQuantity(other) ||
  quantityNanos(one) <= quantityNanos(other);
