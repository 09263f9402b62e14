/**
 * The regular expressions that JavaScript and RE2, which the API server runs, read alike.
 *
 * RE2 has no look-around and no back-reference, and counts code points where JavaScript without flags counts UTF-16 units.
 * What is left is little, and enough: literal ASCII, classes that list characters, groups, repetition and anchors.
 */
import { UnsupportedSchemaError } from "./unsupported-schema-error.ts";

interface Refusal {
  readonly found: RegExp;
  readonly problem: string;
  readonly instead: string;
}

/** Judged in this order, on the source of the pattern. */
const REFUSED: readonly Refusal[] = [
  { found: /\(\?P?<?[=!]/, problem: "look-around in a regex", instead: "state it as a CEL rule" },
  { found: /\(\?P?</, problem: "a named group in a regex", instead: "use a plain group" },
  { found: /\(\?[^:]/, problem: "a regex flag in a group", instead: "write both cases out" },
  { found: /\\[1-9k]/, problem: "a back-reference in a regex", instead: "state it as a CEL rule" },
  { found: /\\[A-Za-z0]/, problem: "a regex class or escape that RE2 reads otherwise", instead: "list the characters" },
  { found: /\[\^/, problem: "a negated class in a regex", instead: "list what is allowed: RE2 counts code points" },
  { found: /[^\u0020-\u007e]/, problem: "a regex beyond printable ASCII", instead: "state it as a CEL rule" },
];

/** RE2 refuses to repeat more often than this. */
const MAX_REPETITION = 1_000;

/** `pattern` as RE2 takes it. Throws {@link UnsupportedSchemaError}. */
export function toRe2(pattern: RegExp, path: string): string {
  const { flags, source } = pattern;
  if (flags !== "") throw new UnsupportedSchemaError(path, `the regex flag ${flags}`, "write both cases out");
  for (const { found, problem, instead } of REFUSED) {
    if (found.test(source)) throw new UnsupportedSchemaError(path, problem, instead);
  }
  if (hasWildcard(source)) {
    throw new UnsupportedSchemaError(path, "a dot in a regex", "list the characters: RE2 takes other line ends for it");
  }
  for (const [, least = "", most = ""] of source.matchAll(/\{([0-9]+)(?:,([0-9]*))?\}/g)) {
    if (Number(least) > MAX_REPETITION || Number(most) > MAX_REPETITION) {
      throw new UnsupportedSchemaError(
        path,
        `a repetition beyond ${MAX_REPETITION} in a regex`,
        "use .max() for length",
      );
    }
  }
  return source.replaceAll("\\/", "/");
}

/** Whether an unescaped dot stands outside a class. */
const hasWildcard = (source: string): boolean =>
  source
    .replaceAll(/\\./g, "")
    .replaceAll(/\[[^\]]*\]/g, "")
    .includes(".");
