/** The surplus of one workload's account, as everything that is known says it. */

import { keyOf } from "kopf-ts";
import { clusterRules } from "../crds/v1alpha1/cluster-reads.ts";
import { roleRules, splitClusterReads } from "../expand/rbac.ts";
import { type Surplus, surplusOf } from "../rbac/excess.ts";
import { beyond, rulesFrom } from "../rbac/rule.ts";
import { accountSubject } from "../rbac/subjects.ts";
import type { ClusterState } from "./cluster-state.ts";
import type { WorkloadRecord } from "./records/workload.ts";

/** Declared is what its Role says, and what it may read in the whole cluster: of the spec in force, which may not be the latest one, what the workload may have. */
export function accountSurplus(workload: WorkloadRecord, state: ClusterState): readonly Surplus[] {
  const { namespace, name } = workload.ref;
  const spec = state.granted.specOf(workload) ?? {};
  const asking = { spec, workload: workload.ref, platform: state.platform(namespace) };
  const everywhere = rulesFrom(clusterRules(splitClusterReads(asking).granted));
  return surplusOf({ namespace, name }, { home: rulesFrom(roleRules(asking)), everywhere }, state.rights);
}

/** Those of its granted cluster-wide reads that no ClusterRoleBinding which names its account gives it. */
export function unboundReads(workload: WorkloadRecord, state: ClusterState): readonly string[] {
  const { ref, spec } = workload;
  if (spec === undefined) return [];
  const { granted } = splitClusterReads({ spec, workload: ref, platform: state.platform(ref.namespace) });
  if (granted.length === 0) return [];
  const held = state.rights.heldEverywhere(accountSubject(keyOf(ref)));
  return granted.filter((name) => beyond(rulesFrom(clusterRules([name])), held).length > 0);
}
