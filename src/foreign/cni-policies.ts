/**
 * Policies of network plugins beside NetworkPolicies, which only ever add (DRIFT 42). Every one of a namespace that allows something has to go,
 * whatever it selects: selectors are the plugin's own language. Above namespaces, policies are others' to change, and the workload reports them.
 */

import { isDeepStrictEqual } from "node:util";
import { type CacheChange, nameOf, type Resource } from "kopf-ts";
import type { Notice } from "../crds/v1alpha1/findings.ts";
import type { WorkloadRef } from "../expand/input.ts";
import { CALICO_NETWORK_POLICY, CALICO_STORED_NETWORK_POLICY } from "../kubernetes/kinds.ts";
import type { ClusterState } from "../state/cluster-state.ts";
import { couldOpen, NAMESPACED_CNI_POLICIES, type PodSelection } from "../state/records/cni-policy.ts";
import type { FactsAbout, ForeignRecord } from "../state/records/foreign.ts";
import type { WorkloadRecord } from "../state/records/workload.ts";
import { type Detector, foundObject } from "./foreign-object.ts";
import { foreignBy } from "./indexed.ts";
import { isObserved } from "./observed.ts";
import { ownPods } from "./pod-owner.ts";

type CniPolicy = readonly [Resource, string, ForeignRecord<FactsAbout<"cni-policy">>];

export const cniPolicies: Detector = {
  resources: NAMESPACED_CNI_POLICIES,
  driftCases: ["42"],
  protects: ["controller", "pods"],
  detect: ({ ref: { namespace } }, state) =>
    policiesIn(namespace, state).map(([resource, key, record]) =>
      foundObject(resource, key, record, {
        driftCase: "42",
        why: "allows traffic in a namespace where only SecureWorkloads declare what is allowed",
      }),
    ),
};

/** Where Calico's API server runs, what it stores is one of its policies, seen a second time. */
const isShownTwice = (resource: Resource, state: ClusterState): boolean =>
  resource === CALICO_STORED_NETWORK_POLICY && state.childrenOf(CALICO_NETWORK_POLICY).isServed();

/** Those of others that allow something. */
const policiesIn = (namespace: string, state: ClusterState): readonly CniPolicy[] =>
  NAMESPACED_CNI_POLICIES.filter((resource) => !isShownTwice(resource, state)).flatMap((resource) =>
    foreignBy("cni-policy", state.childrenOf(resource), "foreignIn", namespace).map(
      ([key, record]): CniPolicy => [resource, key, record],
    ),
  );

/** As the pods will be made, or as they are: a label stays on them until they are replaced. */
const opens = (selections: readonly PodSelection[], workload: WorkloadRecord, state: ClusterState): boolean =>
  opensWith(selections, state.handedLabels.refOf(workload)) || opensPods(selections, workload, state);

const opensWith = (selections: readonly PodSelection[], ref: WorkloadRef): boolean =>
  selections.some((selection) => couldOpen(selection, ref));

const opensPods = (selections: readonly PodSelection[], workload: WorkloadRecord, state: ClusterState): boolean =>
  selections.length > 0 &&
  ownPods(workload, state).some(({ labels }) =>
    opensWith(selections, { ...workload.ref, handedOn: { labels, annotations: {} } }),
  );

/** How many policies a message names. */
const MAX_NAMED = 5;

/** Policies that open the workload's pods and are left alone. */
export function openPolicyNotices(workload: WorkloadRecord, state: ClusterState): readonly Notice[] {
  const above = clusterPoliciesOver(workload, state);
  const beside = isObserved(workload.ref.namespace, state) ? namespacedOver(workload, state) : [];
  if (above.length === 0 && beside.length === 0) return [];
  const sentences = [
    ...(above.length === 0 ? [] : [`${listed(above)} ${MAY_ALLOW}: only the platform team can narrow it`]),
    ...(beside.length === 0
      ? []
      : [`${listed(beside)} ${MAY_ALLOW}: narrow it; Palisade deletes it once the namespace is no longer Observing`]),
  ];
  return [
    {
      type: "OpenedByClusterPolicy",
      holds: true,
      reason: above.length > 0 ? "ClusterPolicyAllows" : "PluginPolicyAllows",
      message: sentences.join("; "),
    },
  ];
}

const MAY_ALLOW = "could allow traffic of the pods beside what access declares";

function listed(names: readonly string[]): string {
  const more = names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : "";
  return `${[...names].sort().slice(0, MAX_NAMED).join(", ")}${more}`;
}

const clusterPoliciesOver = (workload: WorkloadRecord, state: ClusterState): readonly string[] =>
  state.network.clusterPolicies.flatMap((cache) =>
    [...cache.entries()].flatMap(([name, selections]) =>
      opens(selections, workload, state) ? [`${cache.resource.kind}/${name}`] : [],
    ),
  );

const namespacedOver = (workload: WorkloadRecord, state: ClusterState): readonly string[] =>
  policiesIn(workload.ref.namespace, state).flatMap(([resource, key, { facts }]) =>
    opens(facts.opens, workload, state) ? [`${resource.kind}/${nameOf(key).name}`] : [],
  );

/** The workloads that a change of a cluster-wide policy concerns. A change of its status alone concerns nobody. */
export function openedByCluster(
  { old, new: now }: CacheChange<readonly PodSelection[]>,
  state: ClusterState,
): readonly string[] {
  if (isDeepStrictEqual(old, now)) return [];
  const selections = [...(old ?? []), ...(now ?? [])];
  // Labels that are handed on no longer, or again, are among them.
  const concerns = (workload: WorkloadRecord): boolean =>
    opensWith(selections, { ...workload.ref, handedOn: state.handedLabels.declared(workload.ref) }) ||
    opensPods(selections, workload, state);
  return [...state.workloads.entries()].flatMap(([key, workload]) => (concerns(workload) ? [key] : []));
}
