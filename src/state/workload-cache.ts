/** The cache of SecureWorkloads, and by what they are found in it. */
import type { Cache, CacheOptions } from "kopf-ts";
import { SECURE_WORKLOAD } from "../crds/group.ts";
import { hostNeeds } from "../expand/host-policies.ts";
import { namedPeers } from "./access-agreement.ts";
import { shapeWorkload, type WorkloadRecord } from "./records/workload.ts";
import { REFERENCE_INDICES } from "./references.ts";
import { SERVICE_NAME_INDICES } from "./service-names.ts";

interface WorkloadCacheOptions {
  readonly cache: <R>(options: CacheOptions<R>) => Cache<R>;
}

export const workloadCache = (
  { cache }: WorkloadCacheOptions,
  after: readonly Cache<unknown>[],
): Cache<WorkloadRecord> =>
  cache({
    resource: SECURE_WORKLOAD,
    after,
    shape: shapeWorkload,
    indices: {
      namespace: ({ ref }) => [ref.namespace],
      names: namedPeers,
      hosts: ({ spec }) => (spec !== undefined && hostNeeds(spec).length > 0 ? ["needed"] : []),
      uid: ({ status }) => (status.podIdentity === undefined ? [] : [String(status.podIdentity.uid)]),
      ...REFERENCE_INDICES,
      ...SERVICE_NAME_INDICES,
    },
  });
