/**
 * What a workload may ever ask of the Kubernetes API, inside its own namespace: one table, from which the schema, admission, the operator's own role
 * and the reference are made.
 *
 * Left out on purpose: pods/exec, attach, portforward, proxy, tokens, RBAC kinds, and every kind that can start a pod, since whoever starts a pod
 * holds whatever that pod can mount (CIS 5.1.2, 5.1.3, 5.1.4, 5.1.8, 5.1.13).
 */
const READ = ["get", "list", "watch"] as const;

export const PERMISSION_VERBS = ["get", "list", "watch", "create", "update", "patch", "delete"] as const;
export type PermissionVerb = (typeof PERMISSION_VERBS)[number];

const REPORT = [...READ, "create", "patch"] as const;

export interface MenuEntry {
  readonly verbs: readonly PermissionVerb[];
  /** What whoever has them can do, for the reference. */
  readonly opens: string;
  /** Only where the SecurityBaseline grants it to the workload. */
  readonly byGrant?: true;
}

const NOTHING_ELSE = "what others of the namespace may see of it too";

/** By `group/resource` (an empty group is core). */
export const PERMISSION_TABLE: Readonly<Record<string, MenuEntry>> = {
  "/configmaps": {
    verbs: PERMISSION_VERBS,
    opens: "configuration of the namespace; copies that pods mount are guarded, so no other workload's files change",
  },
  "/endpoints": { verbs: READ, opens: "addresses of pods behind Services" },
  "/events": { verbs: REPORT, opens: "what happened in the namespace, and reports of its own" },
  "/persistentvolumeclaims": { verbs: READ, opens: "names and sizes of claims, not their data" },
  "/pods": {
    verbs: READ,
    opens: "names, addresses and specs of pods: values that stand in their variables as text, too",
  },
  "/pods/log": { verbs: ["get"], opens: "everything that containers of the namespace print" },
  "/secrets": {
    verbs: ["get"],
    opens: "the content of the Secrets that it names, one by one: never a list or a watch, which return every Secret",
    byGrant: true,
  },
  "/services": { verbs: READ, opens: "names and ports of Services" },
  "apps/deployments": { verbs: READ, opens: NOTHING_ELSE },
  "apps/replicasets": { verbs: READ, opens: NOTHING_ELSE },
  "apps/statefulsets": { verbs: READ, opens: NOTHING_ELSE },
  "apps/daemonsets": { verbs: READ, opens: NOTHING_ELSE },
  "autoscaling/horizontalpodautoscalers": { verbs: READ, opens: NOTHING_ELSE },
  "batch/cronjobs": { verbs: READ, opens: NOTHING_ELSE },
  "batch/jobs": { verbs: READ, opens: NOTHING_ELSE },
  "coordination.k8s.io/leases": {
    verbs: PERMISSION_VERBS,
    opens: "elections of leaders: whoever takes the Lease of others stops them",
  },
  "discovery.k8s.io/endpointslices": { verbs: READ, opens: "addresses of pods behind Services" },
  "events.k8s.io/events": { verbs: REPORT, opens: "what happened in the namespace, and reports of its own" },
  "metrics.k8s.io/pods": { verbs: READ, opens: "CPU and memory that pods use", byGrant: true },
  "networking.k8s.io/ingresses": { verbs: READ, opens: "hosts and paths that lead into the namespace" },
  "networking.k8s.io/networkpolicies": { verbs: READ, opens: "who may reach whom" },
  "palisade.dev/secureworkloads": { verbs: READ, opens: "specs and statuses of workloads" },
  "policy/poddisruptionbudgets": { verbs: READ, opens: NOTHING_ELSE },
};

type Menu = Readonly<Record<string, readonly PermissionVerb[]>>;

const menuOf = (isIn: (entry: MenuEntry) => boolean): Menu =>
  Object.fromEntries(
    Object.entries(PERMISSION_TABLE).flatMap(([name, entry]) => (isIn(entry) ? [[name, entry.verbs] as const] : [])),
  );

/** What any workload may ask for: `group/resource` to the verbs that may be granted on it. */
export const PERMISSION_MENU: Menu = menuOf(({ byGrant }) => byGrant !== true);

/** What a workload may ask for where the SecurityBaseline grants it, beside custom resources. */
export const GRANTED_MENU: Menu = menuOf(({ byGrant }) => byGrant === true);

/** The groups of both; any other is one of custom resources, or closed. */
export const KNOWN_GROUPS: readonly string[] = [
  ...new Set(Object.keys(PERMISSION_TABLE).map((entry) => entry.slice(0, entry.indexOf("/")))),
];

/** These change or remove what exists, so a rule that holds one names the objects it means. */
export const VERBS_THAT_NEED_NAMES: readonly PermissionVerb[] = ["update", "patch", "delete"];

/** Of Kubernetes' own kinds. A report of what happened has a name that nobody knows before it. */
export const needsNames = (resource: string, verb: string): boolean =>
  resource !== "events" && VERBS_THAT_NEED_NAMES.some((one) => one === verb);

/**
 * API groups, with every group below them, that no grant opens, because their kinds decide about admission, identity, traffic or the pods of others:
 * Kubernetes' own, Palisade's, OpenShift's (security context constraints), Rancher's (its own roles), policy engines, meshes, network plugins and KEDA. Any other group with a
 * dot in its name is one of custom resources: Kubernetes reserves the names without a dot for itself.
 */
export const CLOSED_GROUPS: readonly string[] = [
  "k8s.io",
  "kubernetes.io",
  "palisade.dev",
  "openshift.io",
  "cattle.io",
  "kyverno.io",
  "gatekeeper.sh",
  "kubewarden.io",
  "istio.io",
  "linkerd.io",
  "cilium.io",
  "projectcalico.org",
  "antrea.io",
  "networking.gke.io",
  "keda.sh",
];

/** Of custom resources; any other subresource may do anything (`console` of a virtual machine enters it). */
export const CUSTOM_SUBRESOURCES: readonly string[] = ["status", "scale", "finalizers"];

const isCustomGroup = (group: string): boolean =>
  group.includes(".") &&
  !KNOWN_GROUPS.includes(group) &&
  !CLOSED_GROUPS.some((closed) => group === closed || group.endsWith(`.${closed}`));

/** Whether a resource is a custom one that may be granted. A star is judged elsewhere. */
export const isCustom = (group: string, resource: string): boolean =>
  isCustomGroup(group) && (!resource.includes("/") || CUSTOM_SUBRESOURCES.some((sub) => resource.endsWith(`/${sub}`)));

export interface PermissionRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[] | undefined;
}

const pairsOf = ({ apiGroups, resources }: PermissionRule): readonly string[] =>
  apiGroups.flatMap((group) => resources.map((resource) => `${group}/${resource}`));

/** Whether any workload may have the whole rule. */
export const isOnMenu = (rule: PermissionRule): boolean => pairsOf(rule).every((pair) => pair in PERMISSION_MENU);

/** Whether a granted rule holds everything that a declared one asks for: no names in the grant are all names. */
export function covers(granted: PermissionRule, asked: PermissionRule): boolean {
  const names = asked.resourceNames ?? [];
  const allowed = granted.resourceNames ?? [];
  return (
    asked.apiGroups.every((group) => granted.apiGroups.includes(group)) &&
    asked.resources.every((resource) => granted.resources.includes(resource)) &&
    asked.verbs.every((verb) => granted.verbs.includes(verb)) &&
    (allowed.length === 0 || (names.length > 0 && names.every((name) => allowed.includes(name))))
  );
}
