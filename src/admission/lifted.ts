/** Rules that a SecurityException lifts for one workload, as its pods and their template bear them. */
import { LIFTED_ANNOTATION } from "../crds/group.ts";
import { any, celText } from "./cel.ts";
import type { Variable } from "./policy.ts";

/** The value of the annotation: the ids sorted, each between commas; undefined where nothing is lifted. */
export const liftedText = (ids: readonly string[]): string | undefined =>
  ids.length === 0 ? undefined : `,${[...ids].sort().join(",")},`;

/** For {@link unlessLifted}; `metadata` is the CEL of the metadata that bears the annotation, perhaps of an optional. */
export const liftedVariable = (metadata: string): Variable => ({
  name: "lifted",
  expression: `${metadata}.?annotations[?${celText(LIFTED_ANNOTATION)}].orValue('')`,
});

/** Commas on both sides, so that no id is found in another. */
export const unlessLifted = (id: string, expression: string): string =>
  any(`variables.lifted.contains(${celText(`,${id},`)})`, expression);
