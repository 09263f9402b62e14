/** What a workload's own pass needs: its kinds of children, and what could undo them. */
import { GROUP } from "../../crds/group.ts";
import { PERMISSION_MENU } from "../../crds/v1alpha1/permission-menu.ts";
import { OWN, type PolicyRule, READ } from "../policy-rule.ts";

const CHILDREN: readonly PolicyRule[] = [
  { apiGroups: ["apps"], resources: ["deployments", "statefulsets", "daemonsets"], verbs: OWN },
  { apiGroups: ["batch"], resources: ["jobs", "cronjobs"], verbs: OWN },
  // ConfigMaps are read where a workload names them, and copied; never Secrets.
  { apiGroups: [""], resources: ["configmaps"], verbs: [...READ, "create", "update", "delete"] },
  { apiGroups: [""], resources: ["services", "serviceaccounts"], verbs: OWN },
  { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies", "ingresses"], verbs: OWN },
  { apiGroups: ["gateway.networking.k8s.io"], resources: ["httproutes"], verbs: OWN },
  { apiGroups: ["policy"], resources: ["poddisruptionbudgets"], verbs: OWN },
  { apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"], verbs: OWN },
  { apiGroups: ["keda.sh"], resources: ["scaledobjects"], verbs: OWN },
  { apiGroups: ["monitoring.coreos.com"], resources: ["servicemonitors", "podmonitors"], verbs: OWN },
  { apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles", "rolebindings"], verbs: OWN },
  // Where a network plugin serves them: the policies that know DNS names, and those that could open what is closed.
  { apiGroups: ["networking.gke.io"], resources: ["fqdnnetworkpolicies"], verbs: OWN },
  { apiGroups: ["cilium.io"], resources: ["ciliumnetworkpolicies"], verbs: OWN },
  { apiGroups: ["projectcalico.org"], resources: ["networkpolicies"], verbs: OWN },
];

/** Deleted where they weaken a workload, and never written. */
const OFFENDERS: readonly PolicyRule[] = [
  { apiGroups: ["crd.projectcalico.org"], resources: ["networkpolicies"], verbs: [...READ, "delete"] },
  // Those of a template that its workload never had.
  { apiGroups: ["apps"], resources: ["replicasets"], verbs: [...READ, "delete"] },
  // Those that resize our pods.
  { apiGroups: ["autoscaling.k8s.io"], resources: ["verticalpodautoscalers"], verbs: [...READ, "delete"] },
  // Those that are made by hand and lead to our pods, or take their traffic, and what they mirror.
  { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: [...READ, "delete"] },
  { apiGroups: [""], resources: ["endpoints"], verbs: ["delete"] },
  // Impostors, and those that stand in the way of their successors; never created or changed.
  { apiGroups: [""], resources: ["pods"], verbs: [...READ, "delete"] },
  // Those that somebody was inside of are replaced, and disruption budgets kept.
  { apiGroups: [""], resources: ["pods/eviction"], verbs: ["create"] },
];

/** What decides over what a child must be. */
const FACTS: readonly PolicyRule[] = [
  { apiGroups: ["apps"], resources: ["controllerrevisions"], verbs: READ },
  { apiGroups: [""], resources: ["nodes"], verbs: READ },
  { apiGroups: ["apiregistration.k8s.io"], resources: ["apiservices"], verbs: READ },
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
];

/** RBAC lets nobody grant what he does not hold (`escalate` is not asked for), so the whole menu is held. */
const GRANTABLE: readonly PolicyRule[] = Object.entries(PERMISSION_MENU).map(([entry, verbs]) => {
  const slash = entry.indexOf("/");
  return { apiGroups: [entry.slice(0, slash)], resources: [entry.slice(slash + 1)], verbs };
});

export const WORKLOAD_PERMISSIONS: readonly PolicyRule[] = [
  { apiGroups: [GROUP], resources: ["secureworkloads"], verbs: READ },
  { apiGroups: [GROUP], resources: ["secureworkloads/status"], verbs: ["patch"] },
  ...CHILDREN,
  ...OFFENDERS,
  ...FACTS,
];

/** What no request of ours uses, and others ask whether it is held. */
export const HELD_FOR_WORKLOADS: readonly PolicyRule[] = [
  ...GRANTABLE,
  // Owner references that block deletion need this where the admission plugin asks for it.
  { apiGroups: [GROUP], resources: ["secureworkloads/finalizers"], verbs: ["update"] },
  // Calico asks for these, and for the tier, wherever one would write or list its network policies.
  { apiGroups: ["projectcalico.org"], resources: ["tier.networkpolicies"], verbs: OWN },
  { apiGroups: ["projectcalico.org"], resources: ["tiers"], verbs: ["get"] },
];
