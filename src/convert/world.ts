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

export const objectsOf = ({ objects }: World, kind: string): readonly Part[] => objects.get(kind) ?? [];

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
  const selector = Object.entries(service.at("spec", "selector").labels());
  return (
    selector.length > 0 &&
    isBeside(service, draft) &&
    selector.every(([name, value]) => draft.podLabels[name] === value)
  );
}
