/** The cloud identity that is asked for, and whether it is granted. Pure. */
import { namedIdentity } from "../../../crds/v1alpha1/identity.ts";
import type { SecureWorkloadSpec } from "../../../crds/v1alpha1/secure-workload.ts";
import { grantedIdentity } from "../resources/cloud-identity.ts";
import type { PlatformFacts } from "../resources/input.ts";
import type { Problem } from "../status.ts";

export const lacksIdentity = (spec: SecureWorkloadSpec, platform: PlatformFacts): boolean =>
  spec.identity !== undefined && grantedIdentity({ spec, platform }) === undefined;

export function identityProblems(spec: SecureWorkloadSpec, platform: PlatformFacts): readonly Problem[] {
  const named = spec.identity === undefined ? undefined : namedIdentity(spec.identity);
  if (named === undefined || !lacksIdentity(spec, platform)) return [];
  return [
    {
      reason: "IdentityNotGranted",
      message: `identity: ${named.name} (${named.provider}) is not granted to this namespace: ask the platform team, which lists identities for each namespace in SecurityBaseline/cluster; until then nothing of this spec is rolled out, and new pods get no identity`,
    },
  ];
}
