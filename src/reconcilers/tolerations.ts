/**
 * The tolerations of a live pod, the one list of its spec that may still grow (DRIFT 14). What admission adds to a pod that
 * is made is no change of a pod that lives. Pure.
 */
import type { ManagedFieldsEntry } from "../kopf/object.ts";
import { findCulprit } from "../plan/culprit.ts";
import type { PodRecord } from "./pod-record.ts";

interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
  readonly tolerationSeconds?: number;
}

/** Each as text. */
export function tolerationsOf(spec: unknown): readonly string[] {
  const { tolerations = [] } = (spec ?? {}) as { readonly tolerations?: readonly Toleration[] };
  return tolerations.map(({ key = "", operator = "Equal", value = "", effect = "", tolerationSeconds }) =>
    [key, operator, value, effect, tolerationSeconds ?? "for ever"].join(" "),
  );
}

/** A field that nobody may change: its writer made the pod. */
const MAKER_FIELD = ["spec", "schedulerName"];

/**
 * Those that were put on the pod while it lived: seen to come, or, of a pod that was not seen before, written by somebody
 * who did not make it.
 */
export function addedTolerations(
  tolerations: readonly string[],
  previous: Pick<PodRecord, "tolerations" | "addedTolerations"> | undefined,
  managedFields: readonly ManagedFieldsEntry[],
): readonly string[] {
  if (previous !== undefined) {
    const came = tolerations.filter((toleration) => !previous.tolerations.includes(toleration));
    return came.length === 0 ? previous.addedTolerations : [...previous.addedTolerations, ...came];
  }
  const writer = findCulprit(managedFields, [["spec", "tolerations"]], "");
  const maker = findCulprit(managedFields, [MAKER_FIELD], "");
  return writer?.certain === true && maker?.certain === true && writer.manager !== maker.manager ? tolerations : [];
}
