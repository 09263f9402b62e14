/**
 * What a workload may ever ask of the Kubernetes API, inside its own namespace.
 *
 * Left out on purpose: secrets, pods/exec, attach, portforward, proxy, tokens, RBAC kinds, and every kind that can
 * start a pod, since whoever starts a pod holds whatever that pod can mount (CIS 5.1.2, 5.1.3, 5.1.4, 5.1.8, 5.1.13).
 */
const READ = ["get", "list", "watch"] as const;

export const PERMISSION_VERBS = ["get", "list", "watch", "create", "update", "patch", "delete"] as const;
export type PermissionVerb = (typeof PERMISSION_VERBS)[number];

/** `group/resource` (an empty group is core) to the verbs that may be granted on it. */
export const PERMISSION_MENU: Readonly<Record<string, readonly PermissionVerb[]>> = {
  "/configmaps": PERMISSION_VERBS,
  "/endpoints": READ,
  "/events": ["get", "list", "watch", "create", "patch"],
  "/persistentvolumeclaims": READ,
  "/pods": READ,
  "/pods/log": ["get"],
  "/services": READ,
  "apps/deployments": READ,
  "apps/replicasets": READ,
  "apps/statefulsets": READ,
  "apps/daemonsets": READ,
  "autoscaling/horizontalpodautoscalers": READ,
  "batch/cronjobs": READ,
  "batch/jobs": READ,
  "coordination.k8s.io/leases": PERMISSION_VERBS,
  "discovery.k8s.io/endpointslices": READ,
  "events.k8s.io/events": ["get", "list", "watch", "create", "patch"],
  "networking.k8s.io/ingresses": READ,
  "networking.k8s.io/networkpolicies": READ,
  "palisade.dev/secureworkloads": READ,
  "policy/poddisruptionbudgets": READ,
};

/** These change or remove what exists, so a rule that holds one names the objects it means. */
export const VERBS_THAT_NEED_NAMES: readonly PermissionVerb[] = ["update", "patch", "delete"];
