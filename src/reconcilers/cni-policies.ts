/**
 * Policies of network plugins beside NetworkPolicies (DRIFT 42): which pods each of them opens. What only denies opens nothing, and what
 * cannot be read counts as opening.
 */
import type { KubeObject } from "../kopf/object.ts";
import type { Resource } from "../kopf/resource.ts";
import { calicoCouldMatch, type LabelReader } from "./calico-selector.ts";
import { CONTROLLER_LABELS } from "./controller-labels.ts";
import { childLabels, type WorkloadRef } from "./secure-workload/resources/input.ts";
import {
  ADMIN_NETWORK_POLICY,
  CALICO_GLOBAL_NETWORK_POLICY,
  CALICO_NETWORK_POLICY,
  CALICO_STORED_GLOBAL_NETWORK_POLICY,
  CALICO_STORED_NETWORK_POLICY,
  CILIUM_CLUSTERWIDE_NETWORK_POLICY,
  CILIUM_NETWORK_POLICY,
  CLUSTER_NETWORK_POLICY,
  FQDN_NETWORK_POLICY,
} from "./secure-workload/resources/kinds.ts";
import { couldMatch, type LabelSelector } from "./selectors.ts";

/** Pods that a policy opens, in the words of the plugin that acts on it. */
export type PodSelection =
  | { readonly by: "labels"; readonly pods: LabelSelector; readonly namespaces: LabelSelector }
  | { readonly by: "cilium"; readonly endpoints: LabelSelector }
  | { readonly by: "calico"; readonly pods: string; readonly accounts: string; readonly namespaces: string };

/** In the workload's namespace; ours to delete. */
export const NAMESPACED_CNI_POLICIES: readonly Resource[] = [
  CILIUM_NETWORK_POLICY,
  CALICO_NETWORK_POLICY,
  CALICO_STORED_NETWORK_POLICY,
  FQDN_NETWORK_POLICY,
];

/** The platform team's; told of, and left alone. */
export const CLUSTER_CNI_POLICIES: readonly Resource[] = [
  CILIUM_CLUSTERWIDE_NETWORK_POLICY,
  CALICO_GLOBAL_NETWORK_POLICY,
  CALICO_STORED_GLOBAL_NETWORK_POLICY,
  ADMIN_NETWORK_POLICY,
  CLUSTER_NETWORK_POLICY,
];

const READERS: ReadonlyMap<Resource, (policy: KubeObject) => readonly PodSelection[]> = new Map([
  [CILIUM_NETWORK_POLICY, openedByCilium],
  [CILIUM_CLUSTERWIDE_NETWORK_POLICY, openedByCilium],
  [CALICO_NETWORK_POLICY, openedByCalico],
  [CALICO_STORED_NETWORK_POLICY, openedByCalico],
  [CALICO_GLOBAL_NETWORK_POLICY, openedByCalico],
  [CALICO_STORED_GLOBAL_NETWORK_POLICY, openedByCalico],
  [FQDN_NETWORK_POLICY, openedByNames],
  [ADMIN_NETWORK_POLICY, openedByAdmin],
  [CLUSTER_NETWORK_POLICY, openedByAdmin],
]);

/** Whom a policy opens; nobody where it only denies. */
export const openedBy = (resource: Resource, policy: KubeObject): readonly PodSelection[] =>
  READERS.get(resource)?.(policy) ?? [];

interface CiliumRule {
  readonly endpointSelector?: LabelSelector;
  readonly nodeSelector?: LabelSelector;
  readonly ingress?: readonly object[];
  readonly egress?: readonly object[];
}

/** An empty rule only isolates. */
function openedByCilium(policy: KubeObject): readonly PodSelection[] {
  const { spec, specs = [] } = policy as { readonly spec?: CiliumRule; readonly specs?: readonly CiliumRule[] };
  return [...(spec === undefined ? [] : [spec]), ...specs].flatMap((rule): readonly PodSelection[] => {
    const allows = [...(rule.ingress ?? []), ...(rule.egress ?? [])].some((part) => Object.keys(part).length > 0);
    if (!allows || (rule.endpointSelector === undefined && rule.nodeSelector !== undefined)) return [];
    return [{ by: "cilium", endpoints: rule.endpointSelector ?? {} }];
  });
}

interface CalicoSpec {
  readonly selector?: string;
  readonly serviceAccountSelector?: string;
  readonly namespaceSelector?: string;
  readonly ingress?: readonly { readonly action?: string }[];
  readonly egress?: readonly { readonly action?: string }[];
}

/** Calico shows the policies of Kubernetes beside its own under these names: they are read from Kubernetes. */
const MIRRORED = /^(knp|kanp|kbanp|kcnp)[.]/;

/** A pass leaves the tier, and what comes after the last one is open. */
function openedByCalico(policy: KubeObject): readonly PodSelection[] {
  if (MIRRORED.test(policy.metadata.name)) return [];
  const spec = (policy["spec"] ?? {}) as CalicoSpec;
  const actions = [...(spec.ingress ?? []), ...(spec.egress ?? [])].map(({ action }) => action);
  if (actions.every((action) => action === "Deny" || action === "Log")) return [];
  const { selector = "", serviceAccountSelector = "", namespaceSelector = "" } = spec;
  return [{ by: "calico", pods: selector, accounts: serviceAccountSelector, namespaces: namespaceSelector }];
}

function openedByNames(policy: KubeObject): readonly PodSelection[] {
  const { podSelector = {}, egress = [] } = (policy["spec"] ?? {}) as {
    readonly podSelector?: LabelSelector;
    readonly egress?: readonly unknown[];
  };
  return egress.length === 0 ? [] : [{ by: "labels", pods: podSelector, namespaces: {} }];
}

interface AdminSpec {
  readonly tier?: string;
  readonly subject?: {
    readonly namespaces?: LabelSelector;
    readonly pods?: { readonly namespaceSelector?: LabelSelector; readonly podSelector?: LabelSelector };
  };
  readonly ingress?: readonly { readonly action?: string }[];
  readonly egress?: readonly { readonly action?: string }[];
}

/** A baseline is overridden by the NetworkPolicies that select every pod of ours, and a pass leads to them. */
function openedByAdmin(policy: KubeObject): readonly PodSelection[] {
  const { tier, subject = {}, ingress = [], egress = [] } = (policy["spec"] ?? {}) as AdminSpec;
  if (tier === "Baseline") return [];
  if ([...ingress, ...egress].every(({ action }) => action === "Deny" || action === "Pass")) return [];
  const { namespaceSelector, podSelector = {} } = subject.pods ?? {};
  return [{ by: "labels", pods: podSelector, namespaces: namespaceSelector ?? subject.namespaces ?? {} }];
}

/** Whether a selection could hold a pod of the workload. */
export function couldOpen(selection: PodSelection, workload: WorkloadRef): boolean {
  switch (selection.by) {
    case "labels":
      return matchesNamespace(selection.namespaces, workload) && matchesPod(selection.pods, childLabels(workload));
    case "cilium":
      return matchesPod(withoutSources(selection.endpoints), ciliumLabels(workload));
    case "calico":
      return (
        calicoCouldMatch(selection.pods, calicoLabels(workload)) &&
        calicoCouldMatch(selection.accounts, known(childLabels(workload))) &&
        calicoCouldMatch(selection.namespaces, calicoNamespaceLabels(workload))
      );
  }
}

const keysOf = ({ matchLabels = {}, matchExpressions = [] }: LabelSelector): readonly string[] => [
  ...Object.keys(matchLabels),
  ...matchExpressions.map(({ key }) => key),
];

/** Of a namespace's labels only its name is certain. */
function matchesNamespace(selector: LabelSelector, { namespace }: WorkloadRef): boolean {
  const labels = { "kubernetes.io/metadata.name": namespace };
  return couldMatch(
    selector,
    labels,
    keysOf(selector).filter((key) => !(key in labels)),
  );
}

function matchesPod(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  return couldMatch(
    selector,
    labels,
    keysOf(selector).filter((key) => isUnknown(key) && !(key in labels)),
  );
}

/** Those of the plugins' own on a pod, too, but for the few that are certain. */
const isUnknown = (key: string): boolean => CONTROLLER_LABELS.includes(key) || /^io[.](cilium|kubernetes)[.]/.test(key);

/** `k8s:app` and `any:app` are `app`. */
function withoutSources({ matchLabels = {}, matchExpressions = [] }: LabelSelector): LabelSelector {
  const plain = (key: string): string => key.replace(/^(k8s|any)[:.]/, "");
  return {
    matchLabels: Object.fromEntries(Object.entries(matchLabels).map(([key, value]) => [plain(key), value])),
    matchExpressions: matchExpressions.map((requirement) => ({ ...requirement, key: plain(requirement.key) })),
  };
}

/** Cilium gives a pod labels for its namespace and account. */
const ciliumLabels = (workload: WorkloadRef): Readonly<Record<string, string>> => ({
  ...childLabels(workload),
  "io.kubernetes.pod.namespace": workload.namespace,
  "io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name": workload.namespace,
  "io.cilium.k8s.policy.serviceaccount": workload.name,
});

const known =
  (labels: Readonly<Record<string, string>>): LabelReader =>
  (key) =>
    CONTROLLER_LABELS.includes(key) ? "unknown" : { value: labels[key] };

/** Calico gives a pod the labels of its namespace and account under prefixes. */
function calicoLabels(workload: WorkloadRef): LabelReader {
  const read = known({
    ...childLabels(workload),
    "projectcalico.org/namespace": workload.namespace,
    "projectcalico.org/orchestrator": "k8s",
    "projectcalico.org/serviceaccount": workload.name,
  });
  return (key) => (/^(pcns|pcsa)[.]/.test(key) ? "unknown" : read(key));
}

function calicoNamespaceLabels({ namespace }: WorkloadRef): LabelReader {
  const names = ["projectcalico.org/name", "kubernetes.io/metadata.name"];
  return (key) => (names.includes(key) ? { value: namespace } : "unknown");
}
