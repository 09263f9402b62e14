/** Counts and percentages of a number of pods, reckoned alike in CEL and here. */
export type Amount = number | string;

/** Which way Kubernetes rounds a percentage: budgets and surges up, what a rollout may take away down. */
export type Rounding = "up" | "down";

/** How many of `pods` an amount is; not a number for a text that is no percentage. */
export function amountOf(amount: Amount, pods: number, rounding: Rounding): number {
  if (typeof amount === "number") return amount;
  const share = Number.parseInt(amount, 10) * pods;
  return rounding === "up" ? Math.ceil(share / 100) : Math.floor(share / 100);
}

/** The same in CEL: `field` and `pods` are expressions. */
export const celAmount = (field: string, pods: string, rounding: Rounding): string =>
  `(type(${field}) == int ? ${field} : (int(${field}.replace('%', '')) * ${pods}${rounding === "up" ? " + 99" : ""}) / 100)`;

export const isNothing = (amount: Amount): boolean => amount === 0 || amount === "0%";

export const celIsNothing = (field: string): string => `(type(${field}) == int ? ${field} == 0 : ${field} == '0%')`;
