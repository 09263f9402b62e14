/** What a workload's own pass needs: its kinds of children, and what could undo them. */
import { GROUP } from "../../crds/group.ts";
import { GRANTED_MENU, PERMISSION_MENU } from "../../crds/v1alpha1/permission-menu.ts";
import { CHILD_RESOURCES } from "../../expand/child-kinds.ts";
import { OWN, type PolicyRule, READ } from "../../kubernetes/policy-rule.ts";

const CHILDREN: readonly PolicyRule[] = [
  ...CHILD_RESOURCES.map(({ group, plural }) => ({ apiGroups: [group], resources: [plural], verbs: OWN })),
  // ConfigMaps are read where a workload names them, and copied; never Secrets.
  { apiGroups: [""], resources: ["configmaps"], verbs: [...READ, "create", "update", "delete"] },
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
  // Impostors, and those that stand in the way of their successors; never changed.
  { apiGroups: [""], resources: ["pods"], verbs: [...READ, "delete"] },
  // By dry run alone, which palisade-operator holds it to: what admission adds to the pods of a template.
  { apiGroups: [""], resources: ["pods"], verbs: ["create"] },
  // Those that somebody was inside of are replaced, and disruption budgets kept.
  { apiGroups: [""], resources: ["pods/eviction"], verbs: ["create"] },
];

/** Made for Deployments, grown for every type; admission holds the operator to growing. Nobody but a person deletes data. */
const CLAIMS: readonly PolicyRule[] = [
  { apiGroups: [""], resources: ["persistentvolumeclaims"], verbs: [...READ, "create", "patch"] },
  { apiGroups: ["storage.k8s.io"], resources: ["storageclasses"], verbs: READ },
];

/** Of workloads' own specs; admission holds the operator to those. Others' show what pods were made from. */
const HISTORY: readonly PolicyRule[] = [
  { apiGroups: ["apps"], resources: ["controllerrevisions"], verbs: [...READ, "create", "patch", "delete"] },
];

/** What decides over what a child must be. */
const FACTS: readonly PolicyRule[] = [
  { apiGroups: [""], resources: ["nodes", "persistentvolumes"], verbs: READ },
  // Why pods are refused: only a Deployment says so in its status.
  { apiGroups: [""], resources: ["events"], verbs: ["list"] },
  { apiGroups: ["apiregistration.k8s.io"], resources: ["apiservices"], verbs: READ },
  // Who may change pods and children on their way in.
  {
    apiGroups: ["admissionregistration.k8s.io"],
    resources: ["mutatingwebhookconfigurations", "mutatingadmissionpolicies", "mutatingadmissionpolicybindings"],
    verbs: READ,
  },
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

const { "/secrets": _secrets, ...HELD_MENU } = GRANTED_MENU;

/**
 * RBAC lets nobody grant what he does not hold (`escalate` and `bind` are not asked for), so the whole menu is held, and what can be granted beside
 * it, but for Secrets: those, and custom resources, the platform team lets the operator hold in the namespaces where it grants them.
 */
const GRANTABLE: readonly PolicyRule[] = Object.entries({ ...PERMISSION_MENU, ...HELD_MENU }).map(([entry, verbs]) => {
  const slash = entry.indexOf("/");
  return { apiGroups: [entry.slice(0, slash)], resources: [entry.slice(slash + 1)], verbs };
});

export const WORKLOAD_PERMISSIONS: readonly PolicyRule[] = [
  { apiGroups: [GROUP], resources: ["secureworkloads"], verbs: READ },
  { apiGroups: [GROUP], resources: ["secureworkloads/status"], verbs: ["patch"] },
  ...CHILDREN,
  ...OFFENDERS,
  ...CLAIMS,
  ...HISTORY,
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
