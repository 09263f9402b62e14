/** `90s`, `10m`, `1h`, as kubectl takes them. */
import { wrongUse } from "../answer.ts";

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 };
const LONGEST_SECONDS = 24 * 3_600;

export function durationSeconds(text: string, flag: string): number {
  const [, number = "", unit = ""] = /^(\d{1,6})([smh])$/.exec(text) ?? [];
  const seconds = Number(number) * (SECONDS[unit] ?? 0);
  if (seconds > 0 && seconds <= LONGEST_SECONDS) return seconds;
  throw wrongUse(`${flag}: must be a time such as 90s, 10m or 1h, up to 24h`, "palisade learn -n NAMESPACE --for 10m");
}
