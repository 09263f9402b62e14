/** What an audit of a cluster lists, and the rights that this takes. Secrets are not among them. */
import type { Resource } from "kopf-ts";
import { SECURITY_EXCEPTION } from "../../crds/group.ts";
import {
  ADMIN_NETWORK_POLICY,
  CILIUM_CLUSTERWIDE_NETWORK_POLICY,
  CILIUM_NETWORK_POLICY,
  CLUSTER_NETWORK_POLICY,
  CLUSTER_ROLE,
  CLUSTER_ROLE_BINDING,
  CONFIG_MAP,
  CRON_JOB,
  clusterScoped,
  DAEMON_SET,
  DEPLOYMENT,
  HTTP_ROUTE,
  INGRESS,
  JOB,
  NAMESPACE,
  NETWORK_POLICY,
  NODE,
  namespaced,
  PERSISTENT_VOLUME,
  PERSISTENT_VOLUME_CLAIM,
  POD,
  REPLICA_SET,
  REPLICATION_CONTROLLER,
  ROLE,
  ROLE_BINDING,
  ROLLOUT,
  SERVICE,
  SERVICE_ACCOUNT,
  STATEFUL_SET,
} from "../../kubernetes/kinds.ts";
import { mergedRules, type PolicyRule } from "../../kubernetes/policy-rule.ts";

/** Where Calico stores its own, and where it serves them: one of the two is enough. */
const CALICO_STORED = "crd.projectcalico.org";
const CALICO_SERVED = "projectcalico.org";
const CALICO_GROUPS = [
  [CALICO_STORED, "v1"],
  [CALICO_SERVED, "v3"],
] as const;

const calicoKinds = ([group, version]: (typeof CALICO_GROUPS)[number]): readonly Resource[] => [
  namespaced(group, version, "NetworkPolicy", "networkpolicies"),
  clusterScoped(group, version, "GlobalNetworkPolicy", "globalnetworkpolicies"),
  namespaced(group, version, "NetworkSet", "networksets"),
  clusterScoped(group, version, "GlobalNetworkSet", "globalnetworksets"),
  clusterScoped(group, version, "Tier", "tiers"),
];

/** Of the groups that a cluster serves; undefined where nobody says. */
export const kindsIn = (groups: ReadonlySet<string> | undefined): readonly Resource[] =>
  AUDITED_KINDS.filter(
    ({ group }) =>
      groups === undefined || (groups.has(group) && !(group === CALICO_SERVED && groups.has(CALICO_STORED))),
  );

/** The caller may lack the right to some. */
export const AUDITED_KINDS: readonly Resource[] = [
  NAMESPACE,
  NODE,
  CLUSTER_ROLE,
  CLUSTER_ROLE_BINDING,
  ROLE,
  ROLE_BINDING,
  SERVICE_ACCOUNT,
  NETWORK_POLICY,
  SERVICE,
  INGRESS,
  HTTP_ROUTE,
  namespaced("gateway.networking.k8s.io", "v1", "GRPCRoute", "grpcroutes"),
  namespaced("gateway.networking.k8s.io", "v1alpha2", "TLSRoute", "tlsroutes"),
  namespaced("gateway.networking.k8s.io", "v1alpha2", "TCPRoute", "tcproutes"),
  namespaced("gateway.networking.k8s.io", "v1alpha2", "UDPRoute", "udproutes"),
  namespaced("gateway.networking.k8s.io", "v1beta1", "ReferenceGrant", "referencegrants"),
  namespaced("route.openshift.io", "v1", "Route", "routes"),
  namespaced("traefik.io", "v1alpha1", "IngressRoute", "ingressroutes"),
  CONFIG_MAP,
  DEPLOYMENT,
  STATEFUL_SET,
  DAEMON_SET,
  CRON_JOB,
  JOB,
  REPLICATION_CONTROLLER,
  REPLICA_SET,
  ROLLOUT,
  namespaced("serving.knative.dev", "v1", "Service", "services"),
  POD,
  PERSISTENT_VOLUME,
  PERSISTENT_VOLUME_CLAIM,
  SECURITY_EXCEPTION,
  CILIUM_NETWORK_POLICY,
  CILIUM_CLUSTERWIDE_NETWORK_POLICY,
  ...CALICO_GROUPS.flatMap(calicoKinds),
  ADMIN_NETWORK_POLICY,
  clusterScoped("policy.networking.k8s.io", "v1alpha1", "BaselineAdminNetworkPolicy", "baselineadminnetworkpolicies"),
  CLUSTER_NETWORK_POLICY,
];

/** Every request of an audit but those for the version and the groups, which any account may make. */
export const AUDIT_RULES: readonly PolicyRule[] = mergedRules(
  AUDITED_KINDS.map(({ group, plural }) => ({ apiGroups: [group], resources: [plural], verbs: ["list"] })),
);
