/**
 * Kubernetes quantities, as far as the API accepts them in a SecureWorkload: whole numbers with `m`, no suffix, or a
 * binary suffix. Written back the way the API server stores them, so that equal amounts are equal text.
 */
const BINARY: Readonly<Record<string, bigint>> = { Ki: 1024n, Mi: 1024n ** 2n, Gi: 1024n ** 3n, Ti: 1024n ** 4n };

/** The amount in thousandths, exact. Throws on any other notation: the schema lets none through. */
export function quantityMillis(text: string): bigint {
  const match = /^([0-9]+)(m|Ki|Mi|Gi|Ti)?$/.exec(text);
  if (match?.[1] === undefined)
    throw new Error(`"${text}" is not a quantity in whole numbers with m, Ki, Mi, Gi, Ti or no suffix`);
  const digits = BigInt(match[1]);
  const suffix = match[2];
  if (suffix === "m") return digits;
  return digits * 1000n * (suffix === undefined ? 1n : (BINARY[suffix] ?? 1n));
}

/** The notation of the API server: the largest suffix of the same family that leaves a whole number. */
export function canonicalQuantity(text: string): string {
  const millis = quantityMillis(text);
  const suffix = /[A-Za-z]+$/.exec(text)?.[0];
  if (suffix === undefined || suffix === "m") return canonicalDecimal(millis);
  const amount = millis / 1000n;
  const [best] = Object.entries(BINARY)
    .filter(([, factor]) => amount % factor === 0n && amount > 0n)
    .sort(([, a], [, b]) => (a < b ? 1 : -1));
  return best === undefined ? amount.toString() : `${amount / best[1]}${best[0]}`;
}

function canonicalDecimal(millis: bigint): string {
  if (millis % 1000n !== 0n) return `${millis}m`;
  const whole = millis / 1000n;
  if (whole === 0n) return "0";
  const suffixes = ["", "k", "M", "G", "T"];
  let amount = whole;
  let index = 0;
  while (amount % 1000n === 0n && index < suffixes.length - 1) {
    amount /= 1000n;
    index += 1;
  }
  return `${amount}${suffixes[index]}`;
}
