/** Every admission policy there is: generated into `config/admission`, and kept as it is by the operator. */
import type { AdmissionPolicy } from "./policy.ts";

export const ADMISSION_POLICIES: readonly AdmissionPolicy[] = [];
