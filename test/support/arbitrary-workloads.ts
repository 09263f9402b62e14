/** Arbitrary SecureWorkloads: good ones, and good ones with something put wrong at an arbitrary place. */
import fc from "fast-check";

const label = fc.stringMatching(/^[a-z]([-a-z0-9]{0,10}[a-z0-9])?$/);
const port = fc.integer({ min: 1, max: 65_535 });
const protocol = fc.constantFrom("TCP", "UDP");
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
const cpu = fc.constantFrom("1", "2", "250m", "1000m", "0", "0.5", "1e3", "100u", "m", "01", "999", "1000");
const memory = fc.constantFrom("64Mi", "1Gi", "512Ki", "128M", "1.5Gi", "0Mi", "1024Mi", "Gi", "64", "999999999Gi");
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
  "2001:DB8::/32",
  "2001:db8:0::/48",
  "2001:db8:0:0:1:0:0:0/128",
  "::ffff:10.0.0.0/104",
  "x",
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
const env = fc.record(
  {
    name: fc.constantFrom("A", "B", "PATH_TO", "1BAD", "with.dot", "with-dash"),
    value: fc.string({ maxLength: 10 }),
    valueFrom: fc.record({ secretKeyRef: key, configMapKeyRef: key }, { requiredKeys: [] }),
  },
  { requiredKeys: ["name"] },
);
const goodEnv = fc.uniqueArray(
  fc.record({ name: fc.constantFrom("A", "B", "C"), value: fc.string({ maxLength: 10 }) }),
  { selector: ({ name }) => name, maxLength: 3 },
);

const peer = fc.record(
  { workload: label, namespace: label, cidr, port, kubernetesAPI: fc.boolean(), protocol },
  { requiredKeys: [] },
);
const goodOutbound = fc.oneof(
  fc.record({ workload: label, port }),
  fc.record({ workload: label, namespace: label, port, protocol }),
  fc.record({ cidr: fc.constantFrom("10.20.0.0/16", "2001:db8::/32"), port }),
  fc.constant({ kubernetesAPI: true }),
);

const permission = fc.record(
  {
    apiGroups: fc.array(fc.constantFrom("", "apps", "batch", "coordination.k8s.io", "*"), {
      minLength: 0,
      maxLength: 2,
    }),
    resources: fc.array(
      fc.constantFrom("pods", "pods/log", "configmaps", "secrets", "deployments", "events", "leases", "*", "pods/exec"),
      { minLength: 0, maxLength: 3 },
    ),
    verbs: fc.array(fc.constantFrom("get", "list", "create", "update", "delete", "escalate", "*"), {
      minLength: 0,
      maxLength: 3,
    }),
    resourceNames: fc.array(label, { maxLength: 2 }),
  },
  { requiredKeys: ["apiGroups", "resources", "verbs"] },
);
const goodPermission = fc.constantFrom(
  { apiGroups: [""], resources: ["pods", "services"], verbs: ["get", "list"] },
  { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "update"], resourceNames: ["mine"] },
  { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
  { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["create"] },
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
      ),
    ),
    probes: optional(fc.record({ readiness: goodProbe, liveness: goodProbe }, { requiredKeys: [] })),
    scratch: optional(fc.constantFrom([{ path: "/tmp" }], [{ path: "/tmp", size: "1Gi" }, { path: "/var/cache/app" }])),
    access: optional(
      fc.record(
        {
          inbound: fc.array(fc.record({ workload: label, namespace: optional(label) }), { maxLength: 2 }),
          outbound: fc.array(goodOutbound, { maxLength: 3 }),
        },
        { requiredKeys: [] },
      ),
    ),
    permissions: optional(fc.array(goodPermission, { maxLength: 2 })),
  })
  .map(clean)
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
  fc.record({ scratch: fc.array(fc.record({ path, size: memory }, { requiredKeys: ["path"] }), { maxLength: 3 }) }),
  fc.record({
    access: fc.record(
      { inbound: fc.array(peer, { maxLength: 2 }), outbound: fc.array(peer, { maxLength: 2 }) },
      { requiredKeys: [] },
    ),
  }),
  fc.record({ access: fc.record({ outbound: fc.array(fc.record({ cidr, port }), { minLength: 1, maxLength: 1 }) }) }),
  fc.record({ permissions: fc.array(permission, { maxLength: 2 }) }),
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
  { httpGet: { path: "/healthz", port: 8080 } },
  { tcpSocket: { port: 8080 } },
  { exec: { command: ["/app/web", "check"] } },
] as const;

/** A good spec in which every field of the schema stands, but for the actions of each probe: one of the three, by `turn`. */
export const everyField = (turn: 0 | 1 | 2 = 0) => ({
  image: "registry.example.com:5000/shop/web:1.4.2",
  command: ["/app/web"],
  args: ["--listen", ":8080"],
  ports: [
    { name: "http", port: 8080, protocol: "TCP" },
    { name: "dns", port: 5353, protocol: "UDP" },
  ],
  env: [
    { name: "MODE", value: "production" },
    { name: "PASSWORD", valueFrom: { secretKeyRef: { name: "web", key: "password" } } },
    { name: "REGION", valueFrom: { configMapKeyRef: { name: "settings", key: "region" } } },
  ],
  resources: { requests: { cpu: "250m", memory: "64Mi" }, limits: { cpu: "1", memory: "1Gi" } },
  replicas: 3,
  probes: {
    readiness: { ...probeAt(turn), successThreshold: 2 },
    liveness: probeAt(turn + 1),
    startup: probeAt(turn + 2),
  },
  scratch: [{ path: "/tmp", size: "128Mi" }, { path: "/var/cache/web" }],
  access: {
    inbound: [{ workload: "gateway", namespace: "edge", port: 8080 }, { cidr: "10.20.0.0/16" }],
    outbound: [
      { workload: "catalog", namespace: "shop", port: 8080, protocol: "TCP" },
      { cidr: "2001:db8::/32", port: 443 },
      { kubernetesAPI: true },
    ],
  },
  permissions: [
    { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "update"], resourceNames: ["web-state"] },
    { apiGroups: ["apps"], resources: ["deployments", "replicasets"], verbs: ["get", "list", "watch"] },
  ],
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
  selector: "palisade.dev/workload=web",
  podIdentity: { uid: 10_000, userNamespace: { enabled: true, decidedForGeneration: 2 } },
  children: ["Deployment/web", "Service/web"],
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
};
