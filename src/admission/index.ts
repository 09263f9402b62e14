/** Every policy there is. */
import { guardsOf } from "./guards.ts";
import { DEFAULT_INSTALLATION, type Installation } from "./identities.ts";
import { podBaseline } from "./pod-baseline.ts";
import type { AdmissionPolicy } from "./policy.ts";

export { admissionObjects } from "./policy.ts";

export const admissionPolicies = (installation: Installation): readonly AdmissionPolicy[] => [
  ...guardsOf(installation),
  ...podBaseline(installation),
];

export const ADMISSION_POLICIES = admissionPolicies(DEFAULT_INSTALLATION);
