/** What a workload asks for and only the platform team can grant. */
import type { SecureWorkloadSpec } from "../../../crds/v1alpha1/secure-workload.ts";
import type { WorkloadRecord } from "../../records.ts";
import type { World } from "../../world.ts";
import type { PlatformFacts } from "../resources/input.ts";
import type { Problem } from "../status.ts";
import { identityProblems, lacksIdentity } from "./identity.ts";
import { imageProblems, refusedImages } from "./images.ts";

/** Whether pods of this spec may be made. If not, what runs goes on as it was. */
export function mayRollOut(spec: SecureWorkloadSpec, platform: PlatformFacts): boolean {
  return refusedImages(spec, platform).length === 0 && !lacksIdentity(spec, platform);
}

/** Everything that is asked for and not granted, as the status says it. */
export function grantProblems(workload: WorkloadRecord, world: World): readonly Problem[] {
  const { spec, ref } = workload;
  if (spec === undefined) return [];
  const platform = world.platform(ref.namespace);
  return [
    ...imageProblems(spec, platform),
    ...identityProblems(spec, platform),
    ...world.granted.exposure(workload).problems,
  ];
}
