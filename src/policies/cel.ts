/**
 * The words that rules say in CEL. A value may be an optional, so that whatever is absent is asked for its fields like anything
 * else: fields are always read with `.?`, never with a dot alone.
 */
/* Everything that stands between quotes goes through {@link celText}. */

/** A CEL string literal of any text. */
export const celText = (text: string): string =>
  `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\n", "\\n")}'`;

export const celList = (items: readonly string[]): string => `[${items.map(celText).join(", ")}]`;

/** Each part stands in parentheses, so that no part can change the meaning of another. */
export const all = (...parts: readonly string[]): string => parts.map((part) => `(${part})`).join(" && ");

export const any = (...parts: readonly string[]): string => parts.map((part) => `(${part})`).join(" || ");

export const POD = "variables.pod";
export const CONTAINERS = "variables.containers";
const NOTHING = "variables.nothing";

/** The variables that the CEL of every rule stands on, for the pod spec that `path` names. */
export const podVariables = (path: string): readonly { readonly name: string; readonly expression: string }[] => [
  { name: "pod", expression: path },
  {
    name: "containers",
    // The API gives the three lists types of their own, with the same fields as far as rules read them: the first one's counts.
    expression: `${listIn(POD, "containers")} + ${untyped(listIn(POD, "initContainers"))} + ${untyped(listIn(POD, "ephemeralContainers"))}`,
  },
  { name: "nothing", expression: "[dyn(null), dyn(false), dyn(''), dyn([]), dyn({})]" },
];

/** The field of that path, as an optional. */
export const at = (value: string, ...path: readonly string[]): string => [value, ...path].join(".?");

/** The list in the field, empty where it is absent. */
export const listIn = (value: string, ...path: readonly string[]): string => `${at(value, ...path)}.orValue([])`;

/** The text in the field, empty where it is absent. */
export const textIn = (value: string, ...path: readonly string[]): string => `${at(value, ...path)}.orValue('')`;

/** The number in the field, 0 where it is absent. */
export const numberIn = (value: string, ...path: readonly string[]): string => `${at(value, ...path)}.orValue(0)`;

export const isAbsent = (value: string, ...path: readonly string[]): string => `!${at(value, ...path)}.hasValue()`;

/** Absent, or written out to say nothing. */
export const saysNothing = (value: string, ...path: readonly string[]): string =>
  `${at(value, ...path)}.orValue(dyn(null)) in ${NOTHING}`;

type Scalar = string | number | boolean;

const literal = (wanted: Scalar): string => (typeof wanted === "string" ? celText(wanted) : String(wanted));

export const is = (optional: string, wanted: Scalar): string => `${optional} == optional.of(${literal(wanted)})`;

export const isNot = (optional: string, unwanted: Scalar): string => `${optional} != optional.of(${literal(unwanted)})`;

/** The value as it was written. The API server's own check of types gives volumes no keys, and quantities no type at all. */
export const untyped = (value: string): string => `dyn(${value})`;

/** Every key of a value is one of these. */
export const hasOnly = (value: string, keys: Iterable<string>): string =>
  `${untyped(value)}.all(key, key in ${celList([...keys])})`;
