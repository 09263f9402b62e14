/** Kubernetes quantities in every notation the API server takes, written back the way it stores them, so that equal amounts are equal text. */
const BINARY: Readonly<Record<string, bigint>> = {
  Ki: 1024n,
  Mi: 1024n ** 2n,
  Gi: 1024n ** 3n,
  Ti: 1024n ** 4n,
  Pi: 1024n ** 5n,
  Ei: 1024n ** 6n,
};
const DECIMAL = ["", "k", "M", "G", "T", "P", "E"];

/** Powers of ten of the decimal suffixes. */
const POWERS: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, "": 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };

/** Longer exponents wrap around in the API server. */
const NOTATION = /^\+?([0-9]*)(?:\.([0-9]*))?([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]{1,2})?$/;

/** Text, or a whole number as JSON holds it. */
export type Quantity = string | number;

interface Read {
  readonly digits: bigint;
  /** How many of the digits stand behind the point. */
  readonly decimals: number;
  readonly suffix: string;
}

function read(quantity: Quantity): Read | undefined {
  const match = NOTATION.exec(String(quantity));
  if (match === null) return undefined;
  const [, whole = "", decimals = "", suffix = ""] = match;
  if (whole === "" && decimals === "") return undefined;
  return { digits: BigInt(whole + decimals), decimals: decimals.length, suffix };
}

export const isQuantity = (quantity: Quantity): boolean => read(quantity) !== undefined;

/** The amount in thousandths of a millionth, rounded up as the API server does. Throws on any other notation: the schema lets none through. */
export function quantityNanos(quantity: Quantity): bigint {
  const amount = read(quantity);
  if (amount === undefined) throw new Error(`"${quantity}" is not a quantity, such as 250m, 1.5Gi or 512M`);
  const { digits, decimals, suffix } = amount;
  const factor = BINARY[suffix];
  const power = (factor === undefined ? powerOf(suffix) : 0) - decimals + 9;
  const shifted = digits * (factor ?? 1n);
  return power >= 0 ? shifted * 10n ** BigInt(power) : dividedUp(shifted, 10n ** BigInt(-power));
}

const powerOf = (suffix: string): number => POWERS[suffix] ?? Number(suffix.slice(1));

/** The amount in thousandths, rounded up. */
export const quantityMillis = (quantity: Quantity): bigint => dividedUp(quantityNanos(quantity), 1_000_000n);

const dividedUp = (amount: bigint, divisor: bigint): bigint => (amount + divisor - 1n) / divisor;

/** The notation of the API server: the largest suffix of the same family that leaves a whole number; bytes are whole. */
export function canonicalQuantity(quantity: Quantity): string {
  const millis = quantityMillis(quantity);
  if (!String(quantity).endsWith("i")) return canonicalDecimal(millis);
  const amount = dividedUp(millis, 1000n);
  const [best] = Object.entries(BINARY)
    .filter(([, factor]) => amount % factor === 0n && amount > 0n)
    .sort(([, a], [, b]) => (a < b ? 1 : -1));
  if (best !== undefined) return `${amount / best[1]}${best[0]}`;
  return amount < 1024n ? canonicalDecimal(amount * 1000n) : amount.toString();
}

function canonicalDecimal(millis: bigint): string {
  if (millis % 1000n !== 0n) return `${millis}m`;
  const whole = millis / 1000n;
  if (whole === 0n) return "0";
  let amount = whole;
  let index = 0;
  while (amount % 1000n === 0n && index < DECIMAL.length - 1) {
    amount /= 1000n;
    index += 1;
  }
  return `${amount}${DECIMAL[index]}`;
}

/** A size and an amount in thousandths of bytes together, as the API server stores the sum. */
export function plus(size: string, millis: bigint): string {
  const bytes = dividedUp(quantityMillis(size) + millis, 1000n);
  return canonicalQuantity(bytes % 1024n === 0n ? `${bytes / 1024n}Ki` : `${bytes}`);
}
