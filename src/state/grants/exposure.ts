/** Which hosts a workload may expose, and why not the others. Pure. */

import type { Problem } from "../../crds/v1alpha1/findings.ts";
import { coversHost } from "../../crds/v1alpha1/hosts.ts";
import type { SecureWorkloadSpec } from "../../crds/v1alpha1/secure-workload.ts";
import type { Exposed } from "../../expand/exposure.ts";
import type { PlatformFacts } from "../../expand/input.ts";
import { listenersFor } from "../../expand/listeners.ts";

export interface ExposureDecision {
  readonly exposed: readonly Exposed[];
  readonly problems: readonly Problem[];
}

const NOTHING_EXPOSED: ExposureDecision = { exposed: [], problems: [] };

/** What two workloads cannot both have. */
export const claimOf = ({ host, path }: Pick<Exposed, "host" | "path">): string => `${host}${path}`;

export const claimsOf = ({ expose = [] }: Pick<SecureWorkloadSpec, "expose">): readonly string[] => expose.map(claimOf);

/**
 * `workload` is `namespace/name`; `holderOf` tells the workload that has a claim, of those that could be exposed by
 * {@link isExposable}.
 */
export function decideExposure(
  workload: string,
  { expose = [] }: Pick<SecureWorkloadSpec, "expose">,
  platform: PlatformFacts,
  holderOf: (entry: Exposed) => string | undefined,
): ExposureDecision {
  if (expose.length === 0) return NOTHING_EXPOSED;
  const exposed: Exposed[] = [];
  const problems: Problem[] = [];
  for (const entry of expose) {
    const problem = refusalOf(entry, platform) ?? contestOf(entry, workload, holderOf(entry));
    if (problem === undefined) exposed.push(entry);
    else problems.push(problem);
  }
  return { exposed, problems };
}

/** Whether an entry would be exposed if nobody else claimed its host and path. */
export const isExposable = (entry: Exposed, platform: PlatformFacts): boolean =>
  refusalOf(entry, platform) === undefined;

function refusalOf({ host, tls }: Exposed, { hosts, exposure }: PlatformFacts): Problem | undefined {
  if (!hosts.some((grant) => coversHost(grant, host))) {
    return problem(
      "HostNotGranted",
      `${host} is not granted to this namespace: ask the platform team to list it in SecurityBaseline/cluster`,
    );
  }
  const { gateway, ingressClass } = exposure;
  if (gateway === undefined && ingressClass === undefined) {
    return problem(
      "ExposureUnavailable",
      `${host} cannot be exposed: the Gateway or IngressClass of spec.exposure in SecurityBaseline/cluster is missing; ask the platform team`,
    );
  }
  if (gateway === undefined) {
    return tls === undefined
      ? problem(
          "TLSRequired",
          `${host} needs tls.secretName: this cluster exposes hosts through an Ingress, and Palisade requires TLS`,
        )
      : undefined;
  }
  return listenersFor(gateway, host).length > 0
    ? undefined
    : problem(
        "ExposureUnavailable",
        `${host} has no HTTPS listener on Gateway ${gateway.namespace}/${gateway.name}: ask the platform team to add one`,
      );
}

function contestOf(entry: Exposed, workload: string, holder: string | undefined): Problem | undefined {
  return holder === undefined || holder === workload
    ? undefined
    : problem(
        "HostTaken",
        `${claimOf(entry)} is already exposed by ${holder}: use another host or path, or ask its team`,
      );
}

const problem = (reason: Problem["reason"], message: string): Problem => ({
  reason,
  message: `expose: ${message}`,
});
