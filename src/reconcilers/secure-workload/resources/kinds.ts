import type { Resource } from "../../../kopf/resource.ts";

const namespaced = (group: string, version: string, kind: string, plural: string): Resource => ({
  group,
  version,
  kind,
  plural,
  namespaced: true,
});

export const DEPLOYMENT = namespaced("apps", "v1", "Deployment", "deployments");
export const REPLICA_SET = namespaced("apps", "v1", "ReplicaSet", "replicasets");
export const POD = namespaced("", "v1", "Pod", "pods");
export const SERVICE = namespaced("", "v1", "Service", "services");
export const SERVICE_ACCOUNT = namespaced("", "v1", "ServiceAccount", "serviceaccounts");
export const ROLE = namespaced("rbac.authorization.k8s.io", "v1", "Role", "roles");
export const ROLE_BINDING = namespaced("rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings");
export const NETWORK_POLICY = namespaced("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies");
export const POD_DISRUPTION_BUDGET = namespaced("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets");
export const ENDPOINT_SLICE = namespaced("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices");
export const NAMESPACE: Resource = {
  group: "",
  version: "v1",
  kind: "Namespace",
  plural: "namespaces",
  namespaced: false,
};
export const NODE: Resource = { group: "", version: "v1", kind: "Node", plural: "nodes", namespaced: false };
/** One for each group and version that the API server serves: a small sign that optional kinds may have come or gone. */
export const API_SERVICE: Resource = {
  group: "apiregistration.k8s.io",
  version: "v1",
  kind: "APIService",
  plural: "apiservices",
  namespaced: false,
};
