/** Bindings that give a workload's ServiceAccount more than its SecureWorkload declares, and may be deleted. What stays is reported: see `rbac/`. */

import { keyOf, nameOf } from "kopf-ts";
import { BASELINE_NAME } from "../crds/group.ts";
import { CLUSTER_ROLE_BINDING, ROLE_BINDING } from "../kubernetes/kinds.ts";
import type { Bound } from "../rbac/excess.ts";
import { accountGroups, accountIn, accountSubject } from "../rbac/subjects.ts";
import type { ClusterState } from "../state/cluster-state.ts";
import { accountSurplus } from "../state/excess-rights.ts";
import type { WorkloadRecord } from "../state/records/workload.ts";
import { type Detector, type ForeignObject, foundObject } from "./foreign-object.ts";

/**
 * In the workload's own namespace: every RoleBinding that names its account, since its SecureWorkload declares what that may do (DRIFT 56);
 * and bindings that add rights by the groups of accounts alone (57). Elsewhere, and in the whole cluster, only bindings that name accounts of workloads and nobody else, and only
 * where the platform team says so (58).
 */
export const roleBindings: Detector = {
  resources: [ROLE_BINDING, CLUSTER_ROLE_BINDING],
  driftCases: ["56", "57", "58"],
  protects: ["service-account"],
  detect: (workload, state) => {
    const { namespace } = workload.ref;
    const isHome = ({ kind, key }: Bound): boolean => kind === "RoleBinding" && nameOf(key).namespace === namespace;
    const named = [...state.rights.naming(accountSubject(workload.key))].filter(isHome);
    const surplus = accountSurplus(workload, state).map(({ binding }) => binding);
    const grouped = surplus.filter((bound) => isHome(bound) && isForAccounts(bound, namespace));
    const wider = deletesElsewhere(state)
      ? surplus.filter((bound) => !isHome(bound) && isForWorkloads(bound, state))
      : [];
    const found = new Map([...named, ...grouped, ...wider].map((bound) => [bound.uid, bound]));
    // A binding of a child's name is compared as that child, and repaired or left to its owner.
    return [...found.values()]
      .filter(({ isChild }) => !isChild)
      .map((bound) => foundBinding(bound, workload, isHome(bound)));
  },
};

const isForAccounts = ({ subjects }: Bound, namespace: string): boolean =>
  subjects.every((subject) => accountIn(subject) !== undefined || accountGroups(namespace).includes(subject));

const isForWorkloads = ({ subjects }: Bound, { workloads }: ClusterState): boolean =>
  subjects.every((subject) => workloads.get(accountIn(subject) ?? "") !== undefined);

const deletesElsewhere = ({ granted }: ClusterState): boolean =>
  granted.baselines.get(BASELINE_NAME)?.deletesBindings === true;

/** In the workload's own namespace other pods may rely on it; elsewhere the platform team ordered that it goes. */
function foundBinding(bound: Bound, { ref }: WorkloadRecord, isHome: boolean): ForeignObject {
  const { kind, key, subjects, writer: changedBy } = bound;
  const names = subjects.includes(accountSubject(keyOf({ namespace: ref.namespace, name: ref.name })));
  const isCluster = kind === "ClusterRoleBinding";
  return foundObject(
    isCluster ? CLUSTER_ROLE_BINDING : ROLE_BINDING,
    key,
    { ...bound, changedBy },
    {
      driftCase: names ? (isCluster ? "58" : "56") : "57",
      why: `binds a role to ${names ? "this workload's ServiceAccount" : "the ServiceAccounts of this namespace"}`,
      whileObserved: isHome ? undefined : "goes",
    },
  );
}
