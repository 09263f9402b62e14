/** The declared cloud identity, and whether it is granted. Pure. */

import type { Problem } from "../../crds/v1alpha1/findings.ts";
import { namedIdentity } from "../../crds/v1alpha1/identity.ts";
import type { SecureWorkloadSpec } from "../../crds/v1alpha1/secure-workload.ts";
import { grantedIdentity } from "../../expand/cloud-identity.ts";
import type { PlatformFacts } from "../../expand/input.ts";

export const lacksIdentity = (spec: SecureWorkloadSpec, platform: PlatformFacts): boolean =>
  spec.identity !== undefined && grantedIdentity({ spec, platform }) === undefined;

export function identityProblems(spec: SecureWorkloadSpec, platform: PlatformFacts): readonly Problem[] {
  const named = spec.identity === undefined ? undefined : namedIdentity(spec.identity);
  if (named === undefined || !lacksIdentity(spec, platform)) return [];
  return [
    {
      reason: "IdentityNotGranted",
      message: `identity: ${named.name} (${named.provider}) is not granted to this namespace: ask the platform team to list it in SecurityBaseline/cluster. Until then this spec is not rolled out, and new pods get no identity`,
    },
  ];
}
