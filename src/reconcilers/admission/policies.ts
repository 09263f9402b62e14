/** The admission policies of an installation, with the operator's own role as {@link OPERATOR_RULES} says it. */
import { guardsOf } from "../../admission/guards.ts";
import { admissionPolicies } from "../../admission/index.ts";
import type { AdmissionPolicy } from "../../admission/policy.ts";
import { DEFAULT_INSTALLATION, type Installation } from "../../installation.ts";
import { OPERATOR_RULES } from "../permissions.ts";

export const policiesFor = (installation: Installation): readonly AdmissionPolicy[] =>
  admissionPolicies(installation, OPERATOR_RULES);

export const ADMISSION_POLICIES = policiesFor(DEFAULT_INSTALLATION);

/** Every policy except those on pods. */
export const guardsFor = (installation: Installation): readonly AdmissionPolicy[] =>
  guardsOf(installation, OPERATOR_RULES);

export const GUARDS = guardsFor(DEFAULT_INSTALLATION);
