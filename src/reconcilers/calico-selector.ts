/**
 * Calico's selectors, `app == 'web' && has(tier)`, as far as it takes to say whether one could match a pod.
 * Three-valued: what is said about a label whose value is not known here is unknown, and so is a text that cannot be read.
 */
type Truth = boolean | "unknown";

/** The label's value, undefined where the object has none, "unknown" where it is not known here. */
export type LabelReader = (key: string) => { readonly value: string | undefined } | "unknown";

/** Whether the selector could match an object with these labels. */
export function calicoCouldMatch(selector: string, read: LabelReader): boolean {
  if (selector.trim() === "") return true;
  try {
    const parser = new Parser(tokensOf(selector), read);
    return parser.whole() !== false;
  } catch {
    return true;
  }
}

const TOKEN = /\s*(?:("[^"]*"|'[^']*')|(&&|\|\||==|!=|[!(){},])|([A-Za-z0-9_./-]+))/y;

interface Token {
  readonly kind: "text" | "mark" | "word";
  readonly value: string;
}

function tokensOf(selector: string): readonly Token[] {
  const tokens: Token[] = [];
  const pattern = new RegExp(TOKEN);
  const text = selector.trimEnd();
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (match === null) throw new Error("unreadable selector");
    const [, quoted, mark, word] = match;
    if (quoted !== undefined) tokens.push({ kind: "text", value: quoted.slice(1, -1) });
    else if (mark !== undefined) tokens.push({ kind: "mark", value: mark });
    else tokens.push({ kind: "word", value: word ?? "" });
  }
  return tokens;
}

const and = (a: Truth, b: Truth): Truth =>
  a === false || b === false ? false : a === "unknown" || b === "unknown" ? "unknown" : true;
const or = (a: Truth, b: Truth): Truth =>
  a === true || b === true ? true : a === "unknown" || b === "unknown" ? "unknown" : false;
const not = (a: Truth): Truth => (a === "unknown" ? a : !a);

/** Recursive descent: `||` binds weakest, then `&&`, then `!`. */
class Parser {
  readonly #tokens: readonly Token[];
  readonly #read: LabelReader;
  #at = 0;

  constructor(tokens: readonly Token[], read: LabelReader) {
    this.#tokens = tokens;
    this.#read = read;
  }

  whole(): Truth {
    const truth = this.#either();
    if (this.#at < this.#tokens.length) throw new Error("unreadable selector");
    return truth;
  }

  #either(): Truth {
    let truth = this.#all();
    while (this.#skip("||")) truth = or(truth, this.#all());
    return truth;
  }

  #all(): Truth {
    let truth = this.#one();
    while (this.#skip("&&")) truth = and(truth, this.#one());
    return truth;
  }

  #one(): Truth {
    if (this.#skip("!")) return not(this.#one());
    if (this.#skip("(")) {
      const truth = this.#either();
      this.#must(")");
      return truth;
    }
    const key = this.#next("word");
    if (this.#skip("(")) return this.#call(key);
    return this.#comparison(key);
  }

  /** `all()`, `global()`, `has(key)`. */
  #call(name: string): Truth {
    if (name !== "has") {
      this.#must(")");
      return name === "all" ? true : "unknown";
    }
    const label = this.#read(this.#next("word"));
    this.#must(")");
    return label === "unknown" ? label : label.value !== undefined;
  }

  #comparison(key: string): Truth {
    const label = this.#read(key);
    const test = this.#operator();
    return label === "unknown" ? label : test(label.value);
  }

  /** A label that is absent equals nothing: `!=` and `not in` hold for it, nothing else does. */
  #operator(): (value: string | undefined) => boolean {
    if (this.#skip("==")) return this.#against((value, text) => value === text);
    if (this.#skip("!=")) return this.#against((value, text) => value !== text);
    const word = this.#next("word");
    switch (word) {
      case "in": {
        const values = this.#set();
        return (value) => value !== undefined && values.includes(value);
      }
      case "not": {
        if (this.#next("word") !== "in") throw new Error("unreadable selector");
        const values = this.#set();
        return (value) => value === undefined || !values.includes(value);
      }
      case "contains":
        return this.#against((value, text) => value?.includes(text) === true);
      case "starts":
      case "ends":
        if (this.#next("word") !== "with") throw new Error("unreadable selector");
        return this.#against(
          (value, text) => (word === "starts" ? value?.startsWith(text) : value?.endsWith(text)) === true,
        );
      default:
        throw new Error("unreadable selector");
    }
  }

  #against(holds: (value: string | undefined, text: string) => boolean): (value: string | undefined) => boolean {
    const text = this.#next("text");
    return (value) => holds(value, text);
  }

  #set(): readonly string[] {
    const values: string[] = [];
    this.#must("{");
    while (!this.#skip("}")) {
      values.push(this.#next("text"));
      this.#skip(",");
    }
    return values;
  }

  #skip(mark: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.kind !== "mark" || token.value !== mark) return false;
    this.#at += 1;
    return true;
  }

  #must(mark: string): void {
    if (!this.#skip(mark)) throw new Error("unreadable selector");
  }

  #next(kind: Token["kind"]): string {
    const token = this.#tokens[this.#at];
    if (token?.kind !== kind) throw new Error("unreadable selector");
    this.#at += 1;
    return token.value;
  }
}
