/** All that was read, for what looks from one object at another. */
import { meets } from "../kubernetes/selectors.ts";
import type { Draft } from "./draft.ts";
import type { Part } from "./ledger.ts";

export interface World {
  readonly drafts: readonly Draft[];
  /** Every object that runs no pods, by its kind. */
  readonly objects: ReadonlyMap<string, readonly Part[]>;
  /** Of what names none. */
  readonly namespace: string;
}

/** Kept while the world is, since all of them are asked for every workload. */
const SELECTORS = new WeakMap<Part, readonly (readonly [string, string])[]>();
const NAMED = new WeakMap<readonly Part[], ReadonlyMap<string, readonly Part[]>>();

/** In the order of the files. */
export function objectsNamed(world: World, kind: string, name: string): readonly Part[] {
  const objects = objectsOf(world, kind);
  const byName = NAMED.get(objects) ?? Map.groupBy(objects, nameOf);
  NAMED.set(objects, byName);
  return byName.get(name) ?? [];
}

const NONE: readonly Part[] = [];

export const objectsOf = ({ objects }: World, kind: string): readonly Part[] => objects.get(kind) ?? NONE;

/** What names no namespace is taken to be where the other is. */
export const isBeside = (part: Part, draft: Draft): boolean => {
  const namespace = part.at("metadata", "namespace").text();
  return namespace === undefined || draft.namespace === undefined || namespace === draft.namespace;
};

export const nameOf = (part: Part): string => part.at("metadata", "name").text() ?? "";

/** As Kubernetes matches labels; an empty selector matches all of them. */
export function matches(selector: Part, labels: Readonly<Record<string, string>>): boolean {
  const equal = selector
    .at("matchLabels")
    .fields()
    .every(([name, part]) => labels[name] === part.text());
  return (
    equal &&
    selector
      .at("matchExpressions")
      .items()
      .every((one) => holds(one, labels))
  );
}

function holds(expression: Part, labels: Readonly<Record<string, string>>): boolean {
  const text = (field: string): string => expression.at(field).text() ?? "";
  const values = expression.at("values").texts() ?? [];
  return meets(labels[text("key")], { operator: text("operator"), values }, false);
}

/** A Service's selector is a plain set of labels; an empty one selects nothing. */
export function isSelectedBy(service: Part, draft: Draft): boolean {
  const selector = selectorOf(service);
  return (
    selector.length > 0 &&
    selector.every(([name, value]) => draft.podLabels[name] === value) &&
    isBeside(service, draft)
  );
}

function selectorOf(service: Part): readonly (readonly [string, string])[] {
  const known = SELECTORS.get(service);
  if (known !== undefined) return known;
  const selector = Object.entries(service.at("spec", "selector").labels());
  SELECTORS.set(service, selector);
  return selector;
}
