/** Each way to break each rule, by a pod that breaks no other: what is reported, and where. */
import { type Container, hardenPod, type PodSpec } from "../../src/policies/index.ts";

/** A pod that obeys every rule. */
export const OBEYING: PodSpec = hardenPod({
  securityContext: { runAsUser: 1000 },
  containers: [{ name: "web", image: "registry.example.com/shop/web:1.4.2" }],
});
const [OBEYING_CONTAINER] = OBEYING.containers;

export const podWith = (change: Partial<PodSpec>): PodSpec => ({ ...OBEYING, ...change });
const inPodContext = (change: object): PodSpec =>
  podWith({ securityContext: { ...OBEYING.securityContext, ...change } });
export const containerWith = (change: Partial<Container>): Container => ({
  name: "web",
  ...OBEYING_CONTAINER,
  ...change,
});
const inContainer = (change: Partial<Container>): PodSpec => podWith({ containers: [containerWith(change)] });
const inContext = (change: object): PodSpec =>
  inContainer({ securityContext: { ...OBEYING_CONTAINER?.securityContext, ...change } });
const inVolume = (source: object): PodSpec => podWith({ volumes: [{ name: "data", ...source }] });
const limits = (change: object) => ({
  ...OBEYING_CONTAINER?.resources,
  limits: { ...OBEYING_CONTAINER?.resources?.limits, ...change },
});

const WEB = "containers[name=web]";

export interface WeakPod {
  readonly policy: string;
  readonly broken: PodSpec;
  readonly paths: readonly string[];
}
const at = (policy: string, broken: PodSpec, ...paths: readonly string[]): WeakPod => ({ policy, broken, paths });

export const WEAK_PODS: readonly WeakPod[] = [
  at("non-root", inPodContext({ runAsNonRoot: false }), "securityContext.runAsNonRoot"),
  at(
    "non-root",
    podWith({ securityContext: { seccompProfile: { type: "RuntimeDefault" }, runAsGroup: 1 } }),
    "securityContext.runAsNonRoot",
  ),
  at("non-root", inPodContext({ runAsUser: 0 }), "securityContext.runAsUser"),
  at(
    "non-root",
    inContext({ runAsNonRoot: false, runAsUser: 0 }),
    `${WEB}.securityContext.runAsNonRoot`,
    `${WEB}.securityContext.runAsUser`,
  ),
  at("non-root-groups", inPodContext({ runAsGroup: 0 }), "securityContext.runAsGroup"),
  at("non-root-groups", inPodContext({ fsGroup: 0 }), "securityContext.fsGroup"),
  at("non-root-groups", inPodContext({ supplementalGroups: [5, 0] }), "securityContext.supplementalGroups"),
  at("non-root-groups", inContext({ runAsGroup: 0 }), `${WEB}.securityContext.runAsGroup`),
  at("read-only-root", inContext({ readOnlyRootFilesystem: false }), `${WEB}.securityContext.readOnlyRootFilesystem`),
  at("not-privileged", inContext({ privileged: true }), `${WEB}.securityContext.privileged`),
  at(
    "no-privilege-escalation",
    inContext({ allowPrivilegeEscalation: true }),
    `${WEB}.securityContext.allowPrivilegeEscalation`,
  ),
  at(
    "drop-capabilities",
    inContext({ capabilities: { drop: ["NET_RAW"] } }),
    `${WEB}.securityContext.capabilities.drop`,
  ),
  at(
    "drop-capabilities",
    inContext({ capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] } }),
    `${WEB}.securityContext.capabilities.add`,
  ),
  at(
    "seccomp-runtime-default",
    inPodContext({ seccompProfile: { type: "Unconfined" } }),
    "securityContext.seccompProfile.type",
  ),
  at(
    "seccomp-runtime-default",
    inContext({ seccompProfile: { type: "Localhost", localhostProfile: "x" } }),
    `${WEB}.securityContext.seccompProfile.type`,
  ),
  at(
    "apparmor-runtime-default",
    inPodContext({ appArmorProfile: { type: "Unconfined" } }),
    "securityContext.appArmorProfile.type",
  ),
  at(
    "apparmor-runtime-default",
    inContext({ appArmorProfile: { type: "Localhost" } }),
    `${WEB}.securityContext.appArmorProfile.type`,
  ),
  at(
    "no-selinux-options",
    inPodContext({ seLinuxOptions: { level: "s0-s0:c0.c1023" } }),
    "securityContext.seLinuxOptions",
  ),
  at("no-selinux-options", inPodContext({ seLinuxOptions: { level: "s0" } }), "securityContext.seLinuxOptions"),
  at(
    "no-selinux-options",
    inPodContext({ seLinuxOptions: { level: "s0:c1,c2", type: "spc_t" } }),
    "securityContext.seLinuxOptions",
  ),
  at("no-selinux-options", inContext({ seLinuxOptions: { type: "spc_t" } }), `${WEB}.securityContext.seLinuxOptions`),
  at("default-proc-mount", inContext({ procMount: "Unmasked" }), `${WEB}.securityContext.procMount`),
  at(
    "safe-sysctls",
    inPodContext({
      sysctls: [
        { name: "net.ipv4.tcp_syncookies", value: "1" },
        { name: "kernel.msgmax", value: "1" },
      ],
    }),
    "securityContext.sysctls[name=kernel.msgmax]",
  ),
  at(
    "safe-sysctls",
    inPodContext({ sysctls: [{ name: "net/ipv4/tcp_syncookies", value: "1" }] }),
    "securityContext.sysctls[name=net/ipv4/tcp_syncookies]",
  ),
  at("linux-only", podWith({ os: { name: "windows" } }), "os.name"),
  at("linux-only", inPodContext({ windowsOptions: { hostProcess: true } }), "securityContext.windowsOptions"),
  at("linux-only", inContext({ windowsOptions: { hostProcess: true } }), `${WEB}.securityContext.windowsOptions`),
  at(
    "no-host-namespaces",
    podWith({ hostNetwork: true, hostPID: true, hostIPC: true }),
    "hostNetwork",
    "hostPID",
    "hostIPC",
  ),
  at("no-host-users", podWith({ hostUsers: true }), "hostUsers"),
  at(
    "no-host-ports",
    inContainer({ ports: [{ containerPort: 80, hostPort: 80, hostIP: "203.0.113.7" }] }),
    `${WEB}.ports[containerPort=80].hostPort`,
    `${WEB}.ports[containerPort=80].hostIP`,
  ),
  at(
    "no-placement-by-name",
    podWith({ nodeName: "node-1", runtimeClassName: "exempt" }),
    "nodeName",
    "runtimeClassName",
  ),
  at("default-scheduler", podWith({ schedulerName: "mine" }), "schedulerName"),
  at(
    "no-broad-tolerations",
    podWith({ tolerations: [{ key: "example.com/gpu", operator: "Exists" }, { operator: "Exists" }] }),
    "tolerations[1]",
  ),
  at(
    "no-broad-tolerations",
    podWith({ tolerations: [{ key: "node-role.kubernetes.io/control-plane", operator: "Exists" }] }),
    "tolerations[0]",
  ),
  at(
    "no-system-priority",
    podWith({ priorityClassName: "system-node-critical", priority: 2_000_001_000 }),
    "priorityClassName",
    "priority",
  ),
  at("no-resource-claims", podWith({ resourceClaims: [{ name: "gpu", resourceClaimName: "gpu" }] }), "resourceClaims"),
  at(
    "no-resource-claims",
    inContainer({ resources: { ...OBEYING_CONTAINER?.resources, claims: [{ name: "gpu" }] } }),
    `${WEB}.resources.claims`,
  ),
  at("pinned-image", inContainer({ image: "registry.example.com:5000/shop/web" }), `${WEB}.image`),
  at("pinned-image", inContainer({ image: "web:latest" }), `${WEB}.image`),
  at("pinned-image", inContainer({ image: "web:1@sha256:abc" }), `${WEB}.image`),
  at("no-pull-secrets", podWith({ imagePullSecrets: [{ name: "theirs" }] }), "imagePullSecrets"),
  at(
    "no-ephemeral-containers",
    podWith({ ephemeralContainers: [containerWith({ name: "debug" })] }),
    "ephemeralContainers[name=debug]",
  ),
  at("no-shared-processes", podWith({ shareProcessNamespace: true }), "shareProcessNamespace"),
  at(
    "no-terminal",
    inContainer({ stdin: true, stdinOnce: true, tty: true }),
    `${WEB}.stdin`,
    `${WEB}.stdinOnce`,
    `${WEB}.tty`,
  ),
  at("resource-limits", inContainer({ resources: limits({ memory: "0" }) }), `${WEB}.resources.limits.memory`),
  at(
    "resource-limits",
    inContainer({ resources: { limits: OBEYING_CONTAINER?.resources?.limits ?? {} } }),
    `${WEB}.resources.requests.cpu`,
    `${WEB}.resources.requests.memory`,
    `${WEB}.resources.requests.ephemeral-storage`,
  ),
  at("bounded-termination", podWith({ terminationGracePeriodSeconds: 3_601 }), "terminationGracePeriodSeconds"),
  at(
    "bounded-termination",
    inContainer({
      livenessProbe: { terminationGracePeriodSeconds: 3_601 },
      startupProbe: { terminationGracePeriodSeconds: 3_601 },
    }),
    `${WEB}.livenessProbe.terminationGracePeriodSeconds`,
    `${WEB}.startupProbe.terminationGracePeriodSeconds`,
  ),
  at(
    "bounded-termination",
    inContainer({ lifecycle: { preStop: { sleep: { seconds: 3_601 } } } }),
    `${WEB}.lifecycle.preStop.sleep.seconds`,
  ),
  at("safe-volumes", inVolume({ hostPath: { path: "/" } }), "volumes[name=data].hostPath"),
  at("safe-volumes", inVolume({ csi: { driver: "x" } }), "volumes[name=data].csi"),
  at("safe-volumes", inVolume({ image: { reference: "x" } }), "volumes[name=data].image"),
  at("safe-volumes", inVolume({ ephemeral: {} }), "volumes[name=data].ephemeral"),
  at("safe-volumes", inVolume({ kindOfTomorrow: {} }), "volumes[name=data].kindOfTomorrow"),
  at("sized-empty-dir", inVolume({ emptyDir: { medium: "Memory" } }), "volumes[name=data].emptyDir.sizeLimit"),
  at("sized-empty-dir", inVolume({ emptyDir: { sizeLimit: "0" } }), "volumes[name=data].emptyDir.sizeLimit"),
  at("sized-empty-dir", inVolume({}), "volumes[name=data].emptyDir.sizeLimit"),
  at(
    "safe-projections",
    inVolume({ projected: { sources: [{ configMap: { name: "a" } }, { podCertificate: {} }] } }),
    "volumes[name=data].projected.sources[1].podCertificate",
  ),
  at(
    "safe-projections",
    inVolume({ projected: { sources: [{ serviceAccountToken: { path: "t", expirationSeconds: 86_401 } }] } }),
    "volumes[name=data].projected.sources[0].serviceAccountToken.expirationSeconds",
  ),
  at(
    "no-block-devices",
    inContainer({ volumeDevices: [{ name: "data", devicePath: "/dev/xvda" }] }),
    `${WEB}.volumeDevices`,
  ),
  at(
    "no-mount-propagation",
    inContainer({ volumeMounts: [{ name: "data", mountPath: "/data", mountPropagation: "HostToContainer" }] }),
    `${WEB}.volumeMounts[mountPath=/data].mountPropagation`,
  ),
  at(
    "no-subpath-expressions",
    inContainer({ volumeMounts: [{ name: "data", mountPath: "/data", subPathExpr: "$(HOME)" }] }),
    `${WEB}.volumeMounts[mountPath=/data].subPathExpr`,
  ),
  at(
    "default-termination-message",
    inContainer({ terminationMessagePath: "/etc/ld.so.preload" }),
    `${WEB}.terminationMessagePath`,
  ),
  at("no-api-token", podWith({ automountServiceAccountToken: true }), "automountServiceAccountToken"),
  at("no-service-links", podWith({ enableServiceLinks: true }), "enableServiceLinks"),
  at(
    "no-probe-hosts",
    inContainer({
      livenessProbe: { httpGet: { port: 80, host: "169.254.169.254" } },
      readinessProbe: { tcpSocket: { port: 80, host: "x" } },
      startupProbe: { httpGet: { port: 80, host: "x" } },
    }),
    `${WEB}.livenessProbe.httpGet.host`,
    `${WEB}.readinessProbe.tcpSocket.host`,
    `${WEB}.startupProbe.httpGet.host`,
  ),
  at(
    "no-probe-hosts",
    inContainer({
      lifecycle: { postStart: { httpGet: { port: 80, host: "x" } }, preStop: { tcpSocket: { port: 80, host: "x" } } },
    }),
    `${WEB}.lifecycle.postStart.httpGet.host`,
    `${WEB}.lifecycle.preStop.tcpSocket.host`,
  ),
  at("no-host-aliases", podWith({ hostAliases: [{ ip: "203.0.113.7", hostnames: ["catalog"] }] }), "hostAliases"),
  at(
    "cluster-dns",
    podWith({ dnsPolicy: "None", dnsConfig: { nameservers: ["203.0.113.7"] } }),
    "dnsPolicy",
    "dnsConfig",
  ),
];

const inMount = (change: object): PodSpec =>
  podWith({
    volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
    containers: [containerWith({ volumeMounts: [{ name: "data", mountPath: "/data", ...change }] })],
  });
const { memory: _, ...others } = OBEYING_CONTAINER?.resources?.limits ?? {};

/** The API server takes a device only of a claim. */
export const BLOCK_DEVICE: PodSpec = podWith({
  volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
  containers: [containerWith({ volumeDevices: [{ name: "data", devicePath: "/dev/xvda" }] })],
});

/** Of the rules whose cases above the API server takes from nobody: pods that it stores, and that break the rule first. */
export const STORABLE_WEAK_PODS: readonly Omit<WeakPod, "paths">[] = [
  { policy: "not-privileged", broken: inContext({ privileged: true, allowPrivilegeEscalation: true }) },
  { policy: "default-proc-mount", broken: { ...inContext({ procMount: "Unmasked" }), hostUsers: false } },
  { policy: "linux-only", broken: inContext({ windowsOptions: { runAsUserName: "app" } }) },
  {
    policy: "resource-limits",
    broken: inContainer({ resources: { ...OBEYING_CONTAINER?.resources, limits: others } }),
  },
  { policy: "no-block-devices", broken: BLOCK_DEVICE },
  { policy: "no-mount-propagation", broken: inMount({ mountPropagation: "HostToContainer" }) },
  { policy: "no-subpath-expressions", broken: inMount({ subPathExpr: "$(HOME)" }) },
];
