/** Pieces of CEL text. Everything that stands between quotes goes through {@link celText}. */

/** A CEL string literal of any text. */
export const celText = (text: string): string =>
  `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\n", "\\n")}'`;

export const celList = (items: readonly string[]): string => `[${items.map(celText).join(", ")}]`;

/** Each part stands in parentheses, so that no part can change the meaning of another. */
export const all = (...parts: readonly string[]): string => parts.map((part) => `(${part})`).join(" && ");

export const any = (...parts: readonly string[]): string => parts.map((part) => `(${part})`).join(" || ");
