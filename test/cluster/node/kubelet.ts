/** What the kubelet and kube-proxy are configured to. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { CLUSTER_DOMAIN, NODE_NAME, POD_RANGE, SERVICE_RANGE } from "./addresses.ts";
import { cgroupOf } from "./cgroups.ts";
import { CONTAINERD_SOCKET } from "./containerd.ts";

export interface KubeletOptions {
  readonly nodeAddress: string;
  readonly kubeconfig: string;
  /** Whom it lets exec and read logs: who has a certificate by this authority. */
  readonly clientCaFile: string;
  readonly dnsAddress: string;
}

/** Writes the kubelet's configuration and returns its arguments. */
export function configureKubelet(folder: string, options: KubeletOptions): readonly string[] {
  const file = join(folder, "kubelet.json");
  writeFileSync(file, JSON.stringify(kubeletConfig(folder, options)));
  return [
    `--config=${file}`,
    `--kubeconfig=${options.kubeconfig}`,
    `--hostname-override=${NODE_NAME}`,
    `--node-ip=${options.nodeAddress}`,
  ];
}

const kubeletConfig = (folder: string, { nodeAddress, clientCaFile, dnsAddress }: KubeletOptions): object => ({
  apiVersion: "kubelet.config.k8s.io/v1beta1",
  kind: "KubeletConfiguration",
  address: nodeAddress,
  authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: clientCaFile } },
  authorization: { mode: "Webhook" },
  containerRuntimeEndpoint: `unix://${CONTAINERD_SOCKET}`,
  cgroupDriver: "cgroupfs",
  cgroupRoot: cgroupOf(folder),
  failCgroupV1: false,
  failSwapOn: false,
  enforceNodeAllocatable: [],
  seccompDefault: true,
  clusterDNS: [dnsAddress],
  clusterDomain: CLUSTER_DOMAIN,
  maxPods: 110,
  // A developer's disk may be nearly full: no pod is put out for it, and no image.
  imageGCHighThresholdPercent: 100,
  evictionHard: { "memory.available": "100Mi", "nodefs.available": "0%", "imagefs.available": "0%" },
  // Pods come and go by the second in a test.
  syncFrequency: "10s",
  nodeStatusUpdateFrequency: "2s",
  shutdownGracePeriod: "0s",
});

/** Writes kube-proxy's configuration and returns its arguments. */
export function configureKubeProxy(folder: string, kubeconfig: string): readonly string[] {
  const file = join(folder, "kube-proxy.json");
  const config = {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    mode: "iptables",
    hostnameOverride: NODE_NAME,
    clusterCIDR: POD_RANGE,
    clientConnection: { kubeconfig },
    // The table of connections belongs to the whole machine; its size is left as it is.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
    iptables: { minSyncPeriod: "0s", syncPeriod: "30s" },
  };
  writeFileSync(file, JSON.stringify(config));
  return [`--config=${file}`];
}

/** The arguments of kube-router, of which only the enforcement of NetworkPolicies is used. */
export const kubeRouterArgs = (kubeconfig: string): readonly string[] => [
  `--kubeconfig=${kubeconfig}`,
  `--hostname-override=${NODE_NAME}`,
  "--run-firewall=true",
  "--run-router=false",
  "--run-service-proxy=false",
  "--run-loadbalancer=false",
  `--service-cluster-ip-range=${SERVICE_RANGE}`,
  "--iptables-sync-period=30s",
  "--health-port=0",
  "--metrics-port=0",
];
