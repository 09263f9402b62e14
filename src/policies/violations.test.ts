/** Each way to break each rule: what is reported, and where. */
import { expect, test } from "@jest/globals";
import { type Container, checkPod, hardenPod, POD_POLICIES, type PodSpec } from "./index.ts";

const OBEYING: PodSpec = hardenPod({
  securityContext: { runAsUser: 1000 },
  containers: [{ name: "web", image: "registry.example.com/shop/web:1.4.2" }],
});
const [OBEYING_CONTAINER] = OBEYING.containers;

const pod = (change: Partial<PodSpec>): PodSpec => ({ ...OBEYING, ...change });
const inPodContext = (change: object): PodSpec => pod({ securityContext: { ...OBEYING.securityContext, ...change } });
const container = (change: Partial<Container>): Container => ({ name: "web", ...OBEYING_CONTAINER, ...change });
const inContainer = (change: Partial<Container>): PodSpec => pod({ containers: [container(change)] });
const inContext = (change: object): PodSpec =>
  inContainer({ securityContext: { ...OBEYING_CONTAINER?.securityContext, ...change } });
const inVolume = (source: object): PodSpec => pod({ volumes: [{ name: "data", ...source }] });
const limits = (change: object) => ({
  ...OBEYING_CONTAINER?.resources,
  limits: { ...OBEYING_CONTAINER?.resources?.limits, ...change },
});

const WEB = "containers[name=web]";

interface Case {
  readonly policy: string;
  readonly broken: PodSpec;
  readonly paths: readonly string[];
}
const at = (policy: string, broken: PodSpec, ...paths: readonly string[]): Case => ({ policy, broken, paths });

const CASES: readonly Case[] = [
  at("non-root", inPodContext({ runAsNonRoot: false }), "securityContext.runAsNonRoot"),
  at(
    "non-root",
    pod({ securityContext: { seccompProfile: { type: "RuntimeDefault" }, runAsGroup: 1 } }),
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
  at("no-selinux-options", inPodContext({ seLinuxOptions: { level: "s0:c1,c2" } }), "securityContext.seLinuxOptions"),
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
  at("linux-only", pod({ os: { name: "windows" } }), "os.name"),
  at("linux-only", inPodContext({ windowsOptions: { hostProcess: true } }), "securityContext.windowsOptions"),
  at("linux-only", inContext({ windowsOptions: { hostProcess: true } }), `${WEB}.securityContext.windowsOptions`),
  at(
    "no-host-namespaces",
    pod({ hostNetwork: true, hostPID: true, hostIPC: true }),
    "hostNetwork",
    "hostPID",
    "hostIPC",
  ),
  at("no-host-users", pod({ hostUsers: true }), "hostUsers"),
  at(
    "no-host-ports",
    inContainer({ ports: [{ containerPort: 80, hostPort: 80, hostIP: "203.0.113.7" }] }),
    `${WEB}.ports[containerPort=80].hostPort`,
    `${WEB}.ports[containerPort=80].hostIP`,
  ),
  at("no-placement-by-name", pod({ nodeName: "node-1", runtimeClassName: "exempt" }), "nodeName", "runtimeClassName"),
  at("default-scheduler", pod({ schedulerName: "mine" }), "schedulerName"),
  at(
    "no-broad-tolerations",
    pod({ tolerations: [{ key: "example.com/gpu", operator: "Exists" }, { operator: "Exists" }] }),
    "tolerations[1]",
  ),
  at(
    "no-broad-tolerations",
    pod({ tolerations: [{ key: "node-role.kubernetes.io/control-plane", operator: "Exists" }] }),
    "tolerations[0]",
  ),
  at(
    "no-system-priority",
    pod({ priorityClassName: "system-node-critical", priority: 2_000_001_000 }),
    "priorityClassName",
    "priority",
  ),
  at("no-resource-claims", pod({ resourceClaims: [{ name: "gpu", resourceClaimName: "gpu" }] }), "resourceClaims"),
  at(
    "no-resource-claims",
    inContainer({ resources: { ...OBEYING_CONTAINER?.resources, claims: [{ name: "gpu" }] } }),
    `${WEB}.resources.claims`,
  ),
  at("pinned-image", inContainer({ image: "registry.example.com:5000/shop/web" }), `${WEB}.image`),
  at("pinned-image", inContainer({ image: "web:latest" }), `${WEB}.image`),
  at("pinned-image", inContainer({ image: "web:1@sha256:abc" }), `${WEB}.image`),
  at("no-pull-secrets", pod({ imagePullSecrets: [{ name: "theirs" }] }), "imagePullSecrets"),
  at(
    "no-ephemeral-containers",
    pod({ ephemeralContainers: [container({ name: "debug" })] }),
    "ephemeralContainers[name=debug]",
  ),
  at("no-shared-processes", pod({ shareProcessNamespace: true }), "shareProcessNamespace"),
  at(
    "no-terminal",
    inContainer({ stdin: true, stdinOnce: true, tty: true }),
    `${WEB}.stdin`,
    `${WEB}.stdinOnce`,
    `${WEB}.tty`,
  ),
  at("resource-limits", inContainer({ resources: limits({ cpu: "0" }) }), `${WEB}.resources.limits.cpu`),
  at(
    "resource-limits",
    inContainer({ resources: { limits: OBEYING_CONTAINER?.resources?.limits ?? {} } }),
    `${WEB}.resources.requests.cpu`,
    `${WEB}.resources.requests.memory`,
    `${WEB}.resources.requests.ephemeral-storage`,
  ),
  at("bounded-termination", pod({ terminationGracePeriodSeconds: 3_601 }), "terminationGracePeriodSeconds"),
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
  at("no-api-token", pod({ automountServiceAccountToken: true }), "automountServiceAccountToken"),
  at("no-service-links", pod({ enableServiceLinks: true }), "enableServiceLinks"),
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
  at("no-host-aliases", pod({ hostAliases: [{ ip: "203.0.113.7", hostnames: ["catalog"] }] }), "hostAliases"),
  at("cluster-dns", pod({ dnsPolicy: "None", dnsConfig: { nameservers: ["203.0.113.7"] } }), "dnsPolicy", "dnsConfig"),
];

test("the pod that the cases break obeys every rule", () => {
  expect(checkPod(OBEYING)).toEqual([]);
});

test.each(CASES)("$policy is broken at $paths", ({ policy, broken, paths }) => {
  const found = checkPod(broken);
  expect(found.map((violation) => violation.path)).toEqual(paths);
  expect(new Set(found.map((violation) => violation.policy))).toEqual(new Set([policy]));
});

test("every rule has a case", () => {
  expect([...new Set(CASES.map(({ policy }) => policy))]).toEqual(POD_POLICIES.map(({ id }) => id));
});

test.each(["initContainers", "ephemeralContainers"] as const)(
  "the containers in %s are judged as any other",
  (list) => {
    const weak = container({ name: "helper", securityContext: { privileged: true } });
    const paths = checkPod(pod({ [list]: [weak] })).map(({ path }) => path);
    expect(paths).toContain(`${list}[name=helper].securityContext.privileged`);
    expect(paths).toContain(`${list}[name=helper].securityContext.capabilities.drop`);
  },
);

test("a forbidden volume takes its mounts along, and no other mount", () => {
  const mounts = [
    { name: "host", mountPath: "/host" },
    { name: "data", mountPath: "/data" },
  ];
  const hardened = hardenPod({
    containers: [{ name: "web", volumeMounts: mounts }],
    volumes: [
      { name: "host", hostPath: { path: "/" } },
      { name: "data", emptyDir: { sizeLimit: "1Gi" } },
    ],
  });
  expect(hardened.volumes?.map(({ name }) => name)).toEqual(["data"]);
  expect(hardened.containers[0]?.volumeMounts).toEqual([{ name: "data", mountPath: "/data" }]);
});

test("a container that declares half of its resources gets the other half from it, and never a contradiction", () => {
  const hardened = hardenPod({
    containers: [{ name: "web", resources: { requests: { cpu: "2" }, limits: { memory: "32Mi" } } }],
  });
  expect(hardened.containers[0]?.resources).toEqual({
    requests: { cpu: "2", memory: "32Mi", "ephemeral-storage": "64Mi" },
    limits: { cpu: "2", memory: "32Mi", "ephemeral-storage": "1Gi" },
  });
});

test("a pod without a group gets that of its user", () => {
  expect(OBEYING.securityContext?.runAsGroup).toBe(1000);
  expect(hardenPod({ containers: [] }).securityContext?.runAsGroup).toBe(65_534);
});
