/** Every policy there is. */
import { DEFAULT_INSTALLATION } from "./identities.ts";
import { podBaseline } from "./pod-baseline.ts";
import type { AdmissionPolicy } from "./policy.ts";

export { admissionObjects } from "./policy.ts";

export const ADMISSION_POLICIES: readonly AdmissionPolicy[] = [...podBaseline(DEFAULT_INSTALLATION)];
