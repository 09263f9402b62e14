/** What a workload asks for and only the platform team can grant. */
import type { SecureWorkloadSpec } from "../../crds/v1alpha1/secure-workload.ts";
import type { PlatformFacts } from "../../expand/input.ts";
import { lacksIdentity } from "./identity.ts";
import { refusedImages } from "./images.ts";

/** Whether pods of this spec may be made. If not, what runs goes on as it was. */
export function mayRollOut(spec: SecureWorkloadSpec, platform: PlatformFacts): boolean {
  return refusedImages(spec, platform).length === 0 && !lacksIdentity(spec, platform);
}
