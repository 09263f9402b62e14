/** Every case of the list, in its order. */
import type { DriftCase } from "../case.ts";
import { ROLLOUT_CASES } from "./rollout.ts";
import { TEMPLATE_CASES } from "./template.ts";

export const DRIFT_CASES: readonly DriftCase[] = [...TEMPLATE_CASES, ...ROLLOUT_CASES].sort(
  (a, b) => a.number - b.number,
);
