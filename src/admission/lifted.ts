/** Rules that a SecurityException lifts for one workload, as its pods and their template bear them. */
import { LIFTED_ANNOTATION } from "../crds/group.ts";
import { all, any, celText } from "../policies/cel.ts";
import type { Policy } from "../policies/index.ts";
import type { Variable } from "./policy.ts";

/** The value of the annotation: the ids sorted, each between commas; undefined where nothing is lifted. */
export const liftedText = (ids: readonly string[]): string | undefined =>
  ids.length === 0 ? undefined : `,${[...ids].sort().join(",")},`;

/** For {@link unlessLifted}; `metadata` is the CEL of the metadata that bears the annotation, perhaps of an optional. */
export const liftedVariable = (metadata: string): Variable => ({
  name: "lifted",
  expression: `${metadata}.?annotations[?${celText(LIFTED_ANNOTATION)}].orValue('')`,
});

/**
 * What a rule asks, unless it is lifted; then what holds all the same. The mark lifts only what a SecurityException can lift, since whoever has
 * the operator's token can write it. Commas on both sides, so that no id is found in another.
 */
export function unlessLifted({ id, lifted }: Policy, expression: string): string {
  if (lifted === undefined) return expression;
  const isLifted = `variables.lifted.contains(${celText(`,${id},`)})`;
  return any(lifted.still === undefined ? isLifted : all(isLifted, lifted.still.cel), expression);
}
