/** Scratch in memory that would take all the memory a container may use: the container would be killed, so the resource is refused. */
import { isQuantity, type Quantity, quantityNanos } from "../../kubernetes/quantity.ts";
import type { CelRule } from "../schema.ts";
import { celQuantity } from "./quantities.ts";

interface Scratching {
  readonly scratch?: readonly { readonly size: string; readonly medium?: string | undefined }[] | undefined;
  readonly resources?: { readonly limits?: { readonly memory?: Quantity | undefined } | undefined } | undefined;
}

const LIMIT = "self.resources.limits.memory";

/** Of one container. What is no amount is refused by a rule of its own, beside which this one ends with an error. The limit is read once, outside the loop. */
export const scratchRules: readonly CelRule<Scratching>[] = [
  {
    rule: `!has(self.scratch) || !has(self.resources) || !has(self.resources.limits) || !has(${LIMIT}) || [${celQuantity(LIMIT)}].all(limit, self.scratch.all(s, !has(s.medium) || s.medium != 'Memory' || !isQuantity(s.size) || quantity(s.size).isLessThan(limit)))`,
    message:
      "scratch with medium: Memory counts against resources.limits.memory and must leave room for the program: raise the limit, lower the size, or use medium: Disk",
    holds: ({ scratch = [], resources }) => {
      const limit = resources?.limits?.memory;
      if (limit === undefined || !isQuantity(limit)) return true;
      return scratch.every(
        ({ medium, size }) => medium !== "Memory" || !isQuantity(size) || quantityNanos(size) < quantityNanos(limit),
      );
    },
  },
];
