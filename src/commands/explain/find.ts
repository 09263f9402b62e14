/** The topics that a name means. Pure. */
import { topics } from "./catalogue.ts";
import { TOPIC_KINDS, type Topic } from "./topic.ts";

/** `.spec.env[0].name`, `env[name=A].name` and `spec.env[].name` are one field. */
const plainPath = (name: string): string =>
  name
    .replace(/^\./, "")
    .replace(/\[[^\]]*\]/g, "")
    .toLowerCase();

const SHORT: Readonly<Record<string, string>> = {
  sw: "secureworkload",
  sb: "securitybaseline",
  sx: "securityexception",
};

/** `sb.spec.registries` names the kind as well. */
function isField({ name, of = "" }: Topic, asked: string): boolean {
  const path = plainPath(name);
  const [first = "", ...rest] = asked.split(".");
  const kind = SHORT[first] ?? first;
  return of.toLowerCase() === kind ? rest.join(".") === path : asked === path || `spec.${asked}` === path;
}

const isCalled = (topic: Topic, asked: string): boolean =>
  topic.kind === "Field"
    ? isField(topic, plainPath(asked))
    : topic.name.toLowerCase() === asked.toLowerCase().replace(/^(case|drift)[ #:-]*(?=\d)/, "");

/** All of that name; of fields, those of the first kind that has it. */
export function topicsCalled(asked: string): readonly Topic[] {
  const found = topics().filter((topic) => isCalled(topic, asked));
  const field = found.find(({ kind }) => kind === "Field");
  return found.filter((topic) => topic.kind !== "Field" || topic === field);
}

/** Names that are spelt almost so, at most three. */
export function namesLike(asked: string): readonly string[] {
  const wanted = plainPath(asked);
  const near = [...new Set(topics().map(({ name }) => name))]
    .map((name) => ({ name, distance: distanceOf(wanted, plainPath(name)) }))
    .filter(({ name, distance }) => distance <= Math.max(2, name.length / 4) || plainPath(name).endsWith(`.${wanted}`));
  return near
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** Of Levenshtein. */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (const [index, letter] of [...a].entries()) {
    const next = [index + 1];
    for (const [column, other] of [...b].entries()) {
      const change = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(change, (next[column] ?? 0) + 1, (row[column + 1] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

export const countsOfKinds = (): readonly { readonly kind: string; readonly count: number }[] =>
  TOPIC_KINDS.map((kind) => ({ kind, count: topics().filter((topic) => topic.kind === kind).length }));
