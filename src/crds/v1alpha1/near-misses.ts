/**
 * Fields of Kubernetes' own kinds that stand where people write them, and are refused with what to write instead. None of them does anything.
 */
import { refused } from "../schema.ts";

/** Of every container. */
export const containerNearMisses = {
  securityContext: refused(
    "object",
    "securityContext is Palisade's, the strictest for every container: remove it, and write runAs.user for a certain UID; for less, ask the platform team for a SecurityException",
  ),
  volumeMounts: refused(
    "list",
    "volumeMounts do not exist: write the path under scratch (writable and empty), files (ConfigMaps, Secrets, content) or claims (data that lasts)",
  ),
  imagePullPolicy: refused(
    "string",
    "imagePullPolicy is always IfNotPresent, because images are pinned: remove it, and write another tag or digest for another image",
  ),
  livenessProbe: refused("object", "livenessProbe is called probes.liveness: move it there"),
  readinessProbe: refused("object", "readinessProbe is called probes.readiness: move it there"),
  startupProbe: refused("object", "startupProbe is called probes.startup: move it there"),
  terminationMessagePath: refused(
    "string",
    "terminationMessagePath is always /dev/termination-log, because the kubelet mounts a writable file there: write the message to it",
  ),
  stdin: refused("boolean", "stdin and tty are not allowed: pods serve, and nobody types into them"),
  tty: refused("boolean", "stdin and tty are not allowed: pods serve, and nobody types into them"),
};

const DIRECTLY = "remove this level and write its fields directly under spec";
const HOST = "is not allowed: pods share nothing with their node";
const PLACED =
  "does not exist: write what the pods need under placement (spread, architecture, accelerator); nodes are reserved by taints and quotas";

/** Of the spec beside its containers. */
export const specNearMisses = {
  template: refused("object", `template does not exist: ${DIRECTLY}`),
  jobTemplate: refused("object", `jobTemplate does not exist: ${DIRECTLY}`),
  selector: refused("object", "selector is Palisade's, by the name of the workload: remove it"),
  strategy: refused("object", "strategy is called rollout: write rollout.maxSurge, maxUnavailable or replace"),
  updateStrategy: refused("object", "updateStrategy does not exist: pods are replaced one at a time under disruption"),
  serviceAccountName: refused(
    "string",
    "serviceAccountName is the workload's own account: remove it, and write what the pods do in the Kubernetes API under permissions",
  ),
  automountServiceAccountToken: refused(
    "boolean",
    "automountServiceAccountToken does not exist: pods have a token exactly if permissions are declared",
  ),
  hostNetwork: refused("boolean", `hostNetwork ${HOST}; write ports, and access.inbound for who connects`),
  hostPID: refused("boolean", `hostPID ${HOST}`),
  hostIPC: refused("boolean", `hostIPC ${HOST}`),
  hostAliases: refused(
    "list",
    "hostAliases is not allowed: names are resolved by the cluster's DNS; write the name itself",
  ),
  shareProcessNamespace: refused(
    "boolean",
    "shareProcessNamespace is not allowed: containers see only their own processes",
  ),
  nodeName: refused("string", `nodeName ${PLACED}`),
  nodeSelector: refused("object", `nodeSelector ${PLACED}`),
  tolerations: refused("list", `tolerations ${PLACED}`),
  affinity: refused("object", `affinity ${PLACED}; placement.spread.nodes: Apart keeps pods of the workload apart`),
  topologySpreadConstraints: refused(
    "list",
    "topologySpreadConstraints is called placement.spread: write nodes or zones there",
  ),
  priorityClassName: refused("string", "priorityClassName is called priority: write one of its levels"),
  runtimeClassName: refused("string", "runtimeClassName is for the platform team to set: remove it"),
  imagePullSecrets: refused(
    "list",
    "imagePullSecrets is not allowed, because it would put a credential into every namespace: ask the platform team to configure the registry on the nodes",
  ),
  initContainers: refused(
    "list",
    "initContainers are entries of containers: add them there with role: Init, or Sidecar if they go on",
  ),
  volumes: refused(
    "list",
    "volumes do not exist: write the path under scratch (emptyDir), files (configMap, secret, downwardAPI) or claims (persistentVolumeClaim); hostPath is not allowed",
  ),
  volumeClaimTemplates: refused("list", "volumeClaimTemplates are entries of claims with a size: write them there"),
  serviceName: refused(
    "string",
    "serviceName is Palisade's: pods of a StatefulSet are called POD.NAME-pods, or as serviceNames with governs says",
  ),
  dnsPolicy: refused(
    "string",
    "dnsPolicy is always ClusterFirst: remove it, and open other resolvers with access.outbound",
  ),
  dnsConfig: refused("object", "dnsConfig is not allowed: names are resolved by the cluster's DNS"),
  hostname: refused(
    "string",
    "hostname is the name of the pod, and a StatefulSet's pods keep theirs: remove it, and call others by the name of their Service",
  ),
  subdomain: refused(
    "string",
    "subdomain is Palisade's: pods of a StatefulSet are called POD.NAME-pods, or as serviceNames with governs says",
  ),
  restartPolicy: refused(
    "string",
    "restartPolicy follows type: Always, and Never for the pods of Jobs, which job.retries replaces",
  ),
  completions: refused("integer", "completions is called job.completions: move it there"),
  parallelism: refused("integer", "parallelism is called job.parallelism: move it there"),
  backoffLimit: refused("integer", "backoffLimit is called job.retries: move it there"),
  activeDeadlineSeconds: refused("integer", "activeDeadlineSeconds is called job.deadlineSeconds: move it there"),
  suspend: refused("boolean", "suspend is called schedule.suspended: move it there"),
  concurrencyPolicy: refused("string", "concurrencyPolicy is called schedule.concurrency: move it there"),
};

const BY_NAME =
  "name one with workload and namespace, whose pods alone are then let through, or write pods for those that are no workload's yet";

/** Of a peer: nothing may be lost here that narrows it. */
export const peerNearMisses = {
  podSelector: refused("object", `podSelector does not exist, because it could match other pods: ${BY_NAME}`),
  namespaceSelector: refused(
    "object",
    `namespaceSelector does not exist, because anybody could set a label: ${BY_NAME}`,
  ),
  ipBlock: refused("object", "ipBlock is called cidr: write one entry for each network; except is not supported"),
  ports: refused("list", "ports does not exist: write one entry with port for each"),
};

export const inboundNearMisses = {
  ...peerNearMisses,
  protocol: refused("string", "protocol is that of the declared port: remove it, and write port for one of spec.ports"),
  host: refused("string", "access.inbound cannot name a host: use workload, gateway or cidr"),
};

export const portNearMisses = {
  containerPort: refused("integer", "containerPort is called port: write port"),
  targetPort: refused("integer", "targetPort is called port, and the Service's own number servicePort: write those"),
  hostPort: refused("integer", `hostPort ${HOST}; write expose for callers from outside`),
  nodePort: refused("integer", "nodePort is not allowed: write expose for callers from outside"),
};

export const fileNearMisses = {
  hostPath: refused(
    "object",
    "hostPath is not allowed: nothing of the node is mounted; write claims for data, scratch for writable space",
  ),
  emptyDir: refused("object", "emptyDir is called scratch: write its path there"),
  persistentVolumeClaim: refused(
    "object",
    "persistentVolumeClaim is called claims: write the name under claims.existing",
  ),
  projected: refused("object", "projected does not exist: write one entry of files for each source"),
};

/** Of a request to the pod itself. */
export const requestNearMisses = {
  httpHeaders: refused("list", "httpHeaders is called headers: move them there"),
  host: refused(
    "string",
    "host is not allowed, because the kubelet would send the request from the node to any address: remove it; headers may name a Host",
  ),
};

export const connectionNearMisses = {
  host: refused(
    "string",
    "host is not allowed, because the kubelet would connect from the node to any address: remove it",
  ),
};

export const sourceNearMisses = {
  defaultMode: refused("integer", 'defaultMode is called mode, beside the source and as text: write mode: "0440"'),
};

export const scratchNearMisses = {
  sizeLimit: refused("string", "sizeLimit is called size: write it there"),
};

export const claimNearMisses = {
  storageClassName: refused("string", "storageClassName is called storageClass: move it there"),
  accessModes: refused("texts", "accessModes is called accessMode: write the one that is meant there"),
  hostPath: refused(
    "object",
    "hostPath is not allowed: nothing of the node is mounted; write size for a volume of its own",
  ),
  emptyDir: refused("object", "emptyDir is called scratch: write its path there"),
};

export const envFromNearMisses = {
  configMapRef: refused("object", "configMapRef is called configMap: write the name itself"),
  secretRef: refused("object", "secretRef is called secret: write the name itself"),
};
