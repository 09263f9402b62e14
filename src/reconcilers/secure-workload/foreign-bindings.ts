/** Bindings that give a workload's account more than it declares: which of them are deleted. What stays is told of by `rights/`. */
import { BASELINE_NAME } from "../../crds/group.ts";
import { keyOf, nameOf } from "../../kopf/object.ts";
import type { Deps } from "../deps.ts";
import type { WorkloadRecord } from "../records.ts";
import { accountSurplus } from "../rights/of-workload.ts";
import { accountGroups, accountIn, accountSubject } from "../rights/subjects.ts";
import type { Bound } from "../rights/surplus.ts";
import type { World } from "../world.ts";
import type { Offender } from "./offenders.ts";
import { CLUSTER_ROLE_BINDING, ROLE_BINDING } from "./resources/kinds.ts";

/**
 * In the workload's own namespace: every RoleBinding that names its account, for what the account may do is declared in the workload
 * (DRIFT 56), and whatever adds rights to accounts alone by their groups (57). Elsewhere, and in the whole cluster, only what names
 * accounts of workloads and nobody else, and only where the platform team says so (58).
 */
export function foreignBindings(workload: WorkloadRecord, { world }: Deps): readonly Offender[] {
  const { namespace } = workload.ref;
  const isHome = ({ kind, key }: Bound): boolean => kind === "RoleBinding" && nameOf(key).namespace === namespace;
  const named = [...world.rights.naming(accountSubject(workload.key))].filter(isHome);
  const surplus = accountSurplus(workload, world).map(({ binding }) => binding);
  const grouped = surplus.filter((bound) => isHome(bound) && isForAccounts(bound, namespace));
  const wider = deletesElsewhere(world)
    ? surplus.filter((bound) => !isHome(bound) && isForWorkloads(bound, world))
    : [];
  const found = new Map([...named, ...grouped, ...wider].map((bound) => [bound.uid, bound]));
  // What has a child's name is put right, or is left to whoever was there first.
  return [...found.values()].filter(({ isChild }) => !isChild).map((bound) => offenderOf(bound, workload));
}

const isForAccounts = ({ subjects }: Bound, namespace: string): boolean =>
  subjects.every((subject) => accountIn(subject) !== undefined || accountGroups(namespace).includes(subject));

const isForWorkloads = ({ subjects }: Bound, { workloads }: World): boolean =>
  subjects.every((subject) => workloads.get(accountIn(subject) ?? "") !== undefined);

const deletesElsewhere = ({ granted }: World): boolean =>
  granted.baselines.get(BASELINE_NAME)?.deletesBindings === true;

function offenderOf({ kind, key, uid, subjects, writer, seenMs }: Bound, { ref }: WorkloadRecord): Offender {
  const names = subjects.includes(accountSubject(keyOf({ namespace: ref.namespace, name: ref.name })));
  const isCluster = kind === "ClusterRoleBinding";
  return {
    resource: isCluster ? CLUSTER_ROLE_BINDING : ROLE_BINDING,
    key,
    uid,
    driftCase: names ? (isCluster ? "58" : "56") : "57",
    why: `it binds a role to ${names ? "this workload's ServiceAccount" : "the ServiceAccounts of this namespace"}`,
    culprit: writer,
    seenMs,
  };
}
