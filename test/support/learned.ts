/** A small cluster, as the API lists it, for what `learn` reads: an application, a gateway, DNS, a node. */
import type { KubeObject } from "kopf-ts";

const HASH = "7d9f8b6c5";

export function aPod(
  name: string,
  ip: string,
  rest: Partial<KubeObject> & { readonly namespace?: string } = {},
): KubeObject {
  const { namespace = "shop", metadata, ...fields } = rest;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, uid: `${name}-${ip}`, labels: { app: name }, ...metadata },
    spec: { containers: [{ name: "main", ports: [{ name: "http", containerPort: 8080 }] }] },
    status: { phase: "Running", podIP: ip, podIPs: [{ ip }], hostIP: "10.0.0.7" },
    ...fields,
  };
}

const owned = (kind: string, name: string) => [{ apiVersion: "apps/v1", kind, name, uid: name, controller: true }];

/** Of a Deployment. */
export const aReplica = (deployment: string, ip: string, namespace = "shop"): KubeObject =>
  aPod(`${deployment}-${HASH}-x2v4q`, ip, {
    namespace,
    metadata: {
      name: `${deployment}-${HASH}-x2v4q`,
      namespace,
      uid: ip,
      labels: { app: deployment, "pod-template-hash": HASH },
      ownerReferences: owned("ReplicaSet", `${deployment}-${HASH}`),
    },
  });

export const ownedPod = (
  name: string,
  ip: string,
  owner: readonly [kind: string, name: string],
  labels = {},
): KubeObject =>
  aPod(name, ip, {
    metadata: { name, namespace: "shop", uid: name, labels, ownerReferences: owned(...owner) },
  });

export const aService = (name: string, ip: string, selector: object, port: object, namespace = "shop"): KubeObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace },
  spec: { clusterIP: ip, clusterIPs: [ip], selector, ports: [port] },
});

export const CLUSTER: readonly KubeObject[] = [
  aReplica("web", "10.244.0.5"),
  aReplica("api", "10.244.0.6"),
  ownedPod("db-0", "10.244.0.7", ["StatefulSet", "db"], { app: "db" }),
  ownedPod("backup-29012345-x2v4q", "10.244.0.8", ["Job", "backup-29012345"], { app: "backup" }),
  aReplica("gateway", "10.244.0.9", "edge"),
  aPod("coredns", "10.244.0.2", {
    namespace: "kube-system",
    metadata: { name: "coredns", namespace: "kube-system", labels: { "k8s-app": "kube-dns" } },
  }),
  aService("web", "10.96.0.5", { app: "web" }, { port: 80, targetPort: "http" }),
  aService("api", "10.96.0.6", { app: "api" }, { port: 80, targetPort: 8080 }),
  aService("db", "10.96.0.7", { app: "db" }, { port: 5432 }),
  aService("kube-dns", "10.96.0.10", { "k8s-app": "kube-dns" }, { port: 53 }, "kube-system"),
  aService("kubernetes", "10.96.0.1", {}, { port: 443, targetPort: 6443 }, "default"),
  aService("legacy", "10.96.0.11", {}, { port: 3306, targetPort: 3307 }),
  {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: "legacy-1", namespace: "shop", labels: { "kubernetes.io/service-name": "legacy" } },
    endpoints: [{ addresses: ["172.16.0.9"] }],
  },
  {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "node" },
    spec: { podCIDR: "10.244.0.0/24", podCIDRs: ["10.244.0.0/24", "fd00:10::/64"] },
    status: { addresses: [{ type: "InternalIP", address: "10.0.0.7" }] },
  },
];
