/**
 * Policies of network plugins beside NetworkPolicies (DRIFT 42): which pods each of them opens. One that only denies opens nothing; one that
 * cannot be read counts as opening.
 */

import type { KubeObject, Resource } from "kopf-ts";
import { childLabels, type WorkloadRef } from "../../expand/input.ts";
import { CONTROLLER_LABELS } from "../../kubernetes/controller-labels.ts";
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
} from "../../kubernetes/kinds.ts";
import { couldMatch, type LabelSelector, selectorKeys } from "../../kubernetes/selectors.ts";

/** Pods that a policy opens, in the words of the plugin that acts on it. */
export type PodSelection =
  | { readonly by: "labels"; readonly pods: LabelSelector; readonly namespaces: LabelSelector }
  | { readonly by: "cilium"; readonly endpoints: LabelSelector }
  /** Calico selects in a language of its own, which is not read here: any pod may be meant. */
  | { readonly by: "calico" };

/** Of one namespace: deleted, or reported while the namespace is only observed. */
export const NAMESPACED_CNI_POLICIES: readonly Resource[] = [
  CILIUM_NETWORK_POLICY,
  CALICO_NETWORK_POLICY,
  CALICO_STORED_NETWORK_POLICY,
  FQDN_NETWORK_POLICY,
];

/** The platform team's: reported and left alone. */
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
  return actions.every((action) => action === "Deny" || action === "Log") ? [] : [{ by: "calico" }];
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
      return true;
  }
}

/** The labels of pods that a policy selects by, as pods have them. None where its language is not read. */
export function selectionKeys(selection: PodSelection): readonly string[] {
  switch (selection.by) {
    case "labels":
      return selectorKeys(selection.pods);
    case "cilium":
      return selectorKeys(withoutSources(selection.endpoints));
    case "calico":
      return [];
  }
}

/** Of a namespace's labels only its name is certain. */
function matchesNamespace(selector: LabelSelector, { namespace }: WorkloadRef): boolean {
  const labels = { "kubernetes.io/metadata.name": namespace };
  return couldMatch(
    selector,
    labels,
    selectorKeys(selector).filter((key) => !(key in labels)),
  );
}

function matchesPod(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  return couldMatch(
    selector,
    labels,
    selectorKeys(selector).filter((key) => isUnknown(key) && !(key in labels)),
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
