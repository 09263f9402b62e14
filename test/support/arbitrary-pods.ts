/** Pods of every shape that rules judge: each field with values that obey, that break a rule, and that are odd but harmless. */
import fc from "fast-check";
import type { Container, PodSpec } from "../../src/policies/index.ts";

/** Stands in every value that is not the name of a list entry: no violation may ever show it. */
export const SECRET_VALUE = "hunter2";

const some = <T extends Record<string, fc.Arbitrary<unknown>>>(fields: T) => fc.record(fields, { requiredKeys: [] });
const few = <T>(entry: fc.Arbitrary<T>, maxLength = 2) => fc.array(entry, { maxLength });

/** A pod as JSON brings it: without the keys whose value is undefined. */
const asPod = (value: unknown): PodSpec => JSON.parse(JSON.stringify(value)) as PodSpec;

const user = fc.constantFrom(0, 1, 1000, 65_533);
const seccompProfile = fc.constantFrom(
  { type: "RuntimeDefault" },
  { type: "Unconfined" },
  { type: "Localhost", localhostProfile: SECRET_VALUE },
);
const appArmorProfile = seccompProfile;
const seLinuxOptions = fc.constantFrom<object>(
  {},
  { level: "s0:c1,c2" },
  { level: "s0" },
  { type: "spc_t", user: SECRET_VALUE },
);
const windowsOptions = fc.constantFrom<object>({}, { hostProcess: true }, { runAsUserName: SECRET_VALUE });

const containerContext = some({
  privileged: fc.boolean(),
  runAsUser: user,
  runAsGroup: user,
  runAsNonRoot: fc.boolean(),
  allowPrivilegeEscalation: fc.boolean(),
  readOnlyRootFilesystem: fc.boolean(),
  procMount: fc.constantFrom("Default", "Unmasked"),
  capabilities: fc.constantFrom<object>(
    {},
    { add: ["SYS_ADMIN"] },
    { drop: ["ALL"] },
    { drop: ["ALL"], add: [] },
    { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
    { drop: ["all", "NET_RAW"] },
  ),
  seccompProfile,
  appArmorProfile,
  seLinuxOptions,
  windowsOptions,
});

const image = fc.constantFrom(
  "registry.example.com/shop/web:1.4.2",
  `registry.example.com/shop/web@sha256:${"a".repeat(64)}`,
  `registry.example.com/shop/web:latest@sha256:${"a".repeat(64)}`,
  `${SECRET_VALUE}:latest`,
  `registry.example.com:5000/${SECRET_VALUE}`,
  `${SECRET_VALUE}@sha256:abc`,
  SECRET_VALUE,
  "",
);

const quantity = fc.constantFrom("1", "500m", "128Mi", "1.5", "1e3", ".5", "0", "0m", "0.0", "0Gi", "-1", "");
const amounts = some({ cpu: quantity, memory: quantity, "ephemeral-storage": quantity, "example.com/gpu": quantity });

const host = fc.constantFrom("", SECRET_VALUE);
const httpGet = some({ host, path: fc.constant("/healthz") }).map((action) => ({ ...action, port: 8080 }));
const tcpSocket = some({ host }).map((action) => ({ ...action, port: 8080 }));
const exec = fc.constant({ command: [SECRET_VALUE] });
const seconds = fc.constantFrom(1, 30, 3_600, 3_601, 1_000_000);
const probe = fc.tuple(
  fc.oneof(fc.record({ httpGet }), fc.record({ tcpSocket }), fc.record({ exec })),
  some({ periodSeconds: fc.constant(5), terminationGracePeriodSeconds: seconds }),
);
const anyProbe = probe.map(([action, timing]) => ({ ...action, ...timing }));
const hook = fc.oneof(
  fc.record({ httpGet }),
  fc.record({ tcpSocket }),
  fc.record({ exec }),
  fc.record({ sleep: fc.record({ seconds }) }),
);

const VOLUMES = ["data", "conf", "host"] as const;

const mount = fc
  .tuple(
    fc.constantFrom(...VOLUMES),
    fc.constantFrom("/data", "/etc/app", "/mnt"),
    some({
      readOnly: fc.boolean(),
      mountPropagation: fc.constantFrom("None", "HostToContainer", "Bidirectional"),
    }),
    fc.constantFrom<object>({}, { subPath: "a" }, { subPathExpr: "" }, { subPathExpr: `$(${SECRET_VALUE})` }),
  )
  .map(([name, mountPath, options, part]) => ({ name, mountPath, ...options, ...part }));

const optionalOfContainer = {
  image,
  command: fc.constant([SECRET_VALUE]),
  env: fc.constant([{ name: "PASSWORD", value: SECRET_VALUE }]),
  envFrom: fc.constant([{ secretRef: { name: SECRET_VALUE } }]),
  securityContext: containerContext,
  ports: few(
    some({ hostPort: fc.constantFrom(0, 80), hostIP: fc.constantFrom("", "203.0.113.7") }).map((port) => ({
      containerPort: 80,
      ...port,
    })),
  ),
  resources: some({ requests: amounts, limits: amounts, claims: few(fc.constant({ name: SECRET_VALUE }), 1) }),
  volumeMounts: fc.uniqueArray(mount, { selector: ({ mountPath }) => mountPath, maxLength: 3 }),
  volumeDevices: few(fc.constant({ name: "data", devicePath: "/dev/xvda" }), 1),
  livenessProbe: anyProbe,
  readinessProbe: anyProbe,
  startupProbe: anyProbe,
  lifecycle: some({ postStart: hook, preStop: hook }),
  stdin: fc.boolean(),
  stdinOnce: fc.boolean(),
  tty: fc.boolean(),
  terminationMessagePath: fc.constantFrom("/dev/termination-log", `/etc/${SECRET_VALUE}`),
};

const containersNamed = (prefix: string, minLength: number, maxLength: number) =>
  fc
    .array(some(optionalOfContainer), { minLength, maxLength })
    .map((list) => list.map((fields, index) => ({ name: `${prefix}${index}`, ...fields })));

const volumeSource = fc.constantFrom<object>(
  {},
  { emptyDir: {} },
  { emptyDir: { sizeLimit: "0" } },
  { emptyDir: { medium: "Memory", sizeLimit: "1Gi" } },
  { configMap: { name: SECRET_VALUE } },
  { secret: { secretName: SECRET_VALUE } },
  { persistentVolumeClaim: { claimName: SECRET_VALUE } },
  { downwardAPI: { items: [] } },
  { hostPath: { path: `/${SECRET_VALUE}` } },
  { csi: { driver: SECRET_VALUE } },
  { image: { reference: SECRET_VALUE } },
  { ephemeral: { volumeClaimTemplate: { spec: { storageClassName: SECRET_VALUE } } } },
  { nfs: { server: SECRET_VALUE, path: "/" } },
  { gitRepo: { repository: SECRET_VALUE } },
  { kindOfTomorrow: { node: SECRET_VALUE } },
);
const projection = fc.constantFrom<object>(
  { configMap: { name: SECRET_VALUE } },
  { secret: { name: SECRET_VALUE } },
  { serviceAccountToken: { path: "token" } },
  { serviceAccountToken: { path: "audience", audience: SECRET_VALUE, expirationSeconds: 86_400 } },
  { serviceAccountToken: { path: "long", expirationSeconds: 100_000_000 } },
  { podCertificate: { signerName: `${SECRET_VALUE}/x`, keyType: "ED25519" } },
  { clusterTrustBundle: { path: "ca.crt", name: SECRET_VALUE } },
);
const volume = fc.oneof(
  { weight: 3, arbitrary: volumeSource },
  {
    weight: 1,
    arbitrary: fc.record({ projected: fc.record({ sources: fc.uniqueArray(projection, { maxLength: 3 }) }) }),
  },
);

const podContext = some({
  runAsUser: user,
  runAsGroup: user,
  fsGroup: user,
  supplementalGroups: few(user, 3),
  runAsNonRoot: fc.boolean(),
  seccompProfile,
  appArmorProfile,
  seLinuxOptions,
  windowsOptions,
  sysctls: fc
    .uniqueArray(
      fc.constantFrom(
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.tcp_syncookies",
        "kernel.msgmax",
        "net.core.somaxconn",
      ),
      { maxLength: 3 },
    )
    .map((names) => names.map((name) => ({ name, value: SECRET_VALUE }))),
});

const toleration = fc.constantFrom<object>(
  { operator: "Exists" },
  { key: "", operator: "Exists", effect: "NoSchedule" },
  { key: "node-role.kubernetes.io/control-plane", operator: "Exists" },
  { key: "node-role.kubernetes.io/master", value: SECRET_VALUE },
  { key: "example.com/gpu", operator: "Exists" },
  { key: "node.kubernetes.io/not-ready", operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 },
);

/** Any pod at all. */
export const arbitraryPod: fc.Arbitrary<PodSpec> = fc
  .tuple(
    containersNamed("c", 1, 3),
    some({
      initContainers: containersNamed("i", 0, 2),
      ephemeralContainers: containersNamed("e", 0, 1),
      volumes: fc
        .tuple(volume, volume, volume)
        .map((list) => list.map((source, index) => ({ name: VOLUMES[index], ...source }))),
      securityContext: podContext,
      hostNetwork: fc.boolean(),
      hostPID: fc.boolean(),
      hostIPC: fc.boolean(),
      hostUsers: fc.boolean(),
      shareProcessNamespace: fc.boolean(),
      automountServiceAccountToken: fc.boolean(),
      enableServiceLinks: fc.boolean(),
      nodeName: fc.constantFrom("", SECRET_VALUE),
      runtimeClassName: fc.constant(SECRET_VALUE),
      schedulerName: fc.constantFrom("default-scheduler", SECRET_VALUE),
      priorityClassName: fc.constantFrom("", "system-node-critical", "batch"),
      priority: fc.constantFrom(-10, 0, 1_000_000_000, 2_000_001_000),
      tolerations: few(toleration, 4),
    }),
    some({
      hostAliases: few(fc.constant({ ip: "203.0.113.7", hostnames: [SECRET_VALUE] }), 1),
      dnsPolicy: fc.constantFrom("ClusterFirst", "Default", "None", "ClusterFirstWithHostNet"),
      dnsConfig: fc.constantFrom<object>(
        {},
        { nameservers: [SECRET_VALUE] },
        { options: [{ name: "ndots", value: "2" }] },
      ),
      imagePullSecrets: few(fc.constant({ name: SECRET_VALUE }), 1),
      resourceClaims: few(fc.constant({ name: SECRET_VALUE, resourceClaimName: "gpu" }), 1),
      os: fc.constantFrom({ name: "linux" }, { name: "windows" }),
      terminationGracePeriodSeconds: seconds,
      restartPolicy: fc.constant("Always"),
      serviceAccountName: fc.constant("default"),
    }),
  )
  .map(([containers, ...fields]) => asPod(Object.assign({ containers }, ...fields)));

const GOOD_AMOUNTS = { cpu: "1", memory: "1.5Gi", "ephemeral-storage": "2e9", "example.com/gpu": "1" };

const goodContainer = fc
  .tuple(
    some({
      image: fc.constantFrom("web:1", `web:latest@sha256:${"a".repeat(64)}`),
      ports: fc.constantFrom([], [{ containerPort: 80 }, { containerPort: 81, hostPort: 0, hostIP: "" }]),
      volumeMounts: fc.constantFrom([], [{ name: "data", mountPath: "/data", mountPropagation: "None", subPath: "a" }]),
      volumeDevices: fc.constant([]),
      livenessProbe: fc.constant({ httpGet: { port: 1, host: "" }, terminationGracePeriodSeconds: 3_600 }),
      lifecycle: fc.constant({ preStop: { sleep: { seconds: 60 } }, postStart: { tcpSocket: { port: 1 } } }),
      stdin: fc.constant(false),
      tty: fc.constant(false),
      terminationMessagePath: fc.constantFrom("", "/dev/termination-log"),
      envFrom: fc.constant([{ prefix: "A_", secretRef: { name: "a" } }]),
    }),
    some({
      privileged: fc.constant(false),
      procMount: fc.constant("Default"),
      runAsUser: fc.constant(70),
      runAsGroup: fc.constant(70),
      runAsNonRoot: fc.constant(true),
      seccompProfile: fc.constant({ type: "RuntimeDefault" }),
      appArmorProfile: fc.constant({ type: "RuntimeDefault" }),
      seLinuxOptions: fc.constant({}),
    }),
    fc.constantFrom({ drop: ["ALL"] }, { drop: ["NET_RAW", "ALL"], add: [] }),
  )
  .map(([fields, context, capabilities]) => ({
    ...fields,
    resources: { requests: GOOD_AMOUNTS, limits: GOOD_AMOUNTS, claims: [] },
    securityContext: { ...context, capabilities, readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
  }));

const goodContainersNamed = (prefix: string) =>
  fc
    .array(goodContainer, { minLength: 1, maxLength: 2 })
    .map((list) => list.map((fields, index) => ({ name: `${prefix}${index}`, ...fields })));

/** Pods that obey every rule, many in other words than hardening would choose. Made apart from the rules, not by them. */
export const conformingPod: fc.Arbitrary<PodSpec> = fc
  .tuple(
    fc.record({
      containers: goodContainersNamed("c"),
      automountServiceAccountToken: fc.constant(false),
      enableServiceLinks: fc.constant(false),
      securityContext: some({
        runAsUser: fc.constant(1000),
        fsGroup: fc.constant(2000),
        supplementalGroups: fc.constantFrom([], [5, 6]),
        sysctls: fc.constantFrom([], [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }]),
        appArmorProfile: fc.constant({ type: "RuntimeDefault" }),
      }).map((context) => ({
        ...context,
        runAsNonRoot: true,
        runAsGroup: 1000,
        seccompProfile: { type: "RuntimeDefault" },
      })),
    }),
    some({
      initContainers: goodContainersNamed("i"),
      volumes: fc.constantFrom<object[]>(
        [],
        [{ name: "data", emptyDir: { medium: "Memory", sizeLimit: "0.5Gi" } }],
        [{ name: "data", persistentVolumeClaim: { claimName: "a" } }],
        [{ name: "data", projected: { sources: [{ serviceAccountToken: { path: "t", expirationSeconds: 86_400 } }] } }],
      ),
      hostNetwork: fc.constant(false),
      hostPID: fc.constant(false),
      hostUsers: fc.constant(false),
      shareProcessNamespace: fc.constant(false),
      schedulerName: fc.constantFrom("", "default-scheduler"),
      dnsPolicy: fc.constant("ClusterFirst"),
      dnsConfig: fc.constant({}),
      priority: fc.constantFrom(-1, 0, 1_000_000_000),
      priorityClassName: fc.constant("batch"),
      tolerations: fc.constant([{ key: "example.com/gpu", operator: "Exists" }]),
      imagePullSecrets: fc.constant([]),
      os: fc.constant({ name: "linux" }),
      terminationGracePeriodSeconds: fc.constant(3_600),
    }),
  )
  .map(([needed, optional]) => asPod({ ...needed, ...optional }));

/** Such a pod, once hardened, is one that the API server takes: what no rule is about is well-formed in it. */
export const acceptablePod: fc.Arbitrary<PodSpec> = arbitraryPod.map((pod) => {
  const { priority: _, priorityClassName: __, initContainers = [], ...rest } = pod;
  const mounts = (container: Container) => (pod.volumes === undefined ? [] : (container.volumeMounts ?? []));
  const acceptable = ({ resources: _dropped, readinessProbe: _too, ...container }: Container): Container => ({
    ...container,
    image: "registry.example.com/shop/web:1.4.2",
    volumeMounts: mounts(container),
  });
  return {
    ...rest,
    terminationGracePeriodSeconds: 1_000_000,
    containers: pod.containers.map(acceptable),
    initContainers: initContainers.map((container) => acceptable(withoutHooks(container))),
  };
});

/** The API server takes probes and hooks on sidecars alone. */
function withoutHooks(container: Container): Container {
  const { livenessProbe: _, startupProbe: __, lifecycle: ___, ...rest } = container;
  return rest;
}
