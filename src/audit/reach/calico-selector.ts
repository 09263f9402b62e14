/** The language in which Calico selects: `app == 'web' && tier in {'a', 'b'} || !has(role)`. Pure. */

type Labels = Readonly<Record<string, string>>;
export type CalicoSelector = (labels: Labels) => boolean;

const TOKEN =
  /\s*(?:(&&|\|\||==|!=|[!(){},])|"([^"]*)"|'([^']*)'|(not\s+in|in|contains|starts\s+with|ends\s+with)(?=[\s{"'])|([A-Za-z0-9_./-]+))/y;

interface Token {
  readonly kind: "sign" | "text" | "word";
  readonly value: string;
}

/** Undefined for a text that is no selector. One that is empty selects everything. */
export function calicoSelector(text: string): CalicoSelector | undefined {
  if (text.trim() === "") return () => true;
  const tokens = tokensOf(text);
  if (tokens === undefined) return undefined;
  const reader = new Reader(tokens);
  const selector = reader.either();
  return reader.isDone ? selector : undefined;
}

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

  either(): CalicoSelector | undefined {
    return this.#joined(
      "||",
      () => this.#both(),
      (one, other) => (labels) => one(labels) || other(labels),
    );
  }

  #both(): CalicoSelector | undefined {
    return this.#joined(
      "&&",
      () => this.#single(),
      (one, other) => (labels) => one(labels) && other(labels),
    );
  }

  #joined(
    sign: string,
    read: () => CalicoSelector | undefined,
    join: (one: CalicoSelector, other: CalicoSelector) => CalicoSelector,
  ): CalicoSelector | undefined {
    let result = read();
    while (result !== undefined && this.#takes(sign)) {
      const next = read();
      result = next === undefined ? undefined : join(result, next);
    }
    return result;
  }

  #single(): CalicoSelector | undefined {
    if (this.#takes("!")) {
      const inner = this.#single();
      return inner === undefined ? undefined : (labels) => !inner(labels);
    }
    if (this.#takes("(")) {
      const inner = this.either();
      return this.#takes(")") ? inner : undefined;
    }
    const word = this.#take("word");
    if (word === undefined) return undefined;
    return this.#takes("(") ? this.#called(word) : this.#compared(word);
  }

  #called(name: string): CalicoSelector | undefined {
    const key = name === "has" ? this.#take("word") : undefined;
    if (!this.#takes(")")) return undefined;
    if (name === "all") return () => true;
    if (name === "global") return (labels) => !Object.hasOwn(labels, NAMESPACE);
    return key === undefined ? undefined : (labels) => Object.hasOwn(labels, key);
  }

  #compared(key: string): CalicoSelector | undefined {
    const operator = this.#take("sign");
    const values = operator === "in" || operator === "not in" ? this.#set() : [this.#take("text")];
    if (operator === undefined || values === undefined || !values.every((one) => one !== undefined)) return undefined;
    const compare = COMPARISONS[operator];
    return compare && ((labels) => compare(Object.hasOwn(labels, key) ? labels[key] : undefined, values));
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
  "!=": (value, [wanted]) => value !== wanted,
  in: (value, values) => value !== undefined && values.includes(value),
  "not in": (value, values) => value === undefined || !values.includes(value),
  contains: (value, [part = ""]) => value?.includes(part) === true,
  "starts with": (value, [start = ""]) => value?.startsWith(start) === true,
  "ends with": (value, [end = ""]) => value?.endsWith(end) === true,
};
