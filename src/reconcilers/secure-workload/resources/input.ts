import { API_VERSION, MANAGED_BY_LABEL, NAME_LABEL, SECURE_WORKLOAD, WORKLOAD_LABEL } from "../../../crds/group.ts";
import type { LiftableRule } from "../../../crds/v1alpha1/liftable-rules.ts";
import type { SecureWorkloadSpec } from "../../../crds/v1alpha1/secure-workload.ts";
import type { KubeObject, ObjectMeta } from "../../../kopf/object.ts";
import type { Resource } from "../../../kopf/resource.ts";
import { apiVersionOf } from "../../../kopf/resource.ts";
import type { Exposed } from "./exposure.ts";
import type { GatewayFacts } from "./listeners.ts";

/** What the cluster is known to offer. A fact that is not known is absent, and whatever needs it narrows or waits. */
export interface ClusterFacts {
  readonly dns: DnsFacts | undefined;
  /** Where the Kubernetes API answers: the endpoints themselves and the Service in front of them. */
  readonly apiServer: readonly ApiServerAddress[] | undefined;
  /** Addresses at which a DNS cache on the node answers in place of the cluster's DNS. */
  readonly nodeLocalDns?: readonly string[];
  /** What enforces DNS names in egress rules here; undefined where nothing does. */
  readonly hostNames?: HostNameEngine | undefined;
  /** The PodSecurity version to pin, `v1.37` for example. */
  readonly podSecurityVersion: string;
  /** Whether KEDA's ScaledObject is served. */
  readonly keda?: boolean;
}

export interface ApiServerAddress {
  readonly ip: string;
  readonly port: number;
  /** The Service's: it is called, and never calls. */
  readonly virtual?: true;
}

/** The network plugins whose policies know DNS names. */
export type HostNameEngine = "GKE" | "Cilium" | "Calico";

/** What the platform team says of the cluster and of the workload's namespace, in the SecurityBaseline. */
export interface PlatformFacts {
  /** Registries, or repositories in them, that images may come from; undefined where the platform team named none. */
  readonly registries: readonly string[] | undefined;
  /** The pods that bring traffic into the cluster. */
  readonly gateway: CallerFacts | undefined;
  /** The pods that scrape metrics. */
  readonly monitoring: CallerFacts | undefined;
  /** How hosts are exposed. */
  readonly exposure: ExposureFacts;
  /** Hosts that this namespace may expose: names, or `*.` and a domain. */
  readonly hosts: readonly string[];
  /** Cloud identities that this namespace may take on. */
  readonly identities: readonly CloudIdentity[];
  /** Whether pods of this namespace roll when a Secret they name changes. */
  readonly rollsOnSecrets: boolean;
}

/** Pods of the platform, by namespace name and by labels inside it. */
export interface CallerFacts {
  readonly namespace: string;
  readonly podLabels: Readonly<Record<string, string>>;
}

/** At most one of the two ways, and only where it is found in the cluster. */
export interface ExposureFacts {
  readonly ingressClass: string | undefined;
  /** The Gateway that routes attach to (Gateway API). */
  readonly gateway: GatewayFacts | undefined;
  /** What the controller of that class puts on each Ingress until it has cleaned up behind it. */
  readonly ingressFinalizers?: readonly string[];
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
};

export interface DnsFacts {
  readonly namespace: string;
  readonly podLabels: Readonly<Record<string, string>>;
  readonly ports: readonly { readonly protocol: "TCP" | "UDP"; readonly port: number }[];
}

/** What was decided once for a workload and stays: see `identity.ts`. */
export interface PodIdentity {
  readonly uid: number;
  readonly userNamespace: boolean;
}

export interface WorkloadRef {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What the names in a spec stand for right now. It is complete for its spec, or nothing is built. */
export interface Resolution {
  /** A ConfigMap that the spec names, to the immutable copy that the pods mount. */
  readonly configs: Readonly<Record<string, string>>;
  /** An image as it is declared, to the one that runs. */
  readonly images: Readonly<Record<string, string>>;
  /** Of the versions of the Secrets it names, where a change of those rolls the pods. */
  readonly secrets?: string | undefined;
}

export interface ExpandInput {
  readonly workload: WorkloadRef;
  readonly spec: SecureWorkloadSpec;
  readonly identity: PodIdentity;
  readonly facts: ClusterFacts;
  readonly platform: PlatformFacts;
  readonly resolved: Resolution;
  /** What of `spec.expose` may be exposed; nothing unless set. */
  readonly exposed?: readonly Exposed[];
  /** The ids of the rules that SecurityExceptions lift for this workload right now; none unless set. */
  readonly lifted?: ReadonlySet<string>;
}

export const isLifted = ({ lifted }: ExpandInput, rule: LiftableRule): boolean => lifted?.has(rule) === true;

/** The copy of a ConfigMap that the spec names. Throws for one that was not resolved. */
export function copyOf({ resolved }: ExpandInput, configMap: string): string {
  const copy = resolved.configs[configMap];
  if (copy === undefined) throw new Error(`ConfigMap ${configMap} is not resolved`);
  return copy;
}

/** The image that runs where `declared` is asked for: by digest where that is known. */
export const imageOf = ({ resolved }: ExpandInput, declared: string): string => resolved.images[declared] ?? declared;

/** The only labels of a SecureWorkload that its children carry too. */
export const INHERITED_LABELS = [
  "app.kubernetes.io/component",
  "app.kubernetes.io/part-of",
  "app.kubernetes.io/version",
] as const;

/** The labels pods are selected by: never more, since a selector cannot change. */
export function selectorLabels(workload: WorkloadRef): Record<string, string> {
  return { [WORKLOAD_LABEL]: workload.name };
}

export function childLabels(workload: WorkloadRef): Record<string, string> {
  const inherited = INHERITED_LABELS.flatMap((label) => {
    const value = workload.labels[label];
    return value === undefined ? [] : [[label, value] as const];
  });
  return {
    ...Object.fromEntries(inherited),
    [MANAGED_BY_LABEL]: "palisade",
    [NAME_LABEL]: workload.name,
    ...selectorLabels(workload),
  };
}

/** A child of `workload`: identity, labels and the owner reference that makes it disappear with its owner. */
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
