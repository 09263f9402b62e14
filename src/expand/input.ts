import { apiVersionOf, type KubeObject, type ObjectMeta, type Resource } from "kopf-ts";
import { API_VERSION, MANAGED_BY_LABEL, NAME_LABEL, SECURE_WORKLOAD, WORKLOAD_LABEL } from "../crds/group.ts";
import type { LiftableRule } from "../crds/v1alpha1/liftable-rules.ts";
import type { PermissionRule } from "../crds/v1alpha1/permission-menu.ts";
import type { SecureWorkloadSpec } from "../crds/v1alpha1/secure-workload.ts";
import { INHERITED_LABELS } from "../names.ts";
import type { ReplicaRange } from "../plan/replicas.ts";
import { absentCopy } from "./configs.ts";
import type { Exposed } from "./exposure.ts";
import { type HandedKeys, type HandedOn, handedAnnotations } from "./handed-on.ts";
import type { GatewayFacts } from "./listeners.ts";

/** Facts about the cluster. An unknown fact is absent, and whatever needs it narrows access or waits. */
export interface ClusterFacts {
  readonly dns: DnsFacts | undefined;
  /** Addresses of the Kubernetes API: its endpoints and the Service in front of them. */
  readonly apiServer: readonly ApiServerAddress[] | undefined;
  /** Addresses of a DNS cache on the node that answers instead of the cluster's DNS. */
  readonly nodeLocalDns?: readonly string[];
  /** Its pods, where they are not on the host network: the plugin sends queries to them (Cilium's local redirect). */
  readonly nodeLocalDnsPods?: readonly PodsOf[];
  /** The network plugin that enforces DNS names in egress rules; undefined where none does. */
  readonly hostNames?: HostNameEngine | undefined;
  /** The PodSecurity version to pin, `v1.37` for example. */
  readonly podSecurityVersion: string;
  /** Whether KEDA's ScaledObject is served. */
  readonly keda?: boolean;
}

export interface ApiServerAddress {
  readonly ip: string;
  readonly port: number;
  /** The address of the Service: a destination, never a source. */
  readonly virtual?: true;
}

/** Network plugins whose policies support DNS names. */
export type HostNameEngine = "GKE" | "Cilium" | "Calico";

/** What the SecurityBaseline says about the cluster and about the workload's namespace. */
export interface PlatformFacts {
  /** Registries, or repositories in them, that images may come from; undefined where the platform team named none. */
  readonly registries: readonly string[] | undefined;
  /** What brings traffic into the cluster. */
  readonly gateway: CallerFacts | undefined;
  /** What scrapes metrics. */
  readonly monitoring: CallerFacts | undefined;
  /** How hosts are exposed. */
  readonly exposure: ExposureFacts;
  /** Hosts that this namespace may expose: names, or `*.` and a domain. */
  readonly hosts: readonly string[];
  /** Cloud identities that this namespace may take on. */
  readonly identities: readonly CloudIdentity[];
  /** Whether this namespace may reach the internet, and the networks of pods, which are no part of it. */
  readonly internet?: { readonly podNetworks: readonly string[] };
  /** Pods that are no workload's, which workloads of this namespace may name as peers; none unless set. */
  readonly pods?: readonly PodsOf[];
  /** Permissions beyond the menu for workloads of this namespace. */
  readonly permissions?: readonly PermissionGrant[];
  /** Whether pods of this namespace roll when a Secret they name changes. */
  readonly rollsOnSecrets: boolean;
  /** What admission may add to pods. */
  readonly injections: InjectionFacts;
  /** Labels and annotations that others may write on children: whole keys, or domains with their slash. */
  readonly toleratedMetadata: readonly string[];
  /** What workloads hand on to their pods, and what they do not; as it is by default unless set. */
  readonly handedKeys?: HandedKeys;
}

export interface PermissionGrant {
  /** By name. */
  readonly workloads: readonly string[];
  readonly rules: readonly PermissionRule[];
  /** Of the rules, those that the operator holds itself: RBAC lets nobody grant anything else. */
  readonly held: readonly PermissionRule[];
  /** What of the whole cluster they may read, by name. */
  readonly clusterReads: readonly string[];
  readonly reason: string;
}

export interface InjectionFacts {
  /** Whether the API server refuses pods that carry more than their template. */
  readonly refused: boolean;
  /** As `plan/additions.ts` names them; a star at the end matches any ending. */
  readonly expected: readonly string[];
}

/** A caller of the platform: pods, and networks of what has none. At least one of the two. */
export interface CallerFacts {
  readonly pods: PodsOf | undefined;
  readonly cidrs: readonly string[];
}

/** At most one of the two, and only if it exists in the cluster. */
export interface ExposureFacts {
  readonly ingressClass: string | undefined;
  /** The Gateway that routes attach to (Gateway API). */
  readonly gateway: GatewayFacts | undefined;
}

export interface CloudIdentity {
  readonly provider: "AWS" | "GCP" | "Azure";
  /** A role ARN, a service account's address, a client id. */
  readonly name: string;
}

/** Without a SecurityBaseline nothing is granted; images may come from anywhere. */
export const NO_PLATFORM: PlatformFacts = {
  registries: undefined,
  gateway: undefined,
  monitoring: undefined,
  exposure: { ingressClass: undefined, gateway: undefined },
  hosts: [],
  identities: [],
  rollsOnSecrets: false,
  injections: { refused: false, expected: [] },
  toleratedMetadata: [],
};

/** Pods by the name of their namespace and by labels. */
export interface PodsOf {
  readonly namespace: string;
  readonly podLabels: Readonly<Record<string, string>>;
}

export interface DnsFacts {
  readonly namespace: string;
  /** Undefined where the Service leads to addresses alone. */
  readonly podLabels: Readonly<Record<string, string>> | undefined;
  /** As the pods have them. */
  readonly ports: readonly { readonly protocol: "TCP" | "UDP"; readonly port: number }[];
  /** Where it answers beside those pods: on the host network, or outside the cluster. */
  readonly addresses?: readonly string[];
}

/** Decided once for a workload and kept for its lifetime. */
export interface PodIdentity {
  readonly uid: number;
  readonly userNamespace: boolean;
}

export interface WorkloadRef {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Labels and annotations that its pods and other children have from it, beside {@link inheritedLabels}; none unless set. */
  readonly handedOn?: HandedOn | undefined;
}

/** What the names in a spec resolve to now. Complete for its spec, or nothing is built. */
export interface Resolution {
  /** From a named ConfigMap to the immutable copy that the pods mount. */
  readonly configs: Readonly<Record<string, string>>;
  /** From a declared image to the one that runs. */
  readonly images: Readonly<Record<string, string>>;
  /** A digest of the versions of the named Secrets, where a change to them rolls the pods. */
  readonly secrets?: string | undefined;
}

export interface ExpandInput {
  readonly workload: WorkloadRef;
  readonly spec: SecureWorkloadSpec;
  readonly identity: PodIdentity;
  readonly facts: ClusterFacts;
  readonly platform: PlatformFacts;
  readonly resolved: Resolution;
  /** The granted entries of `spec.expose`; none unless set. */
  readonly exposed?: readonly Exposed[];
  /** Names in `spec.serviceNames` that are another's, or that the namespace does not protect yet; none unless set. */
  readonly withheldNames?: readonly string[];
  /** Whether somebody else's NetworkPolicy of the workload's name is handed over and not taken over yet. */
  readonly isPolicyHandedOver?: boolean;
  /** Whether its namespace is still observed: pods that are no workload's are then peers without a grant. */
  readonly isObserved?: boolean;
  /** Within which numbers somebody else's autoscaler sets the number of pods for now. */
  readonly scaledByOthers?: ReplicaRange;
  /** Ids of the rules that SecurityExceptions lift for this workload now; none unless set. */
  readonly lifted?: ReadonlySet<string>;
}

export const isLifted = ({ lifted }: ExpandInput, rule: LiftableRule): boolean => lifted?.has(rule) === true;

/** The copy of a ConfigMap that the spec names. Throws for one that was not resolved, unless pods may run without it. */
export function copyOf({ resolved, workload }: ExpandInput, configMap: string, optional = false): string {
  const copy = resolved.configs[configMap];
  if (copy === undefined && optional) return absentCopy(workload.name, configMap);
  if (copy === undefined) throw new Error(`ConfigMap ${configMap} is not resolved`);
  return copy;
}

/** Whether pods may run without a ConfigMap, and it is not there. */
export const isAbsent = ({ resolved }: ExpandInput, configMap: string | undefined, optional = false): boolean =>
  optional && configMap !== undefined && resolved.configs[configMap] === undefined;

/** The image that runs for a declared one: by digest if known. */
export const imageOf = ({ resolved }: ExpandInput, declared: string): string => resolved.images[declared] ?? declared;

/** The labels that select the pods. Never add one: a selector cannot change. */
export function selectorLabels(workload: WorkloadRef): Record<string, string> {
  return { [WORKLOAD_LABEL]: workload.name };
}

/** Those of `labels` that the objects of a workload have from it. */
export function inheritedLabels(labels: Readonly<Record<string, string>> = {}): Record<string, string> {
  const inherited = INHERITED_LABELS.flatMap((label) => {
    const value = labels[label];
    return value === undefined ? [] : [[label, value] as const];
  });
  return Object.fromEntries(inherited);
}

/** Of every object of a workload, whatever it hands on beside. */
export function ownLabels(workload: WorkloadRef): Record<string, string> {
  return {
    ...inheritedLabels(workload.labels),
    [MANAGED_BY_LABEL]: "palisade",
    [NAME_LABEL]: workload.name,
    ...selectorLabels(workload),
  };
}

export const childLabels = (workload: WorkloadRef): Record<string, string> => ({
  ...workload.handedOn?.labels,
  ...ownLabels(workload),
});

/** A child of `workload`: identity, labels and the owner reference by which it is deleted with its workload. */
export function child(
  resource: Resource,
  workload: WorkloadRef,
  name: string,
  body: Readonly<Record<string, unknown>>,
): KubeObject {
  const metadata: ObjectMeta = {
    name,
    namespace: workload.namespace,
    labels: childLabels(workload),
    ...(workload.handedOn === undefined ? {} : handedAnnotations(resource.kind, workload.handedOn)),
    ownerReferences: [
      {
        apiVersion: API_VERSION,
        kind: SECURE_WORKLOAD.kind,
        name: workload.name,
        uid: workload.uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ],
  };
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata, ...body };
}
