/** The cluster's DNS: CoreDNS in a locked-down pod, behind the kube-dns Service that every cluster has. */
import { CLUSTER_DOMAIN } from "./addresses.ts";
import { IMAGES } from "./images/index.ts";

const NAMESPACE = "kube-system";
const LABELS = { "k8s-app": "kube-dns" };

// Nothing outside the cluster can be reached, so no name outside it exists.
const COREFILE = `${CLUSTER_DOMAIN}:53 in-addr.arpa:53 ip6.arpa:53 {
  errors
  ready
  kubernetes
  cache 5
}
.:53 {
  template ANY ANY {
    rcode NXDOMAIN
  }
}
`;

const RBAC = "rbac.authorization.k8s.io";

const reads = (apiGroup: string, resources: readonly string[]): object => ({
  apiGroups: [apiGroup],
  resources,
  verbs: ["list", "watch"],
});

const container = {
  name: "coredns",
  image: IMAGES.coredns,
  args: ["-conf", "/etc/coredns/Corefile"],
  readinessProbe: { httpGet: { path: "/ready", port: 8181 }, periodSeconds: 1 },
  resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "256Mi" } },
  securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
  volumeMounts: [{ name: "config", mountPath: "/etc/coredns", readOnly: true }],
};

const podSpec = {
  serviceAccountName: "coredns",
  hostUsers: false,
  dnsPolicy: "Default",
  securityContext: {
    runAsNonRoot: true,
    runAsUser: 10_053,
    seccompProfile: { type: "RuntimeDefault" },
    sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "53" }],
  },
  containers: [container],
  volumes: [{ name: "config", configMap: { name: "coredns" } }],
};

export const DNS_OBJECTS: readonly object[] = [
  { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "coredns", namespace: NAMESPACE } },
  {
    apiVersion: `${RBAC}/v1`,
    kind: "ClusterRole",
    metadata: { name: "system:coredns" },
    rules: [reads("", ["services", "pods", "namespaces"]), reads("discovery.k8s.io", ["endpointslices"])],
  },
  {
    apiVersion: `${RBAC}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name: "system:coredns" },
    roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: "system:coredns" },
    subjects: [{ kind: "ServiceAccount", name: "coredns", namespace: NAMESPACE }],
  },
  {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "coredns", namespace: NAMESPACE },
    data: { Corefile: COREFILE },
  },
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "coredns", namespace: NAMESPACE },
    spec: {
      selector: { matchLabels: LABELS },
      template: { metadata: { labels: LABELS }, spec: podSpec },
    },
  },
];
