/**
 * Arbitrary specs over every field and every type, near the edges that the schema draws: what it lets through, a cluster must
 * take. Few of them break a rule that holds over several fields; those are left out by whoever uses them.
 */
import fc from "fast-check";

const optional = { requiredKeys: [] };
const perhaps = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: 2 });

const port = fc.oneof(
  fc.integer({ min: 1, max: 65_535 }),
  fc.constantFrom(1, 22, 53, 80, 443, 1_023, 1_024, 8_080, 65_535),
);
const protocol = fc.constantFrom("TCP", "UDP", "SCTP");
const image = fc.constantFrom(
  "registry.example.com/shop/web:1.4.2",
  "registry.example.com:5000/a/b/c:v1",
  `registry.example.com/web@sha256:${"a".repeat(64)}`,
  `registry.example.com/web:2@sha256:${"0".repeat(64)}`,
);
const words = fc.array(fc.string({ maxLength: 8 }), { maxLength: 3 });
const command = fc.array(fc.string({ minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 3 });

/** Names of Secrets, ConfigMaps, claims and classes, as the schema lets them through. */
const objectName = fc.oneof(
  fc.constantFrom("web", "a.b-c", "0", "x".repeat(253), "0.0"),
  fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,4}[a-z0-9])?([.][a-z0-9]([-a-z0-9]{0,4}[a-z0-9])?){0,2}$/),
);
const key = fc.oneof(
  fc.constantFrom("password", "tls.key", "A_b-c.d", ".hidden", "_", "k".repeat(253)),
  fc.stringMatching(/^([-_a-zA-Z0-9]|[.][-_a-zA-Z0-9])[-._a-zA-Z0-9]{0,6}$/),
);
const size = fc.constantFrom("1Ki", "64Mi", "1000Mi", "1024Mi", "1Gi", "999999999Gi", "1048576Gi", "2048Ki", "1536Mi");
const mode = fc.constantFrom("0000", "0400", "0440", "0444", "0777", "0555");

const podPath = fc.constantFrom(
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "metadata.labels['app.kubernetes.io/name']",
  "metadata.annotations['kubectl.kubernetes.io/default-container']",
);
const variablePath = fc.oneof(
  podPath,
  fc.constantFrom("spec.nodeName", "spec.serviceAccountName", "status.podIP", "status.podIPs"),
);
const filePath = fc.oneof(podPath, fc.constantFrom("metadata.labels", "metadata.annotations"));
const resourceFieldRef = fc.constantFrom<object>(
  { resource: "limits.memory", divisor: "1Mi" },
  { resource: "requests.cpu", divisor: "1m" },
  { resource: "limits.ephemeral-storage", divisor: "0" },
  { resource: "limits.cpu" },
);

const env = fc.uniqueArray(
  fc.oneof(
    fc.record({ name: fc.constantFrom("A", "b.c", "D-E", "_f", "E".repeat(253)), value: fc.string({ maxLength: 12 }) }),
    fc.record({
      name: fc.constantFrom("G", "H"),
      valueFrom: fc.oneof(
        fc.record({
          secretKeyRef: fc.record({ name: objectName, key, optional: fc.boolean() }, { requiredKeys: ["name", "key"] }),
        }),
        fc.record({
          configMapKeyRef: fc.record(
            { name: objectName, key, optional: fc.boolean() },
            { requiredKeys: ["name", "key"] },
          ),
        }),
        fc.record({ fieldRef: fc.record({ fieldPath: variablePath }) }),
        fc.record({ resourceFieldRef }),
      ),
    }),
  ),
  { selector: ({ name }) => name, maxLength: 4 },
);

const envFrom = fc.array(
  fc.oneof(
    fc.record(
      { configMap: objectName, prefix: fc.constantFrom("APP_", "_", "P".repeat(64)), optional: fc.boolean() },
      { requiredKeys: ["configMap"] },
    ),
    fc.record({ secret: objectName, prefix: fc.constantFrom("x") }, { requiredKeys: ["secret"] }),
  ),
  { maxLength: 2 },
);

const items = fc.uniqueArray(
  fc.record(
    { key, path: fc.constantFrom("a", "b/a", "conf.d/site.conf", "x..y", "i".repeat(255)), mode },
    { requiredKeys: ["key", "path"] },
  ),
  { selector: ({ path }) => path, minLength: 1, maxLength: 3 },
);
const source = fc.oneof(
  fc.record({ name: objectName, optional: fc.boolean() }, { requiredKeys: ["name"] }),
  fc.record({ name: objectName, key, optional: fc.boolean() }, { requiredKeys: ["name", "key"] }),
  fc.record({ name: objectName, items }),
);
const file = fc
  .tuple(
    fc.oneof(
      fc.record({ content: fc.string({ maxLength: 20 }) }),
      fc.record({ configMap: source }),
      fc.record({ secret: source }),
      fc.record({
        downwardAPI: fc.record({
          items: fc.uniqueArray(
            fc.oneof(
              fc.record({ path: fc.constantFrom("a", "b/a"), fieldRef: fc.record({ fieldPath: filePath }) }),
              fc.record({ path: fc.constantFrom("c", "d/e"), resourceFieldRef, mode }),
            ),
            { selector: ({ path }) => path, minLength: 1, maxLength: 3 },
          ),
        }),
      }),
    ),
    fc.record({ mode }, optional),
  )
  .map(([from, how]) => ({ ...from, ...how }));
/** Each at a place of its own: nothing can be mounted below files. */
const files = fc
  .array(file, { maxLength: 4 })
  .map((list) => list.map((entry, index) => ({ ...entry, path: `/etc/app-${index}` })));

const resources = fc.constantFrom<object>(
  { limits: { cpu: "1", memory: "1Gi" } },
  { requests: { cpu: "1000m" }, limits: { cpu: "1" } },
  { requests: { memory: "1024Mi" }, limits: { memory: "1Gi" } },
  { requests: { cpu: "999", memory: "1024Ki" } },
  { requests: { cpu: "1m", memory: "1Ki" }, limits: { cpu: "999999m", memory: "999999999Gi" } },
  { requests: { cpu: "100u", memory: "1.3Gi" }, limits: { cpu: 1, memory: 2_000_000_000 } },
  { requests: { cpu: "5e-1", memory: "512M" }, limits: { memory: "1e9" } },
  {},
);

const action = fc.oneof(
  fc.record({ httpGet: fc.record({ path: fc.constantFrom("/", "/a?b=c&d", "/~!@%", `/${"p".repeat(1_023)}`), port }) }),
  fc.record({ tcpSocket: fc.record({ port }) }),
  fc.record({
    grpc: fc.record({ port, service: fc.constantFrom("shop.Web", "-", "s".repeat(253)) }, { requiredKeys: ["port"] }),
  }),
  fc.record({ exec: fc.record({ command }) }),
);
const threshold = fc.constantFrom(1, 2, 1_000);
const timing = fc.record(
  {
    initialDelaySeconds: fc.constantFrom(0, 1, 3_600),
    periodSeconds: fc.constantFrom(1, 10, 3_600),
    timeoutSeconds: fc.constantFrom(1, 3_600),
    failureThreshold: threshold,
  },
  optional,
);
const probe = fc.tuple(action, timing).map(([what, when]) => ({ ...what, ...when }));
const readiness = fc
  .tuple(probe, fc.record({ successThreshold: fc.constantFrom(1, 2, 100) }, optional))
  .map(([base, more]) => ({ ...base, ...more }));
const other = fc
  .tuple(probe, fc.record({ successThreshold: fc.constant(1) }, optional))
  .map(([base, more]) => ({ ...base, ...more }));
const probes = fc.record({ readiness, liveness: other, startup: other }, optional);

const hook = fc.oneof(
  fc.record({ exec: fc.record({ command }) }),
  fc.record({ httpGet: fc.record({ path: fc.constant("/drain"), port }) }),
);
const lifecycle = fc.record(
  { postStart: hook, preStop: fc.oneof(hook, fc.record({ sleepSeconds: fc.constantFrom(1, 1, 5, 30, 600) })) },
  optional,
);

const scratch = fc
  .array(fc.record({ size, name: fc.constantFrom("one", "two", "s".repeat(56)) }, optional), { maxLength: 3 })
  .map((list) =>
    list.map((entry, index) => ({ ...entry, path: ["/tmp", `/var/${"d".repeat(250)}`, "/tmp/below"][index] })),
  );

const told = { command: words, args: words, env, envFrom, files, resources, scratch };
const running = { probes, lifecycle };

interface Claim {
  readonly name: string;
}

const beside = (claims: readonly Claim[]) =>
  fc
    .array(
      fc.oneof(
        fc.record({ role: fc.constant("Init"), image, ...told }, { requiredKeys: ["role", "image"] }),
        fc.record(
          {
            role: fc.constantFrom("Sidecar", "Extra"),
            image,
            ...told,
            ...running,
            claims: fc.constant(
              claims.map(({ name }, index) => ({ name, path: `/shared/${index}`, readOnly: index === 0 })),
            ),
          },
          { requiredKeys: ["role", "image"] },
        ),
      ),
      { maxLength: 4 },
    )
    .map((list) => list.map((entry, index) => ({ ...entry, name: ["0", "proxy", "a-b", "c".repeat(63)][index] })));

const ports = fc
  .uniqueArray(fc.record({ port, protocol }, { requiredKeys: ["port"] }), {
    selector: (entry) => `${entry.port}/${entry.protocol ?? "TCP"}`,
    maxLength: 4,
  })
  .map((list) => list.map((entry, index) => ({ ...entry, name: ["http", "a", "metrics", "x-1-long-name15"][index] })));

const claimNames = (list: readonly object[]) =>
  list.map((entry, index) => ({ ...entry, name: ["data", "z", "n".repeat(50)][index], path: `/var/lib/${index}` }));
const ownClaims = fc
  .array(
    fc.record(
      {
        size,
        storageClass: objectName,
        accessMode: fc.constantFrom("ReadWriteOnce", "ReadWriteOncePod", "ReadWriteMany"),
        readOnly: fc.boolean(),
      },
      { requiredKeys: ["size"] },
    ),
    { maxLength: 3 },
  )
  .map(claimNames);
const existingClaims = fc
  .array(fc.record({ existing: objectName, readOnly: fc.boolean() }, { requiredKeys: ["existing"] }), { maxLength: 2 })
  .map(claimNames);

const job = fc.record(
  {
    completions: fc.constantFrom(1, 2, 10_000),
    parallelism: fc.constantFrom(1, 2, 1_000),
    retries: fc.constantFrom(0, 3, 100),
    deadlineSeconds: fc.constantFrom(1, 604_800),
  },
  optional,
);
const rerunnable = fc
  .tuple(job, fc.record({ rerun: fc.constantFrom("1", "é ".repeat(32)) }, optional))
  .map(([one, more]) => ({ ...one, ...more }));
const schedule = fc.record(
  {
    cron: fc.constantFrom(
      "0 3 * * 1-5",
      "*/5 * * * *",
      "@daily",
      "0 0 1 JAN MON",
      "59 23 31 12 ?",
      "0 0 * * 0,6",
      "00 9-17/2 ? jan-Mar,6-DEC Sun-SAT",
    ),
    timeZone: fc.constantFrom("Etc/UTC", "Europe/Berlin", "America/Argentina/Salta", "Etc/GMT+1"),
    concurrency: fc.constantFrom("Forbid", "Replace", "Allow"),
    startingDeadlineSeconds: fc.constantFrom(10, 86_400),
    suspended: fc.boolean(),
    keepSucceeded: fc.constantFrom(0, 3, 100),
    keepFailed: fc.constantFrom(0, 1, 100),
  },
  { requiredKeys: ["cron"] },
);

const metric = fc.oneof(
  fc.record({
    type: fc.constant("Pods"),
    name: fc.constant("requests_per_second"),
    averageValue: fc.constantFrom("1000m", "1000", "1"),
  }),
  fc.record({
    type: fc.constant("External"),
    name: fc.constantFrom("queue|depth", "a:b", "m".repeat(128)),
    labels: fc.constantFrom([], [{ name: "queue", value: "orders" }]),
    value: fc.constantFrom("1500m", "100000000000"),
  }),
);
const autoscaling = fc.record(
  {
    minReplicas: fc.constantFrom(1, 2, 3),
    maxReplicas: fc.constantFrom(3, 1_000),
    cpu: fc.record({ averageUtilization: fc.constantFrom(1, 70, 1_000) }),
    memory: fc.record({ averageUtilization: fc.constantFrom(80) }),
    metrics: fc.array(metric, { maxLength: 2 }),
    scaleDownAfterSeconds: fc.constantFrom(30, 3_600),
  },
  { requiredKeys: ["maxReplicas", "cpu"] },
);
const disruption = fc.constantFrom<object>(
  { maxUnavailable: 1 },
  { maxUnavailable: "100%" },
  { minAvailable: "1%" },
  { minAvailable: 1 },
);
const rollout = fc.constantFrom<object>(
  { maxSurge: "100%" },
  { maxSurge: 0, maxUnavailable: 1 },
  { maxSurge: 1_000, minReadySeconds: 59, progressDeadlineSeconds: 60 },
  { maxUnavailable: "40%", progressDeadlineSeconds: 7_200 },
  { replace: true },
  { replace: false, maxSurge: "25%" },
);
/** Every type has a deadline. */
const deadline = fc.constantFrom<object>({}, { progressDeadlineSeconds: 60 });
const replicas = fc.constantFrom(0, 1, 2, 3, 1_000);

/** What only one type takes. */
const TYPES = [
  fc.tuple(
    fc.record({ type: fc.constant("Deployment"), replicas, autoscaling, rollout, disruption }, { requiredKeys: [] }),
    existingClaims,
  ),
  fc.tuple(
    fc.record(
      { type: fc.constant("Deployment"), replicas: fc.constantFrom(0, 1), rollout },
      { requiredKeys: ["replicas"] },
    ),
    ownClaims,
  ),
  fc.tuple(
    fc.record(
      {
        type: fc.constant("StatefulSet"),
        replicas,
        disruption,
        rollout: deadline,
        podManagement: fc.constantFrom("OrderedReady", "Parallel"),
      },
      { requiredKeys: ["type"] },
    ),
    fc.tuple(ownClaims, existingClaims).map(([own, existing]) => (own.length > 0 ? own : existing)),
  ),
  fc.tuple(
    fc.record({ type: fc.constant("DaemonSet"), rollout: deadline }, { requiredKeys: ["type"] }),
    existingClaims,
  ),
  fc.tuple(
    fc.record({ type: fc.constant("Job"), job: rerunnable, rollout: deadline }, { requiredKeys: ["type"] }),
    existingClaims,
  ),
  fc.tuple(
    fc.record({ type: fc.constant("CronJob"), schedule, job }, { requiredKeys: ["type", "schedule"] }),
    existingClaims,
  ),
] as const;

const peers = fc.record(
  {
    inbound: fc.subarray<object>([
      { workload: "gateway", namespace: "edge" },
      { workload: "worker" },
      { namespace: "edge" },
      { cidr: "10.0.0.0/8" },
      { cidr: "2001:db8::/32" },
      { gateway: true },
      { monitoring: true },
      { kubernetesAPI: true },
    ]),
    outbound: fc.subarray<object>([
      { workload: "catalog", namespace: "shop", port: 8080 },
      { namespace: "edge", port: 53, protocol: "UDP" },
      { cidr: "168.0.0.0/8", port: 1, endPort: 65_535, protocol: "SCTP" },
      { cidr: "2001:db8::1/128", port: 443 },
      { cidr: "64:ff9b::/96", port: 443 },
      { host: "*.example.com", port: 443 },
      { host: `${"a.".repeat(120)}example.com`, port: 443 },
      { kubernetesAPI: true },
    ]),
  },
  optional,
);

const permissions = fc.subarray<object>([
  { apiGroups: [""], resources: ["pods", "services"], verbs: ["watch", "get", "list"] },
  { apiGroups: [""], resources: ["configmaps"], verbs: ["update", "get"], resourceNames: ["z", "a"] },
  { apiGroups: [""], resources: ["pods/log"], verbs: ["get"], resourceNames: [] },
  { apiGroups: ["apps"], resources: ["statefulsets", "deployments"], verbs: ["get"] },
  { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["create"] },
]);

const placement = fc.record(
  {
    spread: fc.record(
      { nodes: fc.constantFrom("Preferred", "Required"), zones: fc.constantFrom("Preferred", "Required") },
      optional,
    ),
    architecture: fc.subarray(["amd64", "arm64", "ppc64le", "s390x"], { minLength: 1 }),
    accelerator: fc.record(
      {
        name: fc.constantFrom("nvidia-gpu", "amd-gpu", "google-tpu", "aws-neuron"),
        count: fc.constantFrom(1, 64),
        model: fc.constantFrom("NVIDIA-L4", "a", "x_y.z", "m".repeat(63)),
      },
      { requiredKeys: ["name"] },
    ),
  },
  optional,
);

const identity = fc.constantFrom<object>(
  { aws: { roleArn: "arn:aws:iam::111122223333:role/shop-web" } },
  { gcp: { serviceAccount: "web-01@my-project.iam.gserviceaccount.com" } },
  { azure: { clientId: "01234567-89ab-cdef-0123-456789abcdef" } },
  { azure: { clientId: "01234567-89ab-cdef-0123-456789abcdef", tenantId: "fedcba98-7654-3210-fedc-ba9876543210" } },
);

const exposed = (port: number) =>
  fc.constantFrom<object[]>(
    [{ host: "shop.example.com", port, tls: { secretName: "a.b" } }],
    [
      { host: "shop.example.com", path: "/.well-known/x..y", port, tls: { secretName: "a" } },
      { host: "shop.example.com", path: "/api", port, tls: { secretName: "a" } },
      { host: "www.example.com", port, tls: { secretName: "0" } },
      { host: "plain.example.com", port },
    ],
  );

const common = {
  ports,
  runAs: fc.record(
    { user: fc.constantFrom(1, 999, 65_533), group: fc.constantFrom(1, 65_533) },
    { requiredKeys: ["user"] },
  ),
  sharedMemory: size,
  sharedSecrets: fc.constant([{ name: "web", with: ["worker"] }]),
  terminationGracePeriodSeconds: fc.constantFrom(1, 30, 600),
  restartedAt: fc.constantFrom("2026-01-01T00:00:00Z", "2026-12-31T23:59:59.999Z"),
  access: peers,
  permissions,
  placement,
  identity,
  priority: fc.constantFrom("Low", "Normal", "High"),
  monitoring: fc.record(
    {
      port,
      path: fc.constantFrom("/metrics", "/", `/${"m".repeat(255)}`),
      intervalSeconds: fc.constantFrom(10, 3_600),
    },
    { requiredKeys: ["port"] },
  ),
};

type Ports = readonly { readonly port: number; readonly protocol?: string }[];

const rest = (fields: object, claims: readonly object[]) =>
  fc
    .record(
      { image, ...told, ...running, ...common, containers: beside(claims as Claim[]) },
      { requiredKeys: ["image"] },
    )
    .chain((base) => {
      const tcp = ((base.ports ?? []) as Ports).find(({ protocol: over = "TCP" }) => over === "TCP");
      const access = (base.ports ?? []).length === 0 ? { access: { outbound: base.access?.outbound } } : {};
      const spec = { ...fields, ...base, ...access, ...(claims.length === 0 ? {} : { claims }) };
      return tcp === undefined
        ? fc.constant(spec)
        : perhaps(exposed(tcp.port)).map((expose) => (expose === undefined ? spec : { ...spec, expose }));
    });

const labels = fc.record(
  {
    "app.kubernetes.io/component": fc.constantFrom("api", ""),
    "app.kubernetes.io/part-of": fc.constant("shop"),
    "app.kubernetes.io/version": fc.constantFrom("1.4.2", "V_2", "v".repeat(63)),
    "example.com/not-inherited": fc.constant("x"),
  },
  optional,
);

/** The names that {@link arbitraryTyped} calls its workloads: of the shortest and of the greatest length. */
export const TYPED_NAMES = ["web", "w", `a${"-b".repeat(25)}c`] as const;

export interface Typed {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly userNamespace: boolean;
}

export const arbitraryTyped: fc.Arbitrary<Typed> = fc.record({
  name: fc.constantFrom(...TYPED_NAMES),
  labels: labels.map((set) => JSON.parse(JSON.stringify(set)) as Record<string, string>),
  spec: fc
    .oneof(...TYPES)
    .chain(([fields, claims]) => rest(fields, claims))
    .map((spec) => JSON.parse(JSON.stringify(spec)) as Record<string, unknown>),
  userNamespace: fc.boolean(),
});
