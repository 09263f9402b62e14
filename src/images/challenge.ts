/** Parses a `WWW-Authenticate` header (RFC 9110, 11.6.1). Pure. */

export interface Challenge {
  /** In lower case: `basic`, `bearer`. */
  readonly scheme: string;
  /** By lower-case name; the first value of a repeated name. */
  readonly params: Readonly<Record<string, string>>;
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
/** A token, with its value if it names a parameter. */
const ITEM = new RegExp(`[\\s,]*(${TOKEN})(?:\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s,"]*)))?`, "y");

/** Every challenge, in order, up to the first text that is no challenge. */
export function parseChallenges(text = ""): readonly Challenge[] {
  const challenges: { readonly scheme: string; readonly params: Record<string, string> }[] = [];
  ITEM.lastIndex = 0;
  for (let item = ITEM.exec(text); item !== null; item = ITEM.exec(text)) {
    const [, name = "", quoted, bare] = item;
    const value = quoted?.replace(/\\(.)/g, "$1") ?? bare;
    const current = challenges.at(-1);
    if (value === undefined) challenges.push({ scheme: name.toLowerCase(), params: Object.create(null) });
    else if (current !== undefined) current.params[name.toLowerCase()] ??= value;
  }
  return challenges;
}
