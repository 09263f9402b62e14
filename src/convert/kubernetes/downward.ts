/** What a pod says of itself: as a reference where it says the same as before, otherwise as the value that it had. */

import { WORKLOAD_LABEL } from "../../crds/group.ts";
import { resourceField } from "../../crds/v1alpha1/downward.ts";
import { ownLabels } from "../../expand/input.ts";
import { type Draft, defined } from "../draft.ts";
import type { Part } from "../ledger.ts";
import { takes } from "../takes.ts";

type Fields = Record<string, unknown>;

/** The value of a label or annotation that the pod had and will not have: its labels are Palisade's, and its annotations too. */
export function lostValue(draft: Draft, path: string): string | undefined {
  const { name, namespace = "", labels, podLabels, podAnnotations } = draft;
  if (podLabels[WORKLOAD_LABEL] !== undefined) return undefined;
  const [, kind, key = ""] = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path) ?? [];
  if (kind === undefined) return undefined;
  if (kind === "annotations") return podAnnotations[key];
  // One that is handed on may stay behind while something of the old application selects by it.
  const kept = ownLabels({ name, namespace, uid: "", labels });
  return kept[key] === podLabels[key] ? undefined : podLabels[key];
}

/** An amount of the container itself, which has `own` for a name; undefined where the schema does not take it. */
export function amountRef(part: Part, own: string | undefined): Fields | undefined {
  const [resource, divisor, container] = ["resource", "divisor", "containerName"].map((field) => part.at(field).text());
  const ref = defined({ resource, divisor: divisor === "0" || divisor === "" ? undefined : divisor });
  const isOwn = container === undefined || container === "" || container === own;
  return isOwn && takes(resourceField, ref) ? ref : undefined;
}
