/** Every policy there is. */
import { guardsOf } from "./guards.ts";
import { DEFAULT_INSTALLATION } from "./identities.ts";
import { podBaseline } from "./pod-baseline.ts";
import type { AdmissionPolicy } from "./policy.ts";

export { admissionObjects } from "./policy.ts";

export const ADMISSION_POLICIES: readonly AdmissionPolicy[] = [
  ...guardsOf(DEFAULT_INSTALLATION),
  ...podBaseline(DEFAULT_INSTALLATION),
];
