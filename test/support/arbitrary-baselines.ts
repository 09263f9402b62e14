/** SecurityBaselines for tests of the API: one with every field, and texts near the edge of each rule. */
import fc from "fast-check";
import { arbitraryPermission } from "./arbitrary-permissions.ts";

/** A good spec in which every field of the schema stands. */
export const everyBaselineField = {
  registries: ["registry.example.com", "registry.example.com:5000/shop/web", "localhost:5000"],
  callers: {
    gateway: {
      namespace: "edge",
      podLabels: [{ key: "app.kubernetes.io/name", value: "envoy" }],
      cidrs: ["35.191.0.0/16"],
    },
    monitoring: {
      namespace: "monitoring",
      podLabels: [{ key: "app", value: "" }],
      cidrs: ["10.20.0.0/16", "2001:db8::/32"],
    },
  },
  exposure: { ingressClass: "nginx", gateway: { namespace: "edge", name: "public.eu" } },
  offenders: { clusterBindings: "Delete" },
  enforcement: "Report",
  injections: { unexpected: "Report", expected: ["container/istio-proxy", "env/DD_*", "imagePullPolicy"] },
  toleratedMetadata: ["example.com/", "example.org/team", "cost-center"],
  metadata: { annotations: ["example.com/", "owner"], reservedLabels: ["role", "kubernetes.io/"] },
  secretWriters: [
    { kind: "ServiceAccount", name: "external-secrets", namespace: "vault" },
    { kind: "User", name: "vault@example.com" },
  ],
  leaveObservingAfterSeconds: 3_600,
  permissions: [
    {
      namespace: "shop",
      workloads: ["controller"],
      rules: [
        { apiGroups: ["argoproj.io"], resources: ["applications", "applications/status"], verbs: ["get", "patch"] },
        { apiGroups: [""], resources: ["secrets"], verbs: ["get"], resourceNames: ["repository"] },
      ],
      clusterReads: ["nodes", "namespaces"],
      reason: "reconciles Applications, with the password of their repository",
    },
  ],
  namespaces: [
    {
      name: "shop",
      hosts: ["shop.example.com", "*.shop.example.com"],
      identities: [
        { provider: "AWS", name: "arn:aws:iam::111122223333:role/team/shop-web" },
        { provider: "GCP", name: "shop-web@my-project.iam.gserviceaccount.com" },
        { provider: "Azure", name: "01234567-89ab-cdef-0123-456789abcdef" },
      ],
      rollsOnSecrets: true,
      internet: true,
      pods: [{ namespace: "legacy", podLabels: [{ key: "app.kubernetes.io/name", value: "old-db" }] }],
      enrolment: "Guarding",
      enforcement: "Enforce",
      injections: "Refuse",
      secretWriters: [
        { kind: "Group", name: "payments" },
        { kind: "ServiceAccount", name: "vault", namespace: "shop" },
      ],
    },
    { name: "empty" },
  ],
};

export const everyBaselineStatusField = {
  observedGeneration: 2,
  unusual: {
    nodes: [{ name: "node-1", fact: "NotReady", detail: "the kubelet does not report" }],
    denials: [{ policy: "palisade-pods", count: 3 }],
    kubelets: { tried: 2, unreached: 1 },
    unknown: ["/metrics of the API server: forbidden"],
  },
  conditions: [
    {
      type: "Ready",
      status: "True",
      reason: "InForce",
      message: "everything in the spec is in force",
      lastTransitionTime: "2026-01-31T12:00:00Z",
      observedGeneration: 2,
    },
  ],
  namespaces: 3,
  closed: ["shop"],
  sealed: 2,
  notSealed: [
    {
      name: "shop",
      state: "Observing",
      heldBackBy: ["Deployment/legacy"],
      more: 2,
      leavesObserving: "2026-02-01T12:00:00Z",
    },
  ],
  sealedWith: [{ name: "till", found: ["ReferenceGrant/edge"], more: 1 }],
  workloads: 12,
  rbacFindings: [
    { driftCase: 62, subject: "User alice", via: "RoleBinding/shop/team to ClusterRole/edit, and 2 more" },
  ],
  permissions: [
    {
      namespace: "shop",
      rules: "get, patch applications.argoproj.io",
      reason: "reconciles Applications",
      usedBy: ["controller"],
    },
  ],
  exceptions: { inForce: 1, first: [{ name: "legacy", workload: "shop/web", expires: "2026-01-31T12:00:00Z" }] },
  truncated: [{ field: "rbacFindings", total: 65 }],
};

const host = fc.constantFrom(
  "shop.example.com",
  "*.example.com",
  "*.a.example.com",
  "example.com",
  "xn--bcher-kva.example.com",
  "*",
  "*.com",
  "com",
  "a.*.example.com",
  "*a.example.com",
  "**.example.com",
  "10.0.0.1",
  "2001:db8::1",
  "shop.example.com.",
  ".example.com",
  "shop..example.com",
  "-a.example.com",
  "Shop.example.com",
  "shop.example.com:443",
  "https://shop.example.com",
  "shop.example.1",
  "shop.example.c1",
);
const registry = fc.constantFrom(
  "registry.example.com",
  "registry.example.com:5000",
  "registry.example.com/shop",
  "registry.example.com/shop/a__b",
  "registry.example.com/library",
  "localhost",
  "localhost/x",
  "registry:5000/shop",
  "192.0.2.10:5000/shop",
  "192.0.2.256",
  "192.0.2",
  "192.0.02.10",
  "shop/web",
  "shop",
  "registry.example.com/",
  "registry.example.com/shop/",
  "registry.example.com//shop",
  "registry.example.com/Shop",
  "registry.example.com/shop:1.0",
  "registry.example.com:0/shop",
  "registry.example.com:050/shop",
  "https://registry.example.com",
  "*.example.com",
  "registry.example.com/*",
  "Registry.example.com",
);
const identityName = fc.constantFrom(
  "arn:aws:iam::111122223333:role/web",
  "arn:aws-us-gov:iam::111122223333:role/a/b/web",
  "arn:aws-iso-b:iam::111122223333:role/web",
  "arn:aws:iam::111122223333:user/web",
  "arn:aws:iam::11112222333:role/web",
  "arn:aws:iam::111122223333:role/*",
  "arn:aws:iam::111122223333:role/",
  "web-01@my-project.iam.gserviceaccount.com",
  "web-01@my-project.example.com.iam.gserviceaccount.com",
  "123456-compute@developer.gserviceaccount.com",
  "web@my-project.iam.gserviceaccount.com",
  "web-01@my-project.iam.gserviceaccount.com.evil.example.com",
  "01234567-89ab-cdef-0123-456789abcdef",
  "01234567-89AB-cdef-0123-456789abcdef",
  "0123456789abcdef0123456789abcdef",
);
const identity = fc.record({ provider: fc.constantFrom("AWS", "GCP", "Azure", "aws"), name: identityName });
const label = fc.record({
  key: fc.constantFrom("app", "app.kubernetes.io/name", "a/b/c", "/a", "a/", "A/b", "a_b", "-a", "a..b/c"),
  value: fc.constantFrom("", "envoy", "a.b_c", "-a", "a b", "a/b"),
});
const caller = fc.record(
  {
    namespace: fc.constantFrom("edge", "Edge", "a.b", "1"),
    podLabels: fc.array(label, { maxLength: 3 }),
    cidrs: fc.array(
      fc.constantFrom(
        "10.20.0.0/16",
        "35.191.0.0/16",
        "2001:db8::/32",
        "10.20.0.1/16",
        "0.0.0.0/0",
        "169.254.169.254/32",
      ),
      { maxLength: 3 },
    ),
  },
  { requiredKeys: [] },
);
const secretWriter = fc.record(
  {
    kind: fc.constantFrom("User", "Group", "ServiceAccount", "user"),
    name: fc.constantFrom("vault", "system:serviceaccounts:vault", "jane@example.com", "a,b", "a b", ""),
    namespace: fc.constantFrom("vault", "Vault", "a.b"),
  },
  { requiredKeys: ["kind", "name"] },
);
const name = fc.oneof(
  { weight: 9, arbitrary: fc.constant("cluster") },
  { weight: 1, arbitrary: fc.constantFrom("Cluster", "other", "cluster2") },
);

const shop = <K extends string, T>(field: K, value: fc.Arbitrary<T>) =>
  value.map((chosen) => ({ namespaces: [{ name: "shop", [field]: chosen }] }));

const metadataKey = fc.constantFrom(
  "example.com/",
  "example.com/team",
  "team",
  "",
  "/",
  "/team",
  "a/b/c",
  "Example.com/",
  "palisade.dev/",
  "x.palisade.dev/a",
  "pod-security.kubernetes.io/enforce",
  "container.apparmor.security.beta.kubernetes.io/",
  "sidecar.istio.io/inject",
  "k8s.v1.cni.cncf.io/networks",
  "eks.amazonaws.com/role-arn",
  "notkubernetes.io/a",
  "nginx.ingress.kubernetes.io/",
);

const addition = fc.constantFrom(
  "container/istio-proxy",
  "env/DD_*",
  "env/*",
  "env/A=B",
  "mount//var/run",
  "imagePullPolicy",
  "Image",
  "*",
  "",
  "container/",
  "sidecar/x",
  "env/*A",
);

const permissionGrant = fc.record({
  namespace: fc.constantFrom("shop", "Shop"),
  workloads: fc.array(fc.constantFrom("web", "controller", "a.b"), { maxLength: 2 }),
  rules: fc.array(arbitraryPermission, { maxLength: 2 }),
  reason: fc.constantFrom("it reconciles them", ""),
});

/** A good spec with one field of it put near the edge of its rule. */
export const arbitraryBaseline = fc.record({
  name,
  spec: fc
    .oneof(
      fc.record({ registries: fc.array(registry, { maxLength: 2 }) }),
      fc.record({ callers: fc.record({ gateway: caller }) }),
      fc.record({
        exposure: fc.record(
          {
            ingressClass: fc.constantFrom("nginx", "Nginx", "a.b"),
            gateway: fc.record({ namespace: fc.constantFrom("edge", "a.b"), name: fc.constantFrom("public", "A") }),
          },
          { requiredKeys: [] },
        ),
      }),
      fc.record({
        namespaces: fc.array(fc.record({ name: fc.constantFrom("shop", "edge", "Shop", "a.b", "kube-system") }), {
          maxLength: 2,
        }),
      }),
      fc.record({
        offenders: fc.record(
          { clusterBindings: fc.constantFrom("Report", "Delete", "report", "") },
          { requiredKeys: [] },
        ),
      }),
      fc.record({ toleratedMetadata: fc.array(metadataKey, { maxLength: 2 }) }),
      fc.record({ metadata: fc.record({ annotations: fc.array(metadataKey, { maxLength: 2 }) }) }),
      fc.record({ metadata: fc.record({ reservedLabels: fc.array(metadataKey, { maxLength: 2 }) }) }),
      fc.record({ injections: fc.record({ expected: fc.array(addition, { maxLength: 2 }) }) }),
      fc.record({ injections: fc.record({ unexpected: fc.constantFrom("Report", "Refuse", "refuse", "") }) }),
      fc.record({ permissions: fc.array(permissionGrant, { maxLength: 2 }) }),
      shop("injections", fc.constantFrom("Report", "Refuse", "Delete")),
      fc.record({ secretWriters: fc.array(secretWriter, { maxLength: 2 }) }),
      shop("secretWriters", fc.array(secretWriter, { maxLength: 2 })),
      shop("enrolment", fc.constantFrom("Observing", "Guarding", "Sealed", "sealed", "")),
      shop("hosts", fc.array(host, { maxLength: 2 })),
      shop("identities", fc.array(identity, { maxLength: 2 })),
      shop("rollsOnSecrets", fc.constantFrom<unknown>(true, false, "true", 1)),
    )
    .map((changed) => ({ ...everyBaselineField, ...changed })),
});
