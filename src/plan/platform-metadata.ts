/**
 * Labels and annotations that clouds, cluster managers and policy engines write on objects of anybody, by a webhook at once or by a controller later:
 * bookkeeping, or a choice among ways that are open anyway. Whole keys, or domains with their slash. Never on pod templates, where annotations
 * decide about AppArmor, meshes and network interfaces, and no annotations on ServiceAccounts, where they are cloud identities.
 */

/** On every other child. */
export const PLATFORM_METADATA: readonly string[] = [
  // GKE: container-native load balancing, Autopilot, Config Sync.
  "cloud.google.com/neg",
  "cloud.google.com/neg-status",
  "controller.autoneg.dev/neg-status",
  "anthos.cft.dev/autoneg-status",
  "networking.gke.io/",
  "autopilot.gke.io/",
  "components.gke.io/",
  "configmanagement.gke.io/",
  "configsync.gke.io/",
  // AKS.
  "kubernetes.azure.com/",
  "azure-policy.kubernetes.azure.com/",
  // OpenShift.
  "app.openshift.io/",
  "service.alpha.openshift.io/serving-cert-signed-by",
  "service.beta.openshift.io/serving-cert-signed-by",
  // Rancher, k3s, KubeSphere.
  "cattle.io/",
  "field.cattle.io/",
  "management.cattle.io/",
  "objectset.rio.cattle.io/",
  "kubesphere.io/",
  // What autoscalers report in older versions of their API.
  "autoscaling.alpha.kubernetes.io/conditions",
  "autoscaling.alpha.kubernetes.io/current-metrics",
  // Policy engines, about what they did.
  "policies.kyverno.io/last-applied-patches",
  "gatekeeper.sh/mutations",
  "gatekeeper.sh/mutation-id",
];

/** On what leads traffic to a workload other keys decide how: of those only what a controller reports. */
export const ROUTE_METADATA: readonly string[] = [
  "field.cattle.io/publicEndpoints",
  "ingress.kubernetes.io/backends",
  "ingress.kubernetes.io/forwarding-rule",
  "ingress.kubernetes.io/https-forwarding-rule",
  "ingress.kubernetes.io/https-target-proxy",
  "ingress.kubernetes.io/ssl-cert",
  "ingress.kubernetes.io/target-proxy",
  "ingress.kubernetes.io/url-map",
  "policies.kyverno.io/last-applied-patches",
];

/**
 * By what the controllers of clouds hold an object of anybody until they have cleaned up behind it: whole names, or domains with their slash. Refused,
 * they would do nothing for the object: enforce no policy, bring no traffic.
 */
export const PLATFORM_FINALIZERS: Readonly<Record<string, readonly string[]>> = {
  // The Amazon VPC CNI, for the default deny too.
  NetworkPolicy: ["networking.k8s.aws/resources"],
  // AWS (of one Ingress, and of a group), GKE, Azure, Alibaba, Oracle.
  Ingress: [
    "ingress.k8s.aws/",
    "group.ingress.k8s.aws/",
    "networking.gke.io/",
    "alb.networking.azure.io/",
    "ingress.k8s.alibaba/",
    "oci.oraclecloud.com/",
  ],
  // VPC Lattice, AWS, GKE, Azure.
  HTTPRoute: ["httproute.k8s.aws/", "gateway.k8s.aws/", "networking.gke.io/", "alb.networking.azure.io/"],
  // AWS, GKE (older names too), Alibaba.
  Service: ["service.k8s.aws/", "networking.gke.io/", "gke.networking.io/", "service.k8s.alibaba/"],
};

export const ROUTE_KINDS: readonly string[] = ["Ingress", "HTTPRoute"];
export const IDENTITY_KIND = "ServiceAccount";

export type MetadataField = "labels" | "annotations";

/** `listed` is what the platform team tolerates beside. Of a ServiceAccount that is all, and labels alone. */
export function isPlatformMetadata(
  kind: string,
  field: MetadataField,
  key: string,
  listed: readonly string[],
): boolean {
  if (kind === IDENTITY_KIND) return field === "labels" && isAmong(listed, key);
  const known = ROUTE_KINDS.includes(kind) ? ROUTE_METADATA : PLATFORM_METADATA;
  return isAmong([...known, ...listed], key);
}

/** As {@link isPlatformMetadata}, of finalizers. */
export const isPlatformFinalizer = (kind: string, finalizer: string, listed: readonly string[]): boolean =>
  kind !== IDENTITY_KIND && isAmong([...(PLATFORM_FINALIZERS[kind] ?? []), ...listed], finalizer);

/** Whether a key is one of these, or of one of these domains. */
export const isAmong = (entries: readonly string[], key: string): boolean =>
  entries.some((entry) => (entry.endsWith("/") ? key.startsWith(entry) : key === entry));
