/** Exactly what the operator may do, beside the reasons. `config/rbac` is generated from it, and tests run under it. */
import { BREAK_GLASS_VERB, GROUP } from "../crds/group.ts";
import { PERMISSION_MENU } from "../crds/v1alpha1/permission-menu.ts";

export interface PolicyRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const READ = ["get", "list", "watch"] as const;
const OWN = [...READ, "create", "update", "patch", "delete"] as const;

/** What it needs for its own work. */
const OPERATOR_RULES: readonly PolicyRule[] = [
  { apiGroups: [GROUP], resources: ["secureworkloads"], verbs: READ },
  { apiGroups: [GROUP], resources: ["secureworkloads/status"], verbs: ["patch"] },
  // Owner references that block deletion need this where the admission plugin asks for it.
  { apiGroups: [GROUP], resources: ["secureworkloads/finalizers"], verbs: ["update"] },
  { apiGroups: [GROUP], resources: ["securitybaselines"], verbs: READ },
  { apiGroups: [GROUP], resources: ["securitybaselines/status"], verbs: ["patch"] },
  { apiGroups: [GROUP], resources: ["securityexceptions"], verbs: READ },
  { apiGroups: [GROUP], resources: ["securityexceptions/status"], verbs: ["patch"] },
  { apiGroups: ["apps"], resources: ["deployments", "statefulsets", "daemonsets"], verbs: OWN },
  { apiGroups: ["batch"], resources: ["jobs", "cronjobs"], verbs: OWN },
  { apiGroups: ["apps"], resources: ["controllerrevisions"], verbs: READ },
  // Those of a template that its workload never had are deleted.
  { apiGroups: ["apps"], resources: ["replicasets"], verbs: [...READ, "delete"] },
  // Read where a workload names them, and copied; never Secrets.
  { apiGroups: [""], resources: ["configmaps"], verbs: OWN },
  { apiGroups: [""], resources: ["services", "serviceaccounts"], verbs: OWN },
  { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies"], verbs: OWN },
  { apiGroups: ["networking.k8s.io"], resources: ["ingresses"], verbs: OWN },
  { apiGroups: ["gateway.networking.k8s.io"], resources: ["httproutes"], verbs: OWN },
  // How hosts are exposed is the platform team's to set up, and read here.
  { apiGroups: ["networking.k8s.io"], resources: ["ingressclasses"], verbs: READ },
  { apiGroups: ["gateway.networking.k8s.io"], resources: ["gateways"], verbs: READ },
  // Where a network plugin serves them: the policies that know DNS names, and those that could open what is closed.
  { apiGroups: ["networking.gke.io"], resources: ["fqdnnetworkpolicies"], verbs: OWN },
  { apiGroups: ["cilium.io"], resources: ["ciliumnetworkpolicies"], verbs: OWN },
  // Calico asks for the second of the two, and for the tier, wherever one would write or list the first.
  { apiGroups: ["projectcalico.org"], resources: ["networkpolicies", "tier.networkpolicies"], verbs: OWN },
  { apiGroups: ["projectcalico.org"], resources: ["tiers"], verbs: ["get"] },
  { apiGroups: ["crd.projectcalico.org"], resources: ["networkpolicies"], verbs: [...READ, "delete"] },
  { apiGroups: ["cilium.io"], resources: ["ciliumclusterwidenetworkpolicies"], verbs: READ },
  {
    apiGroups: ["projectcalico.org"],
    resources: ["globalnetworkpolicies", "tier.globalnetworkpolicies", "globalalerts"],
    verbs: READ,
  },
  { apiGroups: ["crd.projectcalico.org"], resources: ["globalnetworkpolicies"], verbs: READ },
  {
    apiGroups: ["policy.networking.k8s.io"],
    resources: ["adminnetworkpolicies", "clusternetworkpolicies"],
    verbs: READ,
  },
  { apiGroups: ["policy"], resources: ["poddisruptionbudgets"], verbs: OWN },
  { apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"], verbs: OWN },
  { apiGroups: ["keda.sh"], resources: ["scaledobjects"], verbs: OWN },
  // Only those that resize our pods are deleted.
  { apiGroups: ["autoscaling.k8s.io"], resources: ["verticalpodautoscalers"], verbs: [...READ, "delete"] },
  { apiGroups: ["monitoring.coreos.com"], resources: ["servicemonitors", "podmonitors"], verbs: OWN },
  { apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles", "rolebindings"], verbs: OWN },
  // Read to know who may what. A ClusterRoleBinding is deleted where the SecurityBaseline says so, and never made: a token of the operator
  // could take rights away from others with it, and give none to anybody.
  { apiGroups: ["rbac.authorization.k8s.io"], resources: ["clusterroles"], verbs: READ },
  { apiGroups: ["rbac.authorization.k8s.io"], resources: ["clusterrolebindings"], verbs: [...READ, "delete"] },
  // Held to be granted: the operator has no pods/exec, so that the verb gives it nothing.
  { apiGroups: [GROUP], resources: ["secureworkloads"], verbs: [BREAK_GLASS_VERB] },
  // Pods are read to be judged, and deleted when they are impostors or stand in the way of their successors; never created or changed.
  { apiGroups: [""], resources: ["pods"], verbs: [...READ, "delete"] },
  // Those that somebody was inside of are replaced, and disruption budgets kept.
  { apiGroups: [""], resources: ["pods/eviction"], verbs: ["create"] },
  // The policies that hold while it is down; admission policies cannot be guarded by admission policies.
  {
    apiGroups: ["admissionregistration.k8s.io"],
    resources: ["validatingadmissionpolicies", "validatingadmissionpolicybindings"],
    verbs: [...READ, "create", "update", "patch"],
  },
  { apiGroups: [""], resources: ["namespaces"], verbs: [...READ, "patch"] },
  // Only to tell what else a namespace holds.
  { apiGroups: [""], resources: ["replicationcontrollers"], verbs: ["list"] },
  { apiGroups: [""], resources: ["nodes"], verbs: READ },
  // Those that are made by hand and lead to our pods, or take their traffic, are deleted, and what they mirror.
  { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: [...READ, "delete"] },
  { apiGroups: [""], resources: ["endpoints"], verbs: ["delete"] },
  { apiGroups: ["apiregistration.k8s.io"], resources: ["apiservices"], verbs: READ },
  { apiGroups: ["events.k8s.io"], resources: ["events"], verbs: ["create", "patch"] },
];

/** RBAC lets nobody grant what he does not hold (`escalate` is not asked for), so the whole menu is held too. */
const GRANTABLE_RULES: readonly PolicyRule[] = Object.entries(PERMISSION_MENU).map(([entry, verbs]) => {
  const slash = entry.indexOf("/");
  return { apiGroups: [entry.slice(0, slash)], resources: [entry.slice(slash + 1)], verbs };
});

export const CLUSTER_RULES: readonly PolicyRule[] = [...OPERATOR_RULES, ...GRANTABLE_RULES];

/** In the operator's own namespace only. */
export const LEADER_ELECTION_RULES: readonly PolicyRule[] = [
  { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get", "list", "create", "update", "delete"] },
];
