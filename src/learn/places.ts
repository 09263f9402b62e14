/** Where in a YAML text a new entry of a list goes, in the form that its surroundings have. Pure. */
import { isMap, isNode, isScalar, isSeq, Lexer, type Node, type YAMLMap, type YAMLSeq } from "yaml";

/** Text at an offset, or a comment at the end of a line. */
export type Insertion =
  | { readonly at: number; readonly text: string }
  | { readonly at: number; readonly comment: string };

export interface Items {
  readonly path: readonly string[];
  readonly items: readonly { readonly text: string; readonly comment: string }[];
}

/** The offset at which the line of `offset` ends. */
export function lineEnd(text: string, offset: number): number {
  const end = text.indexOf("\n", offset);
  return end < 0 ? text.length : end;
}

/** The ends of lines that have a comment. A `#` in a value is none. */
export function commentedLines(text: string): ReadonlySet<number> {
  const ends = new Set<number>();
  let offset = 0;
  let isScalarNext = false;
  for (const token of new Lexer().lex(text)) {
    if (token === "\x1f") isScalarNext = true;
    else if (token !== "\x02" && token !== "\x18") {
      if (!isScalarNext && token.startsWith("#")) ends.add(lineEnd(text, offset));
      offset += token.length;
      isScalarNext = false;
    }
  }
  return ends;
}

export function withInsertions(text: string, insertions: readonly Insertion[]): string {
  const commented = commentedLines(text);
  const said = new Set<number>();
  const texts = [...insertions]
    .map((insertion, index) => ({ insertion, index }))
    // At one place comments come first: they belong to the line before.
    .sort((a, b) => a.insertion.at - b.insertion.at || rank(a.insertion) - rank(b.insertion) || a.index - b.index);
  let result = "";
  let last = 0;
  for (const { insertion } of texts) {
    result += text.slice(last, insertion.at);
    last = insertion.at;
    if ("text" in insertion) result += insertion.text;
    else result += `${commented.has(insertion.at) || said.has(insertion.at) ? ";" : " #"} ${insertion.comment}`;
    if ("comment" in insertion) said.add(insertion.at);
  }
  return result + text.slice(last);
}

const rank = (insertion: Insertion): number => ("comment" in insertion ? 0 : 1);

/** Lists that share a parent which is not there are put there with it. At one place the deeper goes first. */
export function placeFor(root: YAMLMap<unknown, Node>, text: string, lists: readonly Items[]): readonly Insertion[] {
  const grounds = lists.map((list) => ({ list, ground: groundOf(root, list.path) }));
  const byNode = [...Map.groupBy(grounds, ({ ground }) => ground.node).values()];
  return byNode
    .sort((a, b) => depthOf(b) - depthOf(a))
    .flatMap((some) => {
      const [first] = some;
      if (first === undefined) return [];
      const { node, depth } = first.ground;
      if (isSeq(node)) return intoList(node, text, first.list);
      return intoMap(
        node,
        text,
        some.map(({ list }) => ({ ...list, path: list.path.slice(depth) })),
      );
    });
}

const depthOf = ([first]: readonly { readonly ground: Ground }[]): number => first?.ground.depth ?? 0;

interface Ground {
  readonly node: YAMLMap<unknown, Node> | YAMLSeq;
  /** Steps of the path that lead to it. */
  readonly depth: number;
}

/** The deepest collection on the way that is there. */
function groundOf(root: YAMLMap<unknown, Node>, path: readonly string[]): Ground {
  let ground: Ground = { node: root, depth: 0 };
  for (const [index, step] of path.entries()) {
    const next: unknown = isMap(ground.node) ? ground.node.get(step, true) : undefined;
    if (!isMap(next) && !isSeq(next)) break;
    ground = { node: next as Ground["node"], depth: index + 1 };
  }
  return ground;
}

const startOf = ({ range }: Node): number => range?.[0] ?? 0;

function intoList(list: YAMLSeq, text: string, { items }: Items): readonly Insertion[] {
  const last = list.items.at(-1);
  if (list.flow === true || !isNode(last)) return intoFlow(list, text, items);
  const first = list.items[0];
  const dash = text.lastIndexOf("-", startOf(isNode(first) ? first : list));
  const indent = " ".repeat(dash - (text.lastIndexOf("\n", dash) + 1));
  return [{ at: afterNode(last, text), text: blockItems(items, indent) }];
}

const blockItems = (items: Items["items"], indent: string): string =>
  items.map(({ text, comment }) => `\n${indent}- ${text} # ${comment}`).join("");

/** Inside of brackets the marks stand together at the end of the line. */
function intoFlow(list: YAMLSeq | YAMLMap<unknown, Node>, text: string, items: Items["items"]): readonly Insertion[] {
  const inner = items.map((item) => item.text).join(", ");
  const at = closingOf(list, text);
  const comments = items.map(({ comment }) => ({ at: lineEnd(text, at), comment }));
  return [{ at, text: list.items.length === 0 ? ` ${inner} ` : `, ${inner}` }, ...comments];
}

/** Where the next item goes: after the last one, else after the opening bracket. */
function closingOf(list: YAMLSeq | YAMLMap<unknown, Node>, text: string): number {
  const last: unknown = list.items.at(-1);
  const node = isNode(last) ? last : lastOf(list);
  if (node === undefined || node === list) return startOf(list) + 1;
  return endOf(node, text);
}

function intoMap(map: YAMLMap<unknown, Node>, text: string, lists: readonly Items[]): readonly Insertion[] {
  const byStep = [...Map.groupBy(lists, ({ path }) => path[0] ?? "")];
  if (map.flow === true) {
    const items = byStep.map(([step, some]) => ({
      text: flowPair(step, some),
      comment: some.flatMap((list) => list.items.map(({ comment }) => comment)).join("; "),
    }));
    return intoFlow(map, text, items);
  }
  const [first] = map.items;
  const start = first !== undefined && isNode(first.key) ? startOf(first.key) : startOf(map);
  const indent = start - (text.lastIndexOf("\n", start - 1) + 1);
  return byStep.map(([step, some]) => {
    const key = map.items.map((pair) => pair.key).find((one) => isScalar(one) && one.value === step);
    const value = nested(inside(some), indent);
    // A key without a value gets it where it stands.
    if (isNode(key)) return { at: lineEnd(text, startOf(key)), text: value };
    return { at: afterNode(lastOf(map) ?? map, text), text: `\n${" ".repeat(indent)}${step}:${value}` };
  });
}

const inside = (lists: readonly Items[]): readonly Items[] =>
  lists.map((list) => ({ ...list, path: list.path.slice(1) }));

/** What stands below a key at `indent`: a list, or keys with lists. */
function nested(lists: readonly Items[], indent: number): string {
  const pad = " ".repeat(indent + 2);
  if (lists[0]?.path.length === 0)
    return blockItems(
      lists.flatMap(({ items }) => items),
      pad,
    );
  return [...Map.groupBy(lists, ({ path }) => path[0] ?? "")]
    .map(([step, some]) => `\n${pad}${step}:${nested(inside(some), indent + 2)}`)
    .join("");
}

function flowPair(step: string, lists: readonly Items[]): string {
  const below = inside(lists);
  if (below[0]?.path.length === 0)
    return `${step}: [${below.flatMap(({ items }) => items.map(({ text }) => text)).join(", ")}]`;
  const pairs = [...Map.groupBy(below, ({ path }) => path[0] ?? "")].map(([next, some]) => flowPair(next, some));
  return `${step}: { ${pairs.join(", ")} }`;
}

/** The node that stands last in a collection, in its depth. */
function lastOf(node: Node): Node | undefined {
  if (isSeq(node)) {
    const last: unknown = node.items.at(-1);
    return isNode(last) ? deeper(last) : node;
  }
  if (isMap(node)) {
    const pair = node.items.at(-1);
    const last = isNode(pair?.value) && pair.value.range?.[1] !== pair.value.range?.[0] ? pair.value : pair?.key;
    return isNode(last) ? deeper(last) : node;
  }
  return node;
}

const deeper = (node: Node): Node | undefined =>
  (isSeq(node) || isMap(node)) && node.flow !== true ? lastOf(node) : node;

/** A block scalar ends with its line. */
function endOf(node: Node, text: string): number {
  const end = node.range?.[1] ?? 0;
  return text[end - 1] === "\n" ? end - 1 : end;
}

/** The end of the last line of a node, its comment included. */
const afterNode = (node: Node, text: string): number => lineEnd(text, endOf(deeper(node) ?? node, text));
