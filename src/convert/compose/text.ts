/** Short forms of Compose. Pure. */

/** `${NAME:-default}` and `${NAME-default}`; names without a default stay empty and are told. */
export function interpolated(text: string): { readonly text: string; readonly missing: readonly string[] } {
  const missing: string[] = [];
  const fill = (whole: string): string => {
    const [, name = "", operator = "", value = ""] = /^\$\{?([A-Za-z_]\w*)(?:(:?[-?+])(.*?))?\}?$/.exec(whole) ?? [];
    if (operator.endsWith("-")) return value;
    missing.push(name);
    return "";
  };
  let [before, filled] = ["", text.replaceAll("$$", DOLLAR)];
  while (filled !== before) [before, filled] = [filled, filled.replace(INNERMOST, fill)];
  return { text: filled.replaceAll(DOLLAR, "$"), missing };
}

/** Stands for `$$` while variables are filled in. */
const DOLLAR = "\u0000";
/** A default may be a variable again. */
const INNERMOST = /\$\{[^${}]*\}|\$[A-Za-z_]\w*/g;

/** A whole file with every text filled in that needs nothing from elsewhere; others stay for whoever reads them to tell. */
export function withDefaults(value: unknown): unknown {
  if (typeof value === "string") return defaulted(value);
  if (Array.isArray(value)) return value.map(withDefaults);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, withDefaults(field)]));
}

function defaulted(text: string): string {
  return !text.includes("${") || text.includes("$$") ? text : filledIn(text);
}

/** What has no value here stays a variable. */
export function filledIn(text: string): string {
  const { text: filled, missing } = interpolated(text);
  return missing.length === 0 ? filled : text;
}

/** A command line as a shell splits it, without a shell. */
export function wordsIn(line: string): readonly string[] {
  return [...line.matchAll(/(?:[^\s"']+|"(?:\\.|[^"\\])*"|'[^']*')+/g)].map(([word]) =>
    word.replace(/"((?:\\.|[^"\\])*)"|'([^']*)'/g, (_, double: string | undefined, single: string | undefined) =>
      double === undefined ? (single ?? "") : double.replace(/\\(.)/g, "$1"),
    ),
  );
}

const UNITS: Readonly<Record<string, number>> = { h: 3_600, m: 60, s: 1, ms: 0.001, us: 0.000_001 };

/** `1m30s` in whole seconds, at least one. */
export function secondsOf(duration: string): number {
  const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(h|ms|us|m|s)/g)];
  const seconds = parts.reduce((sum, [, amount, unit = ""]) => sum + Number(amount) * (UNITS[unit] ?? 0), 0);
  return Math.max(1, Math.ceil(parts.length === 0 ? Number(duration) || 1 : seconds));
}

/** `512m`, `1gb`, `64k` or bytes, as Kubernetes writes it. */
export function bytesOf(size: string): string {
  const [, amount = "0", unit = ""] = /^(\d+(?:\.\d+)?)\s*([bkmg]?)b?$/i.exec(size.trim()) ?? [];
  const suffix: Readonly<Record<string, string>> = { k: "Ki", m: "Mi", g: "Gi" };
  return `${amount}${suffix[unit.toLowerCase()] ?? ""}`;
}

export interface PublishedPort {
  readonly target: number;
  readonly isPublished: boolean;
  readonly protocol: string;
  readonly appProtocol?: string;
}

/** `8080:80`, `127.0.0.1:8080:80/tcp`, `9000-9002:9000-9002`, `80`. */
export function portsIn(text: string): readonly PublishedPort[] {
  const [spec = "", protocol = "tcp"] = text.split("/");
  const parts = spec.split(":");
  const [first = "", last = first] = (parts.at(-1) ?? "").split("-");
  const [from, to] = [Number(first), Number(last)];
  if (!Number.isInteger(from) || !Number.isInteger(to) || from < 1 || to - from > 15) return [];
  return Array.from({ length: to - from + 1 }, (_, index) => ({
    target: from + index,
    isPublished: parts.length > 1,
    protocol: protocol.toUpperCase(),
  }));
}
