/**
 * The tolerations of a live pod, the one list of its spec that may still grow (DRIFT 14). What admission adds to a pod that
 * is made is no change of a pod that lives. Pure.
 */
import type { ManagedFieldsEntry } from "kopf-ts";
import { findFieldManager } from "../../plan/field-owner.ts";

interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
  readonly tolerationSeconds?: number;
}

/** What is kept of a live pod: each as text. */
export interface KnownTolerations {
  readonly tolerations: readonly string[];
  /** Those that came while it lived. */
  readonly addedTolerations: readonly string[];
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
  previous: KnownTolerations | undefined,
  managedFields: readonly ManagedFieldsEntry[],
): readonly string[] {
  if (previous !== undefined) {
    const came = tolerations.filter((toleration) => !previous.tolerations.includes(toleration));
    return came.length === 0 ? previous.addedTolerations : [...previous.addedTolerations, ...came];
  }
  const writer = findFieldManager(managedFields, [["spec", "tolerations"]], "");
  const maker = findFieldManager(managedFields, [MAKER_FIELD], "");
  return writer?.certain === true && maker?.certain === true && writer.manager !== maker.manager ? tolerations : [];
}
