/** Arbitrary SecureWorkloads: good ones, and good ones with something put wrong at an arbitrary place. */
import fc from "fast-check";
import { arbitraryPermission } from "./arbitrary-permissions.ts";
import { everyBudget, everyElasticField, everyPlacementField, goodScale, scaleChange } from "./arbitrary-scale.ts";

const label = fc.stringMatching(/^[a-z]([-a-z0-9]{0,10}[a-z0-9])?$/);
const port = fc.integer({ min: 1, max: 65_535 });
const protocol = fc.constantFrom("TCP", "UDP", "SCTP");
const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });

/** Whether good or bad is for the server and for zod to say: these are the texts that are near the edge of a rule. */
const image = fc.constantFrom(
  "registry.example.com/shop/web:1.4.2",
  "registry.example.com:5000/web:v1",
  "web:1",
  `web@sha256:${"a".repeat(64)}`,
  `a/b/c:1@sha256:${"0".repeat(64)}`,
  "web",
  "web:latest",
  "Web:1",
  "web:1:2",
  "registry.example.com/shop/web",
  "-web:1",
  "a//b:1",
  "web:",
  "web@sha256:abc",
);
const ODD_AMOUNTS = [
  "",
  ".",
  "m",
  "01",
  "+.5",
  "5.",
  "5.Ki",
  ".5Gi",
  "1.5.2",
  "-1",
  "1e",
  "1e+3",
  "1E3",
  "1E",
  "1Ei",
  "1n",
  "1e-30",
  "1e99",
  "1e100",
];
const cpu = fc.constantFrom<string | number>(
  ...["1", "2", "250m", "1000m", "0", "0.5", "0.0001", "1e3", "100u", "999", "1000", "1M", "999999"],
  ...ODD_AMOUNTS,
  ...[1, 2, 0, 0.5, 999_999],
);
const size = fc.constantFrom(
  ...[
    "64Mi",
    "1Gi",
    "512Ki",
    "128M",
    "1.5Gi",
    "0Mi",
    "1024Mi",
    "Gi",
    "64",
    "512m",
    "64MB",
    "999999999Gi",
    "8E",
    "7.9E",
    "8Ei",
    "1Pi",
  ],
  ...ODD_AMOUNTS,
);
const memory = fc.oneof(size, fc.constantFrom(1_023, 1_024, 134_217_728));
const cidr = fc.constantFrom(
  "10.20.0.0/16",
  "192.168.1.1/32",
  "10.0.0.0/8",
  "2001:db8::/32",
  "2001:db8::1/128",
  "0.0.0.0/0",
  "10.0.0.0/7",
  "::/0",
  "2000::/3",
  "10.20.0.1/16",
  "10.20.0.0",
  "10.20.0.0/33",
  "010.0.0.0/8",
  "10.0.0.0/08",
  "169.254.169.254/32",
  "169.254.0.0/16",
  "168.63.129.16/32",
  "168.63.129.16/31",
  "127.0.0.0/8",
  "::1/128",
  "fe80::/10",
  "fd00:ec2::254/128",
  "fd00:ec2::/32",
  "192.0.0.192/32",
  "192.0.0.0/24",
  "64:ff9b::/96",
  "64:ff9b::a9fe:a9fe/128",
  "2001:DB8::/32",
  "2001:db8:0::/48",
  "2001:db8:0:0:1:0:0:0/128",
  "::ffff:10.0.0.0/104",
  "x",
);
const host = fc.constantFrom(
  "api.example.com",
  "*.example.com",
  "*.s3.eu-central-1.example.com",
  "a-b.example",
  "example.com",
  "com",
  "*.com",
  "*",
  "*example.com",
  "a.*.example.com",
  "**.example.com",
  "API.example.com",
  "api.example.com.",
  "api..example.com",
  "-api.example.com",
  "api_x.example.com",
  "https://api.example.com",
  "api.example.com:443",
  "192.0.2.1",
  "1.2.3.4.example",
  "web.shop.svc",
  "web.shop.svc.cluster.local",
  "svc.example.com",
  "metadata.google.internal",
  "*.google.internal",
  "*.internal.example.com",
  `${"a".repeat(64)}.example.com`,
  `${"a".repeat(63)}.example.com`,
  `${"a.".repeat(126)}b`,
  `${"a.".repeat(127)}b`,
  "",
);
const path = fc.constantFrom(
  "/tmp",
  "/var/cache/app",
  "/var/run",
  "/",
  "tmp",
  "/tmp/",
  "/a//b",
  "/a/../b",
  "/a/./b",
  "/proc",
  "/proc/x",
  "/process",
  "/etc/app",
  "/run/secrets",
  "/.cache",
  "/a/..b",
  "/a:b",
  "/a b",
);

const probe = fc.record(
  {
    httpGet: fc.record({ path: fc.constantFrom("/", "/healthz", "healthz"), port }),
    tcpSocket: fc.record({ port }),
    exec: fc.record({ command: fc.array(fc.constantFrom("/bin/true", "x"), { minLength: 0, maxLength: 2 }) }),
    periodSeconds: fc.integer({ min: 0, max: 20 }),
    timeoutSeconds: fc.integer({ min: 1, max: 5 }),
  },
  { requiredKeys: [] },
);
const goodProbe = fc.oneof(
  fc.record({ httpGet: fc.record({ path: fc.constant("/healthz"), port }) }),
  fc.record({ tcpSocket: fc.record({ port }), periodSeconds: fc.integer({ min: 1, max: 20 }) }),
);

const key = fc.record({ name: label, key: fc.constantFrom("password", "a.b-c_d", "bad key") });
const fieldRef = fc.record({
  fieldPath: fc.constantFrom(
    "metadata.name",
    "metadata.labels",
    "metadata.labels['a']",
    "metadata.labels['example.com/a.b']",
    "metadata.labels['a/b/c']",
    "metadata.annotations[a]",
    "status.podIP",
    "status.hostIP",
    "spec.nodeName",
    "spec.nodeName ",
  ),
});
const resourceFieldRef = fc.record(
  {
    resource: fc.constantFrom("limits.cpu", "requests.memory", "limits.hugepages-2Mi"),
    divisor: fc.constantFrom("0", "1", "1m", "1Mi", "2"),
  },
  { requiredKeys: ["resource"] },
);
const env = fc.record(
  {
    name: fc.constantFrom("A", "B", "PATH_TO", "1BAD", "with.dot", "with-dash"),
    value: fc.string({ maxLength: 10 }),
    valueFrom: fc.record({ secretKeyRef: key, configMapKeyRef: key, fieldRef, resourceFieldRef }, { requiredKeys: [] }),
  },
  { requiredKeys: ["name"] },
);
const goodEnv = fc.uniqueArray(
  fc.record({ name: fc.constantFrom("A", "B", "C"), value: fc.string({ maxLength: 10 }) }),
  { selector: ({ name }) => name, maxLength: 3 },
);

const flag = fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) });
const podPeer = fc.record(
  {
    namespace: label,
    podLabels: fc.array(
      fc.record({
        key: fc.constantFrom("app", "app.kubernetes.io/name", "palisade.dev/workload", "not a key"),
        value: fc.constantFrom("old", "", "not a value"),
      }),
      { maxLength: 9 },
    ),
  },
  { requiredKeys: [] },
);
const inboundPeer = fc.record(
  {
    workload: label,
    namespace: label,
    gateway: flag,
    monitoring: flag,
    kubernetesAPI: flag,
    cidr,
    pods: podPeer,
    port,
  },
  { requiredKeys: [] },
);
/** One kind of peer, and what may go with it or not. */
const outboundPeer = fc
  .tuple(
    fc.oneof(
      fc.record({ workload: label, namespace: label }, { requiredKeys: [] }),
      fc.record({ cidr }),
      fc.record({ host }),
      fc.record({ kubernetesAPI: flag }),
      fc.record({ internet: flag }),
      fc.record({ pods: podPeer }),
      fc.record(
        { workload: label, namespace: label, cidr, host, pods: podPeer, internet: flag, kubernetesAPI: flag },
        { requiredKeys: [] },
      ),
    ),
    fc.record({ port, endPort: port, protocol }, { requiredKeys: [] }),
  )
  .map(([peer, ways]) => ({ ...peer, ...ways }));
const goodPodPeer = fc.record(
  { namespace: label, podLabels: fc.constant([{ key: "app", value: "old" }]) },
  { requiredKeys: ["podLabels"] },
);
const goodInbound = fc.oneof(
  fc.record({ pods: goodPodPeer }),
  fc.record({ workload: label, namespace: optional(label) }),
  fc.record({ namespace: label }),
  fc.constantFrom({ gateway: true }, { monitoring: true }, { kubernetesAPI: true }, { cidr: "10.20.0.0/16" }),
);
const goodOutbound = fc.oneof(
  fc.record({ pods: goodPodPeer, port }),
  fc.record({ namespace: label, port }),
  fc.constantFrom(
    { host: "api.example.com", port: 443 },
    { host: "*.example.com", port: 443, protocol: "UDP" },
    { cidr: "10.20.0.0/16", port: 6000, endPort: 6100, protocol: "SCTP" },
  ),
  fc.record({ workload: label, port }),
  fc.record({ workload: label, namespace: label, port, protocol }),
  fc.record({ cidr: fc.constantFrom("10.20.0.0/16", "2001:db8::/32"), port }),
  fc.constant({ kubernetesAPI: true }),
);

const goodPermission = fc.constantFrom(
  { apiGroups: [""], resources: ["pods", "services"], verbs: ["get", "list"] },
  { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "update"], resourceNames: ["mine"] },
  { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
  { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["create"] },
  { apiGroups: ["argoproj.io"], resources: ["applications"], verbs: ["get", "update"] },
);

/** Two of the goodness of everything but the port, which each spec declares by itself. */
const goodExpose = fc.constantFrom(
  [{ host: "shop.example.com" }],
  [
    { host: "shop.example.com", path: "/api/v1" },
    { host: "www.shop.example.com", tls: { secretName: "www-tls" } },
  ],
  [
    { host: "shop.example.com", tls: { secretName: "a" } },
    { host: "shop.example.com", path: "/.well-known", tls: { secretName: "a" } },
  ],
);

const exposed = fc.record(
  {
    host: fc.constantFrom(
      "shop.example.com",
      "shop.example.com",
      "www.example.com",
      "*.example.com",
      "localhost",
      "10.0.0.1",
      "Shop.example.com",
      "shop.example.com.",
      "shop.example.com:443",
    ),
    path: fc.constantFrom(
      "/",
      "/api",
      "/api/",
      "//",
      "/a/../b",
      "/.well-known",
      "/...",
      "/a%2fb",
      "api",
      "/a.b",
      "/~a",
      "",
    ),
    port: fc.integer({ min: 1, max: 3 }),
    tls: fc.record({ secretName: fc.constantFrom("a", "b", "A", "a.b") }, { requiredKeys: [] }),
  },
  { requiredKeys: ["host", "port"] },
);

const goodIdentity = fc.constantFrom(
  { aws: { roleArn: "arn:aws:iam::111122223333:role/shop-web" } },
  { gcp: { serviceAccount: "web-01@my-project.iam.gserviceaccount.com" } },
  { azure: { clientId: "01234567-89ab-cdef-0123-456789abcdef" } },
);

const identity = fc.record(
  {
    aws: fc.record({
      roleArn: fc.constantFrom(
        "arn:aws:iam::111122223333:role/web",
        "arn:aws-cn:iam::111122223333:role/a/web",
        "arn:aws:iam::111122223333:user/web",
        "arn:aws:sts::111122223333:role/web",
        "arn:aws:iam::1:role/web",
        "arn:aws:iam::111122223333:role/we b",
      ),
    }),
    gcp: fc.record({
      serviceAccount: fc.constantFrom(
        "web-01@my-project.iam.gserviceaccount.com",
        "web-01@my-project.example.com.iam.gserviceaccount.com",
        "web@my-project.iam.gserviceaccount.com",
        "1-compute@developer.gserviceaccount.com",
        "web-01@my-project.iam.gserviceaccount.com.evil.example.com",
      ),
    }),
    azure: fc.record(
      {
        clientId: fc.constantFrom("01234567-89ab-cdef-0123-456789abcdef", "01234567-89AB-cdef-0123-456789abcdef", "x"),
        tenantId: fc.constantFrom("fedcba98-7654-3210-fedc-ba9876543210", "fedcba9876543210fedcba9876543210"),
      },
      { requiredKeys: ["clientId"] },
    ),
  },
  { requiredKeys: [] },
);

const clean = (value: unknown): Record<string, unknown> => JSON.parse(JSON.stringify(value)) as Record<string, unknown>;

/** A spec that every rule lets through. */
export const goodSpec = fc
  .record({
    image: fc.constantFrom("registry.example.com/shop/web:1.4.2", `web@sha256:${"a".repeat(64)}`),
    command: optional(fc.array(fc.string({ maxLength: 8 }), { maxLength: 2 })),
    args: optional(fc.array(fc.string({ maxLength: 8 }), { maxLength: 2 })),
    replicas: optional(fc.integer({ min: 0, max: 1_000 })),
    ports: fc.uniqueArray(
      fc.record({ name: fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/), port, protocol: optional(fc.constant("TCP")) }),
      { selector: ({ name }) => name, minLength: 1, maxLength: 3 },
    ),
    env: optional(goodEnv),
    resources: optional(
      fc.constantFrom(
        { limits: { cpu: "1", memory: "1Gi" } },
        { requests: { cpu: "250m" }, limits: { cpu: "1" } },
        { requests: { memory: "64Mi" } },
        { requests: { cpu: 1, memory: "1.5Gi" }, limits: { cpu: "1.5", memory: 2_147_483_648 } },
      ),
    ),
    probes: optional(fc.record({ readiness: goodProbe, liveness: goodProbe }, { requiredKeys: [] })),
    scratch: optional(fc.constantFrom([{ path: "/tmp" }], [{ path: "/tmp", size: "1Gi" }, { path: "/var/cache/app" }])),
    access: optional(
      fc.record(
        {
          inbound: fc.array(goodInbound, { maxLength: 2 }),
          outbound: fc.array(goodOutbound, { maxLength: 3 }),
        },
        { requiredKeys: [] },
      ),
    ),
    permissions: optional(fc.array(goodPermission, { maxLength: 2 })),
    clusterReads: optional(fc.subarray(["nodes", "namespaces", "nodes.metrics.k8s.io"], { minLength: 1 })),
    scale: goodScale,
    expose: optional(goodExpose),
    identity: optional(goodIdentity),
  })
  .map(({ scale, expose, ...spec }) =>
    clean({ ...spec, ...scale, expose: expose?.map((entry) => ({ ...entry, port: spec.ports[0]?.port })) }),
  )
  .filter(
    ({ ports }) =>
      new Set((ports as { port: number }[]).map((entry) => entry.port)).size === (ports as unknown[]).length,
  );

/** One thing that may be wrong, put over a good spec. */
const change = fc.oneof(
  fc.record({ image }),
  fc.record({ replicas: fc.constantFrom(-1, 1_001, 1.5, "2", true) }),
  fc.record({
    ports: fc.array(
      fc.record({
        name: fc.constantFrom("http", "HTTP", "a--b", "x", "a-very-long-port-name"),
        port: fc.integer({ min: 0, max: 3 }),
        protocol: fc.constantFrom("TCP", "UDP", "SCTP"),
      }),
      { maxLength: 3 },
    ),
  }),
  fc.record({ env: fc.array(env, { maxLength: 3 }) }),
  fc.record({
    resources: fc.record(
      {
        requests: fc.record({ cpu, memory }, { requiredKeys: [] }),
        limits: fc.record({ cpu, memory }, { requiredKeys: [] }),
      },
      { requiredKeys: [] },
    ),
  }),
  fc.record({ probes: fc.record({ readiness: probe, startup: probe }, { requiredKeys: [] }) }),
  fc.record({
    scratch: fc.array(
      fc.record({ path, size, medium: fc.constantFrom("Disk", "Memory", "") }, { requiredKeys: ["path"] }),
      { maxLength: 3 },
    ),
  }),
  fc.record({
    access: fc.record(
      { inbound: fc.array(inboundPeer, { maxLength: 2 }), outbound: fc.array(outboundPeer, { maxLength: 2 }) },
      { requiredKeys: [] },
    ),
  }),
  fc.record({
    access: fc.record({
      outbound: fc.array(fc.oneof(fc.record({ cidr, port }), fc.record({ host, port })), {
        minLength: 1,
        maxLength: 1,
      }),
    }),
  }),
  fc.record({ permissions: fc.array(arbitraryPermission, { maxLength: 2 }) }),
  fc.record({ clusterReads: fc.array(fc.constantFrom("nodes", "secrets", "nodes/proxy", ""), { maxLength: 2 }) }),
  { arbitrary: scaleChange, weight: 4 },
  fc.record({ identity }),
  fc.record({
    ports: fc.constant([
      { name: "a", port: 1 },
      { name: "b", port: 2, protocol: "UDP" },
    ]),
    expose: fc.array(exposed, { maxLength: 3 }),
  }),
  fc.constantFrom<Record<string, unknown>>(
    { privileged: true },
    { hostNetwork: true },
    { securityContext: {} },
    { command: "sh" },
    { args: [1] },
    { image: 7 },
    { image: null },
    { env: {} },
    { access: [] },
    { ports: [{ port: 80 }] },
    { command: Array.from({ length: 65 }, () => "x") },
  ),
);

const name = fc.oneof(
  { weight: 9, arbitrary: label },
  { weight: 1, arbitrary: fc.constantFrom("default", "palisade-x", "1web", "a".repeat(53), "web.dot", "palisade") },
);

export const arbitraryWorkload = fc
  .record({ name, spec: goodSpec, changed: fc.option(change, { nil: undefined, freq: 2 }) })
  .map(({ name: called, spec, changed }) => ({ name: called, spec: { ...spec, ...clean(changed ?? {}) } }));

const ACTIONS = [
  {
    httpGet: { path: "/healthz", port: 8080, scheme: "HTTPS", headers: [{ name: "X-Probe", value: "readiness" }] },
  },
  { tcpSocket: { port: "http" } },
  { exec: { command: ["/app/web", "check"] } },
  { grpc: { port: 8080, service: "shop.Web" } },
] as const;

const HOOKS = [
  { exec: { command: ["/app/web", "drain"] } },
  { httpGet: { path: "/drain", port: 8080, scheme: "HTTP", headers: [{ name: "X-Why", value: "end" }] } },
  { sleepSeconds: 5 },
] as const;

const hooksAt = (turn: number) => ({ postStart: HOOKS[turn % 2], preStop: HOOKS[turn % HOOKS.length] });

const ENV = [
  { name: "MODE", value: "production" },
  { name: "PASSWORD", valueFrom: { secretKeyRef: { name: "web", key: "password" } } },
  { name: "REGION", valueFrom: { configMapKeyRef: { name: "settings", key: "region", optional: true } } },
  { name: "TOKEN", valueFrom: { secretKeyRef: { name: "web", key: "token", optional: true } } },
  {
    name: "POD",
    valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.labels['app.kubernetes.io/name']" } },
  },
  { name: "GOMEMLIMIT", valueFrom: { resourceFieldRef: { resource: "limits.memory", divisor: "1Mi" } } },
];

const ENV_FROM = [{ prefix: "APP_", configMap: "settings", optional: true }, { secret: "web" }];

const FILES = [
  { path: "/etc/app/inline.conf", content: "listen 8080;", mode: "0444" },
  { path: "/etc/app/one.conf", configMap: { name: "settings", key: "one.conf" } },
  { path: "/etc/app/conf.d", configMap: { name: "settings", items: [{ key: "a", path: "a/a.conf", mode: "0400" }] } },
  { path: "/etc/app/tls", secret: { name: "web-tls", optional: true } },
  { path: "/etc/app/feature", configMap: { name: "features", optional: true } },
  {
    path: "/etc/podinfo",
    downwardAPI: {
      items: [
        { path: "labels", fieldRef: { apiVersion: "v1", fieldPath: "metadata.labels" }, mode: "0444" },
        { path: "cpu", resourceFieldRef: { resource: "requests.cpu", divisor: "1m" } },
      ],
    },
  },
  { path: "/etc/app/key", secret: { name: "web-tls", key: "tls.key" } },
  { path: "/etc/app/some", secret: { name: "web-tls", items: [{ key: "tls.crt", path: "tls.crt", mode: "0440" }] } },
];

/** What only one type takes, by `turn`. */
const TYPES = [
  {
    type: "StatefulSet",
    replicas: 3,
    podManagement: "Parallel",
    ...everyBudget(0),
    claims: [
      {
        name: "data",
        path: "/var/lib/app",
        size: "1Gi",
        subPath: "app/data",
        storageClass: "fast",
        accessMode: "ReadWriteOnce",
      },
    ],
  },
  {
    type: "CronJob",
    job: { completions: 1, parallelism: 1, retries: 2, deadlineSeconds: 600 },
    schedule: {
      cron: "0 3 * * 1-5",
      timeZone: "Europe/Berlin",
      concurrency: "Replace",
      startingDeadlineSeconds: 60,
      suspended: true,
      keepSucceeded: 1,
      keepFailed: 2,
    },
    claims: [{ name: "data", path: "/var/lib/app", existing: "shared", readOnly: true, sharedWith: ["other"] }],
    restartedAt: "2026-01-31T12:00:00Z",
  },
  {
    type: "Job",
    job: { completions: 2, parallelism: 2, retries: 0, deadlineSeconds: 60, rerun: "once more" },
    claims: [{ name: "data", path: "/var/lib/app", existing: "shared", readOnly: false }],
  },
  ...[0, 1, 2].map((elastic) => ({
    type: "Deployment",
    replicas: 3,
    claims: [{ name: "data", path: "/var/lib/app", existing: "shared" }],
    ...everyElasticField(elastic),
    ...everyBudget(elastic),
  })),
] as const;

export const TURNS = [0, 1, 2, 3, 4, 5] as const;
export type Turn = (typeof TURNS)[number];

/** A good spec in which every field of the schema stands, but for what excludes one another: that by `turn`. */
export const everyField = (turn: Turn = 0) => ({
  ...TYPES[turn],
  image: "registry.example.com:5000/shop/web:1.4.2",
  command: ["/app/web"],
  workingDir: "/app",
  args: ["--listen", ":8080"],
  ports: [
    { name: "http", port: 8080, servicePort: 80, protocol: "TCP", appProtocol: "kubernetes.io/h2c" },
    { name: "dns", port: 5353, protocol: "UDP" },
  ],
  sessionAffinity: "ClientIP",
  serviceNames: [
    { name: "shop-web", headless: false },
    { name: "members", headless: true, governs: TYPES[turn]?.type === "StatefulSet" },
  ],
  env: ENV,
  envFrom: ENV_FROM,
  files: FILES,
  resources: { requests: { cpu: "250m", memory: "64Mi" }, limits: { cpu: "1", memory: "1Gi" } },
  probes: probesAt(turn),
  lifecycle: hooksAt(turn),
  scratch: [
    { path: "/tmp", size: "128Mi", name: "shared" },
    { path: "/var/cache/web", medium: "Memory" },
  ],
  containers: [
    { name: "migrate", role: "Init", image: "registry.example.com/shop/web:1.4.2", command: ["/app/web", "migrate"] },
    {
      name: "proxy",
      role: turn % 2 === 0 ? "Sidecar" : "Extra",
      image: "registry.example.com/shop/proxy:2.0.0",
      command: ["/proxy"],
      workingDir: "/",
      runAs: { user: 101, group: 102 },
      args: ["--verbose"],
      env: ENV,
      envFrom: ENV_FROM,
      files: FILES,
      resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { cpu: "100m", memory: "64Mi" } },
      probes: probesAt(turn + 1),
      lifecycle: hooksAt(turn + 1),
      scratch: [
        { path: "/tmp", size: "128Mi", name: "shared" },
        { path: "/run/proxy", size: "16Mi", medium: "Memory" },
      ],
      claims: [{ name: "data", path: "/data", subPath: "web", readOnly: true }],
    },
  ],
  runAs: { user: 999, group: 1_000 },
  sharedMemory: "64Mi",
  sharedSecrets: [{ name: "web", with: ["worker"] }],
  terminationGracePeriodSeconds: 60,
  access: {
    inbound: [
      { workload: "gateway", namespace: "edge", port: 8080 },
      { cidr: "10.20.0.0/16" },
      { gateway: true },
      { monitoring: true },
      { kubernetesAPI: true },
      { pods: { namespace: "legacy", podLabels: [{ key: "app", value: "old-web" }] }, port: 8080 },
    ],
    outbound: [
      { workload: "catalog", namespace: "shop", port: 8080, protocol: "TCP" },
      { cidr: "2001:db8::/32", port: 443, endPort: 444 },
      { host: "api.example.com", port: 443 },
      { internet: true, port: 443 },
      { pods: { namespace: "legacy", podLabels: [{ key: "app", value: "old-db" }] }, port: 5432 },
      { kubernetesAPI: true },
    ],
  },
  identity: [
    { aws: { roleArn: "arn:aws:iam::111122223333:role/shop-web" } },
    { gcp: { serviceAccount: "web-01@my-project.iam.gserviceaccount.com" } },
    {
      azure: {
        clientId: "01234567-89ab-cdef-0123-456789abcdef",
        tenantId: "fedcba98-7654-3210-fedc-ba9876543210",
      },
    },
  ][turn],
  expose: [
    { host: "shop.example.com", path: "/api", port: 8080, tls: { secretName: "shop-tls" } },
    { host: "www.example.com", port: 8080 },
  ],
  permissions: [
    { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "update"], resourceNames: ["web-state"] },
    { apiGroups: ["apps"], resources: ["deployments", "replicasets"], verbs: ["get", "list", "watch"] },
  ],
  clusterReads: ["nodes", "endpointslices.discovery.k8s.io"],
  ...everyPlacementField(),
});

const probesAt = (turn: number) => ({
  readiness: { ...probeAt(turn), successThreshold: 2 },
  liveness: { ...probeAt(turn + 1), successThreshold: 1 },
  startup: { ...probeAt(turn + 2), successThreshold: 1 },
});

const probeAt = (turn: number) => ({
  ...ACTIONS[turn % ACTIONS.length],
  initialDelaySeconds: 1,
  periodSeconds: 5,
  timeoutSeconds: 2,
  failureThreshold: 4,
});

/** A good status in which every field of the schema stands. */
export const everyStatusField = {
  observedGeneration: 2,
  conditions: [
    {
      type: "Ready",
      status: "True",
      reason: "Running",
      message: "3 of 3 pods are ready",
      lastTransitionTime: "2026-01-31T12:00:00Z",
      observedGeneration: 2,
    },
  ],
  replicas: 3,
  updatedReplicas: 3,
  readyReplicas: 3,
  rollout: { generation: 2, left: 1, since: "2026-01-01T00:00:00Z" },
  selector: "palisade.dev/workload=web",
  podIdentity: { uid: 10_000, userNamespace: { enabled: true, decidedForGeneration: 2 } },
  access: [{ peer: "shop/catalog", direction: "outbound", port: 8080, protocol: "TCP", missing: "theirs" }],
  agreement: "1 missing",
  children: ["Deployment/web", "Service/web"],
  secretVersions: "0123456789abcdefghijkl",
  held: ["Secret/db-password", "PersistentVolumeClaim/data-web"],
  hardening: { rules: 39, summary: ["runs as user 10000 and group 10000, never as root"] },
  images: [{ image: "registry.example.com/shop/web:1.4.2", digest: `sha256:${"0".repeat(64)}` }],
  exceptions: [
    {
      name: "legacy",
      lifts: ["read-only-root"],
      user: "jane",
      expires: "2026-01-31T12:00:00Z",
      closed: "2026-01-31T12:00:00Z",
    },
  ],
  configs: [{ name: "settings", copy: "web.settings.0123456789abcdef0123" }],
  urls: ["https://shop.example.com/"],
  podMutations: { fields: ["spec.containers[name=web].env"], by: ["MutatingWebhookConfiguration/injector"] },
  wouldDo: { count: 2, first: ["create Deployment/web: the workload needs it"] },
  unusual: {
    containers: [
      {
        name: "web",
        restarts: 3,
        pods: 1,
        exits: [{ code: 137, reason: "OOMKilled", pods: 1, last: "2026-01-31T12:00:00Z" }],
      },
    ],
    entered: [{ pod: "web-5d9c7b6f4-x2x7k", how: "BreakGlass", name: "legacy", seen: "2026-01-31T12:00:00Z" }],
    images: [
      {
        container: "web",
        pinned: `sha256:${"0".repeat(64)}`,
        reported: `sha256:${"1".repeat(64)}`,
        pods: 1,
        others: 2,
      },
    ],
    cpu: [{ pod: "web-5d9c7b6f4-x2x7k", millicores: 990, limit: 1_000, others: 12 }],
  },
  drift: {
    corrected: 1,
    contested: ["Deployment/web"],
    last: {
      time: "2026-01-31T12:00:00.123456Z",
      object: "Deployment/web",
      action: "Repair",
      fields: ["spec.replicas"],
      manager: "kubectl-edit",
    },
  },
  truncated: [{ field: "configs", total: 144 }],
};
