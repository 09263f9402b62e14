/** Policies of network plugins that open a workload's pods: those of its namespace are offenders, those above it are told of. */
import { isDeepStrictEqual } from "node:util";
import type { CacheChange } from "../../kopf/cache.ts";
import { couldOpen, NAMESPACED_CNI_POLICIES, type PodSelection } from "../cni-policies.ts";
import type { Deps } from "../deps.ts";
import type { ForeignCniPolicyRecord, WorkloadRecord } from "../records.ts";
import type { World } from "../world.ts";
import type { Offender } from "./offenders.ts";
import { CALICO_NETWORK_POLICY, CALICO_STORED_NETWORK_POLICY } from "./resources/kinds.ts";
import type { Notice } from "./status.ts";

const opens = (selections: readonly PodSelection[], { ref }: WorkloadRecord): boolean =>
  selections.some((selection) => couldOpen(selection, ref));

/** They only ever add, as NetworkPolicies do (DRIFT 42). */
export function foreignCniPolicies(workload: WorkloadRecord, { world }: Deps): readonly Offender[] {
  return NAMESPACED_CNI_POLICIES.filter((resource) => !isShownTwice(resource, world)).flatMap((resource) => {
    const cache = world.childrenOf(resource);
    return cache.byIndex("foreignIn", workload.ref.namespace).flatMap((key): readonly Offender[] => {
      const record = cache.get(key);
      if (record?.type !== "foreign-cni-policy" || !opens(record.opens, workload)) return [];
      return [offenderOf(resource, key, record)];
    });
  });
}

/** Where Calico's API server runs, what it stores is one of its policies, seen a second time. */
const isShownTwice = (resource: Offender["resource"], world: World): boolean =>
  resource === CALICO_STORED_NETWORK_POLICY && world.childrenOf(CALICO_NETWORK_POLICY).isServed();

const offenderOf = (
  resource: Offender["resource"],
  key: string,
  { uid, culprit, seenMs }: ForeignCniPolicyRecord,
): Offender => ({
  resource,
  key,
  uid,
  driftCase: "42",
  why: "it allows traffic of this workload's pods",
  culprit,
  seenMs,
});

/** How many policies a message names. */
const MAX_NAMED = 5;

/** Cluster-wide policies are the platform team's: none is touched, and the workload says which of them open its pods. */
export function clusterPolicyNotices(workload: WorkloadRecord, { world }: Deps): readonly Notice[] {
  const names = world.network.clusterPolicies
    .flatMap((cache) =>
      [...cache.entries()].flatMap(([name, selections]) =>
        opens(selections, workload) ? [`${cache.resource.kind}/${name}`] : [],
      ),
    )
    .sort();
  if (names.length === 0) return [];
  const more = names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : "";
  return [
    {
      type: "OpenedByClusterPolicy",
      holds: true,
      reason: "ClusterPolicyAllows",
      message: `${names.slice(0, MAX_NAMED).join(", ")}${more} could allow traffic of the pods beside what access declares: only the platform team can narrow it`,
    },
  ];
}

/** The workloads that a change of a cluster-wide policy concerns. A change of its status alone concerns nobody. */
export function openedByCluster(
  { old, new: now }: CacheChange<readonly PodSelection[]>,
  world: World,
): readonly string[] {
  if (isDeepStrictEqual(old, now)) return [];
  const selections = [...(old ?? []), ...(now ?? [])];
  return [...world.workloads.entries()].flatMap(([key, workload]) => (opens(selections, workload) ? [key] : []));
}

/** The workloads of its namespace that a policy opens. */
export function openedInNamespace(
  namespace: string,
  { opens: selections }: ForeignCniPolicyRecord,
  world: World,
): readonly string[] {
  return world.workloadsIn(namespace).flatMap((workload) => (opens(selections, workload) ? [workload.key] : []));
}
