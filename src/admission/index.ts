/** Every policy there is. */

import type { Installation } from "../installation.ts";
import type { PolicyRule } from "../kubernetes/policy-rule.ts";
import { guardsOf } from "./guards.ts";
import { podBaseline } from "./pod-baseline.ts";
import type { AdmissionPolicy } from "./policy.ts";

export { admissionObjects } from "./policy.ts";

export const admissionPolicies = (
  installation: Installation,
  operatorRules: readonly PolicyRule[],
): readonly AdmissionPolicy[] => [...guardsOf(installation, operatorRules), ...podBaseline(installation)];
