/** Roles for people, in place of the built-in `edit`. Aggregated into nothing, and bound in one namespace at a time. */

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

const LOOK = ["get", "list", "watch"] as const;
const WRITE = [...LOOK, "create", "update", "patch", "delete"] as const;

const looking = (group: string, ...resources: readonly string[]): Rule => ({
  apiGroups: [group],
  resources,
  verbs: LOOK,
});

/** Everything that a workload becomes, and what it runs as; Secrets excepted. */
const SEE: readonly Rule[] = [
  looking("", "pods", "pods/log", "services", "serviceaccounts", "persistentvolumeclaims", "events"),
  looking("apps", "deployments", "statefulsets", "daemonsets", "replicasets", "controllerrevisions"),
  looking("batch", "jobs", "cronjobs"),
  looking("autoscaling", "horizontalpodautoscalers"),
  looking("policy", "poddisruptionbudgets"),
  looking("networking.k8s.io", "networkpolicies", "ingresses"),
  looking("gateway.networking.k8s.io", "httproutes"),
  looking("discovery.k8s.io", "endpointslices"),
  looking("rbac.authorization.k8s.io", "roles", "rolebindings"),
  looking("events.k8s.io", "events"),
  looking("keda.sh", "scaledobjects"),
  looking("monitoring.coreos.com", "servicemonitors", "podmonitors"),
  looking("cilium.io", "ciliumnetworkpolicies"),
  looking("networking.gke.io", "fqdnnetworkpolicies"),
  looking("projectcalico.org", "networkpolicies", "tier.networkpolicies"),
  looking("metrics.k8s.io", "pods"),
];

const APP_TEAM: readonly Rule[] = [
  { apiGroups: ["palisade.dev"], resources: ["secureworkloads"], verbs: WRITE },
  { apiGroups: ["palisade.dev"], resources: ["secureworkloads/scale"], verbs: ["get", "update", "patch"] },
  looking("palisade.dev", "secureworkloads/status"),
  ...SEE,
  { apiGroups: [""], resources: ["configmaps"], verbs: WRITE },
  // Each answers with no more than what was sent; a patch, or a deletion that has to wait, answers with what was stored.
  { apiGroups: [""], resources: ["secrets"], verbs: ["create", "update"] },
  // To start anew: one pod, or all of them by `kubectl rollout restart`, which is a patch.
  { apiGroups: [""], resources: ["pods"], verbs: ["delete"] },
  { apiGroups: ["apps"], resources: ["deployments", "statefulsets", "daemonsets"], verbs: ["patch"] },
];

/** What `kubectl exec`, `attach` and `port-forward` ask RBAC for. Admission asks for the verb beside it. */
const DEBUG: readonly Rule[] = [
  looking("", "pods", "pods/log"),
  { apiGroups: [""], resources: ["pods/exec", "pods/attach", "pods/portforward"], verbs: ["get", "create"] },
];

const role = (name: string, rules: readonly Rule[]) => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  metadata: { name },
  rules,
});

export const TEAM_ROLES = [role("palisade-app-team", APP_TEAM), role("palisade-debug", DEBUG)];
