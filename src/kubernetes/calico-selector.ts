/** The language in which Calico selects: `app == 'web' && tier in {'a', 'b'} || !has(role)`. Pure. */

import type { LabelSelector } from "./selectors.ts";

type Labels = Readonly<Record<string, string>>;
export type CalicoSelector = (labels: Labels) => boolean;

/** What a selector says, as it is written. */
export type CalicoExpression =
  | { readonly kind: "all" | "any"; readonly parts: readonly CalicoExpression[] }
  | { readonly kind: "not"; readonly part: CalicoExpression }
  | { readonly kind: "test"; readonly key: string; readonly operator: string; readonly values: readonly string[] };

const TOKEN =
  /\s*(?:(&&|\|\||==|!=|[!(){},])|"([^"]*)"|'([^']*)'|(not\s+in|in|contains|starts\s+with|ends\s+with)(?=[\s{"'])|([A-Za-z0-9_./-]+))/y;

interface Token {
  readonly kind: "sign" | "text" | "word";
  readonly value: string;
}

/** Undefined for a text that is no selector. One that is empty selects everything. */
export function calicoSelector(text: string): CalicoSelector | undefined {
  const expression = calicoExpression(text);
  return expression === undefined ? undefined : (labels) => holds(expression, labels);
}

export function calicoExpression(text: string): CalicoExpression | undefined {
  if (text.trim() === "") return EVERYTHING;
  const tokens = tokensOf(text);
  if (tokens === undefined) return undefined;
  const reader = new Reader(tokens);
  const expression = reader.either();
  return reader.isDone ? expression : undefined;
}

const EVERYTHING: CalicoExpression = { kind: "all", parts: [] };

function holds(expression: CalicoExpression, labels: Labels): boolean {
  switch (expression.kind) {
    case "all":
      return expression.parts.every((part) => holds(part, labels));
    case "any":
      return expression.parts.some((part) => holds(part, labels));
    case "not":
      return !holds(expression.part, labels);
    case "test": {
      const { key, operator, values } = expression;
      return COMPARISONS[operator]?.(Object.hasOwn(labels, key) ? labels[key] : undefined, values) === true;
    }
  }
}

/** More than anybody writes; a text that means more of them is not taken apart. */
const MOST_SELECTORS = 32;

/** Selectors of Kubernetes of which one or another selects what `expression` does; undefined where it compares parts of a value. */
export function labelSelectorsOf(expression: CalicoExpression): readonly LabelSelector[] | undefined {
  const found = alternatives(expression, true);
  return found === undefined || found.length > MOST_SELECTORS
    ? undefined
    : found.map((matchExpressions) => ({ matchExpressions }));
}

type Requirement = NonNullable<LabelSelector["matchExpressions"]>[number];

/** Each is met where all of its requirements are. */
function alternatives(expression: CalicoExpression, isMeant: boolean): readonly (readonly Requirement[])[] | undefined {
  if (expression.kind === "not") return alternatives(expression.part, !isMeant);
  if (expression.kind === "test") {
    const operator = REQUIREMENTS[expression.operator]?.[isMeant ? 0 : 1];
    if (operator === undefined) return undefined;
    const { key, values } = expression;
    return [[values.length === 0 ? { key, operator } : { key, operator, values }]];
  }
  const parts = expression.parts.map((part) => alternatives(part, isMeant));
  const known = parts.filter((part) => part !== undefined);
  if (known.length < parts.length) return undefined;
  if ((expression.kind === "any") === isMeant) return known.flat();
  return known.reduce<readonly (readonly Requirement[])[]>(
    (all, part) => all.slice(0, MOST_SELECTORS + 1).flatMap((one) => part.map((other) => [...one, ...other])),
    [[]],
  );
}

/** What says the same, and what says the opposite. */
const REQUIREMENTS: Readonly<Record<string, readonly [string, string]>> = {
  "==": ["In", "NotIn"],
  "!=": ["NotIn", "In"],
  in: ["In", "NotIn"],
  "not in": ["NotIn", "In"],
  has: ["Exists", "DoesNotExist"],
};

function tokensOf(text: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  const pattern = new RegExp(TOKEN);
  for (const trimmed = text.trimEnd(); pattern.lastIndex < trimmed.length; ) {
    const found = pattern.exec(trimmed);
    if (found === null) return undefined;
    const [, sign, double, single, operator, word] = found;
    const said = sign ?? operator?.replace(/\s+/, " ");
    if (said !== undefined) tokens.push({ kind: "sign", value: said });
    else if (word !== undefined) tokens.push({ kind: "word", value: word });
    else tokens.push({ kind: "text", value: double ?? single ?? "" });
  }
  return tokens;
}

/** By descent: `||` binds less than `&&`, and `!` most. Undefined where the text goes on otherwise than the language does. */
class Reader {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  get isDone(): boolean {
    return this.#at === this.#tokens.length;
  }

  either(): CalicoExpression | undefined {
    return this.#joined("||", "any", () => this.#joined("&&", "all", () => this.#single()));
  }

  #joined(sign: string, kind: "all" | "any", read: () => CalicoExpression | undefined): CalicoExpression | undefined {
    const parts: CalicoExpression[] = [];
    do {
      const part = read();
      if (part === undefined) return undefined;
      parts.push(part);
    } while (this.#takes(sign));
    return parts.length === 1 ? parts[0] : { kind, parts };
  }

  #single(): CalicoExpression | undefined {
    if (this.#takes("!")) {
      const part = this.#single();
      return part === undefined ? undefined : { kind: "not", part };
    }
    if (this.#takes("(")) {
      const inner = this.either();
      return this.#takes(")") ? inner : undefined;
    }
    const word = this.#take("word");
    if (word === undefined) return undefined;
    return this.#takes("(") ? this.#called(word) : this.#compared(word);
  }

  #called(name: string): CalicoExpression | undefined {
    const key = name === "has" ? this.#take("word") : undefined;
    if (!this.#takes(")")) return undefined;
    if (name === "all") return EVERYTHING;
    if (name === "global") return { kind: "not", part: { kind: "test", key: NAMESPACE, operator: "has", values: [] } };
    return key === undefined ? undefined : { kind: "test", key, operator: "has", values: [] };
  }

  #compared(key: string): CalicoExpression | undefined {
    const operator = this.#take("sign");
    const said = operator === "in" || operator === "not in" ? this.#set() : [this.#take("text")];
    if (operator === undefined || !Object.hasOwn(COMPARISONS, operator)) return undefined;
    const values = said?.filter((one) => one !== undefined);
    return values === undefined || values.length !== said?.length ? undefined : { kind: "test", key, operator, values };
  }

  #set(): readonly (string | undefined)[] | undefined {
    if (!this.#takes("{")) return undefined;
    const values: (string | undefined)[] = [];
    while (!this.#takes("}")) {
      values.push(this.#take("text"));
      if (values.at(-1) === undefined) return undefined;
      this.#takes(",");
    }
    return values;
  }

  #takes(sign: string): boolean {
    const token = this.#tokens[this.#at];
    const isNext = token?.kind === "sign" && token.value === sign;
    if (isNext) this.#at += 1;
    return isNext;
  }

  #take(kind: Token["kind"]): string | undefined {
    const token = this.#tokens[this.#at];
    if (token?.kind !== kind) return undefined;
    this.#at += 1;
    return token.value;
  }
}

/** What Calico calls the namespace of a pod among its labels. */
export const NAMESPACE = "projectcalico.org/namespace";

type Compare = (value: string | undefined, values: readonly string[]) => boolean;

const COMPARISONS: Readonly<Record<string, Compare>> = {
  "==": (value, [wanted]) => value === wanted,
  has: (value) => value !== undefined,
  "!=": (value, [wanted]) => value !== wanted,
  in: (value, values) => value !== undefined && values.includes(value),
  "not in": (value, values) => value === undefined || !values.includes(value),
  contains: (value, [part = ""]) => value?.includes(part) === true,
  "starts with": (value, [start = ""]) => value?.startsWith(start) === true,
  "ends with": (value, [end = ""]) => value?.endsWith(end) === true,
};
