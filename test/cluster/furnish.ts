/** What a cluster has that a bare control plane lacks: bound teams, DNS, and the API server's own endpoints. */
import type { TestCluster } from "./index.ts";
import { listOf, mustKubectl } from "./kubectl.ts";
import { until } from "./pause.ts";
import type { ClusterUser } from "./users.ts";

const RBAC = "rbac.authorization.k8s.io";

const groupBinding = (group: string, role: string): object => ({
  apiVersion: `${RBAC}/v1`,
  kind: "ClusterRoleBinding",
  metadata: { name: `palisade-test-${group}` },
  roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: role },
  subjects: [{ kind: "Group", name: group, apiGroup: RBAC }],
});

/** `platform` is bound to cluster-admin and `reader` to view, as groups. */
export const TEAM_BINDINGS: readonly object[] = [
  groupBinding("platform-team", "cluster-admin"),
  groupBinding("readers", "view"),
];

// An address set aside for documentation: nothing may depend on reaching the API server at it.
const API_SERVER_ENDPOINTS = {
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: { name: "kubernetes", namespace: "default", labels: { "kubernetes.io/service-name": "kubernetes" } },
  addressType: "IPv4",
  endpoints: [{ addresses: ["192.0.2.10"] }],
  ports: [{ name: "https", port: 6443, protocol: "TCP" }],
};

const DNS_SERVICE = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "kube-dns", namespace: "kube-system", labels: { "k8s-app": "kube-dns" } },
  spec: {
    selector: { "k8s-app": "kube-dns" },
    ports: [
      { name: "dns", port: 53, protocol: "UDP", targetPort: 53 },
      { name: "dns-tcp", port: 53, protocol: "TCP", targetPort: 53 },
    ],
  },
};

/** Of DNS pods that nobody runs there. */
const DNS_ENDPOINTS = {
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: { name: "kube-dns-1", namespace: "kube-system", labels: { "kubernetes.io/service-name": "kube-dns" } },
  addressType: "IPv4",
  endpoints: [{ addresses: ["192.0.2.53"] }],
  ports: [{ name: "dns", port: 53, protocol: "UDP" }],
};

/** Fills a fresh embedded cluster. One that a node can reach keeps its own endpoints. */
export async function furnish(
  cluster: TestCluster,
  { dns, reachable }: { readonly dns: boolean; readonly reachable: boolean },
): Promise<void> {
  const objects = [
    ...TEAM_BINDINGS,
    ...(reachable ? [] : [API_SERVER_ENDPOINTS]),
    ...(dns ? [DNS_SERVICE] : []),
    // Where nodes run, CoreDNS answers, and half of the questions would go to nobody.
    ...(dns && !reachable ? [DNS_ENDPOINTS] : []),
  ];
  // The API server makes its own namespaces in the background: it can be ready a moment before they are there.
  const namespaces = ["get", "namespaces", "default", "kube-system"];
  await until(async () => (await cluster.kubectl(namespaces)).code === 0, "the namespaces that every cluster has");
  await mustKubectl(cluster, ["apply", "--server-side", "-f", "-"], { input: listOf(objects) });
}

/** Creates the namespace where needed, and gives `user` one of the built-in roles in it. */
export async function grantNamespace(
  cluster: TestCluster,
  namespace: string,
  user: ClusterUser,
  role: "edit" | "view" | "admin" = "edit",
): Promise<void> {
  const items = [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    {
      apiVersion: `${RBAC}/v1`,
      kind: "RoleBinding",
      metadata: { name: `team-${user}-${role}`, namespace },
      roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: role },
      subjects: [{ kind: "User", name: user, apiGroup: RBAC }],
    },
  ];
  await mustKubectl(cluster, ["apply", "--server-side", "-f", "-"], { input: listOf(items) });
}

/** A Node that exists on paper only: its status says what its runtime can do. */
export async function addNode(
  cluster: TestCluster,
  name: string,
  { userNamespaces }: { readonly userNamespaces: boolean },
): Promise<void> {
  const input = JSON.stringify({ apiVersion: "v1", kind: "Node", metadata: { name } });
  await mustKubectl(cluster, ["apply", "-f", "-"], { input });
  const status = {
    runtimeHandlers: [{ name: "", features: { userNamespaces, recursiveReadOnlyMounts: true } }],
    conditions: [{ type: "Ready", status: "True" }],
  };
  const patch = ["patch", "node", name, "--subresource=status", "--type=merge", "-p", JSON.stringify({ status })];
  await mustKubectl(cluster, patch);
}
