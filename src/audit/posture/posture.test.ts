/** Twins: of each rule a manifest that breaks it and one that does not, as linters have them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { aPod, aService, audited, bound, documents, ruleIds } from "../../../test/support/audited.ts";
import { TECHNIQUES } from "../edges/edge.ts";
import { EDGES } from "../edges/index.ts";
import { PRODUCTS } from "../products/index.ts";
import { POSTURE_RULES } from "./posture.ts";

const safe = (change: object = {}): object => ({
  securityContext: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
    ...change,
  },
});
const limits = { memory: "64Mi", "ephemeral-storage": "64Mi" };
const role = (rule: object, kind = "ClusterRole"): string =>
  JSON.stringify({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind,
    metadata: { name: "r", namespace: "shop" },
    rules: [{ apiGroups: [""], ...rule }],
  });
const binding = (subject: object, name = "cluster-admin"): string =>
  JSON.stringify({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "b" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
    subjects: [subject],
  });
const ingress = (spec: object): string =>
  JSON.stringify({
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name: "i", namespace: "shop" },
    spec,
  });
const DENY =
  "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: deny, namespace: shop}, spec: {podSelector: {}, policyTypes: [Ingress]}}";
const volume = (path: string): object => ({ volumes: [{ name: "v", hostPath: { path } }] });
const MOUNT = { volumeMounts: [{ name: "v", mountPath: "/host" }] };
const READ = { volumeMounts: [{ name: "v", mountPath: "/host", readOnly: true }] };
const secretKey = { valueFrom: { secretKeyRef: { name: "s", key: "k" } } };

test.each<[rule: string, breaks: string, keeps: string]>([
  ["pinned-image", aPod("p", {}, { image: "nginx:latest" }), aPod("p", {}, { image: "nginx:1.29.0" })],
  ["pinned-image", aPod("p", {}, { image: "nginx" }), aPod("p", {}, { image: `nginx@sha256:${"a".repeat(64)}` })],
  ["non-root", aPod("p"), aPod("p", { securityContext: { runAsNonRoot: true } })],
  [
    "non-root",
    aPod("p", { securityContext: { runAsNonRoot: true } }, safe({ runAsUser: 0 })),
    aPod("p", { securityContext: { runAsNonRoot: true } }, safe({ runAsUser: 1000 })),
  ],
  ["read-only-root", aPod("p"), aPod("p", {}, safe())],
  ["no-privilege-escalation", aPod("p"), aPod("p", {}, safe())],
  [
    "drop-capabilities",
    aPod("p", {}, safe({ capabilities: { drop: ["ALL"], add: ["NET_RAW"] } })),
    aPod("p", {}, safe()),
  ],
  [
    "seccomp-runtime-default",
    aPod("p"),
    aPod("p", { securityContext: { seccompProfile: { type: "RuntimeDefault" } } }),
  ],
  ["apparmor-runtime-default", aPod("p", {}, safe({ appArmorProfile: { type: "Unconfined" } })), aPod("p", {}, safe())],
  ["resource-limits", aPod("p"), aPod("p", {}, { resources: { requests: { cpu: "10m", ...limits }, limits } })],
  [
    "no-host-ports",
    aPod("p", {}, { ports: [{ containerPort: 80, hostPort: 80 }] }),
    aPod("p", {}, { ports: [{ containerPort: 80 }] }),
  ],
  ["no-host-aliases", aPod("p", { hostAliases: [{ ip: "127.0.0.1", hostnames: ["a"] }] }), aPod("p")],
  ["no-shared-processes", aPod("p", { shareProcessNamespace: true }), aPod("p")],
  ["safe-sysctls", aPod("p", { securityContext: { sysctls: [{ name: "kernel.msgmax", value: "1" }] } }), aPod("p")],
  ["no-selinux-options", aPod("p", {}, safe({ seLinuxOptions: { type: "spc_t" } })), aPod("p", {}, safe())],
  ["safe-volumes", aPod("p", volume("/srv/data"), MOUNT), aPod("p", { volumes: [{ name: "v", emptyDir: {} }] }, MOUNT)],
  ["host-path", aPod("p", volume("/etc"), MOUNT), aPod("p", volume("/srv/data"), MOUNT)],
  ["host-path", aPod("p", volume("/proc/sys"), MOUNT), aPod("p", volume("/proc/self"), MOUNT)],
  ["host-path", aPod("p", volume("/run/dbus/system_bus_socket"), MOUNT), aPod("p", volume("/run/udev"), MOUNT)],
  ["host-path", aPod("p", volume("/etc/kubernetes/azure.json"), READ), aPod("p", volume("/etc/localtime"), READ)],
  ["no-api-token", aPod("p", { automountServiceAccountToken: true }), aPod("p")],
  [
    "default-account",
    aPod("p", { automountServiceAccountToken: true }),
    aPod("p", { automountServiceAccountToken: true, serviceAccountName: "own" }),
  ],
  [
    "credentials-in-variables",
    aPod("p", {}, { env: [{ name: "APP_SECRET", value: "abc123xyz" }] }),
    aPod("p", {}, { env: [{ name: "APP_SECRET", ...secretKey }] }),
  ],
  ["secrets-in-variables", aPod("p", {}, { env: [{ name: "APP_SECRET", ...secretKey }] }), aPod("p")],
  [
    "secrets-in-variables",
    aPod("p", {}, { envFrom: [{ secretRef: { name: "s" } }] }),
    aPod("p", {}, { envFrom: [{ configMapRef: { name: "s" } }] }),
  ],
  ["ssh-port", aPod("p", {}, { ports: [{ containerPort: 22 }] }), aPod("p", {}, { ports: [{ containerPort: 2222 }] })],
  ["no-network-policy", aPod("p"), documents(aPod("p"), DENY)],
  [
    "exposed",
    documents(aPod("web"), aService("web", 80, { type: "NodePort" })),
    documents(aPod("web"), aService("web", 80)),
  ],
  ["exposed", aService("elsewhere", 80, { type: "LoadBalancer" }), aService("elsewhere", 80)],
  [
    "open-program",
    aPod("tiller", {}, { image: "gcr.io/kubernetes-helm/tiller:v2.17.0" }),
    aPod("tiller", {}, { image: "gcr.io/kubernetes-helm/tiller:v2.17.0", args: ["--tls-verify"] }),
  ],
  [
    "open-program",
    aPod("cache", {}, { ports: [{ containerPort: 6379 }] }),
    documents(aPod("cache", {}, { ports: [{ containerPort: 6379 }] }), DENY),
  ],
  [
    "route-without-tls",
    ingress({ defaultBackend: { service: { name: "web", port: { number: 80 } } } }),
    ingress({ tls: [{ hosts: ["a.example.com"] }] }),
  ],
  [
    "login-in-the-clear",
    aPod("cd", {}, { image: "quay.io/argoproj/argocd:v3.0.0", args: ["argocd-server", "--insecure"] }),
    aPod("cd", {}, { image: "quay.io/argoproj/argocd:v3.0.0", args: ["argocd-server"] }),
  ],
  [
    "control-plane-flags",
    apiServer("--authorization-mode=AlwaysAllow"),
    apiServer("--authorization-mode=Node,RBAC").replaceAll("kube-system", "shop"),
  ],
  ["default-namespace", aPod("p").replaceAll("shop", "default"), aPod("p")],
  [
    "no-pod-security",
    "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}",
    "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: baseline}}}",
  ],
  [
    "reads-secrets",
    role({ resources: ["secrets"], verbs: ["get"] }),
    role({ resources: ["secrets"], verbs: ["get"], resourceNames: ["own"] }),
  ],
  [
    "reads-secrets",
    role({ resources: ["*"], verbs: ["list"] }, "Role"),
    role({ resources: ["configmaps"], verbs: ["list"] }, "Role"),
  ],
  [
    "wildcard-rights",
    role({ apiGroups: ["example.com"], resources: ["*"], verbs: ["get"] }),
    role({ apiGroups: ["example.com"], resources: ["shops"], verbs: ["get"] }),
  ],
  [
    "wildcard-rights",
    role({ apiGroups: ["*"], resources: ["pods"], verbs: ["get"] }),
    role({ resources: ["pods"], verbs: ["get"] }),
  ],
  ["execs", role({ resources: ["pods/exec"], verbs: ["create"] }), role({ resources: ["pods/log"], verbs: ["get"] })],
  ["creates-pods", role({ resources: ["pods"], verbs: ["create"] }), role({ resources: ["pods"], verbs: ["delete"] })],
  [
    "escalates",
    role({ apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles"], verbs: ["bind"] }),
    role({ apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles"], verbs: ["get"] }),
  ],
  [
    "impersonates",
    role({ resources: ["serviceaccounts"], verbs: ["impersonate"] }),
    role({ resources: ["serviceaccounts"], verbs: ["get"] }),
  ],
  ["everything", binding({ kind: "User", name: "alice" }), binding({ kind: "User", name: "alice" }, "view")],
  [
    "everything",
    binding({ kind: "ServiceAccount", name: "idle", namespace: "shop" }),
    binding({ kind: "Group", name: "system:masters" }),
  ],
  [
    "default-account-rights",
    binding({ kind: "ServiceAccount", name: "default", namespace: "shop" }, "view"),
    binding({ kind: "ServiceAccount", name: "own", namespace: "shop" }, "view"),
  ],
])("%s %#", (rule, breaks, keeps) => {
  expect(ruleIds(audited(breaks))).toContain(rule);
  expect(ruleIds(audited(keeps))).not.toContain(rule);
  expect([audited(breaks).unread, audited(keeps).unread]).toEqual([[], []]);
});

describe("a SecurityException", () => {
  const child = JSON.stringify({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: "web",
      namespace: "shop",
      ownerReferences: [
        { apiVersion: "palisade.dev/v1alpha1", kind: "SecureWorkload", name: "web", uid: "u", controller: true },
      ],
    },
    spec: {
      template: { metadata: { labels: {} }, spec: { containers: [{ name: "web", image: "r.example.com/web:1.0.0" }] } },
    },
  });
  const exception = (creationTimestamp: string, workload: object = {}) =>
    JSON.stringify({
      apiVersion: "palisade.dev/v1alpha1",
      kind: "SecurityException",
      metadata: { name: "e", creationTimestamp },
      spec: {
        workload: { namespace: "shop", name: "web", ...workload },
        lifts: ["read-only-root"],
        validFor: "24h",
        reason: "the image writes to its root",
        requestedBy: "shop",
      },
    });

  test.each([
    ["in force", exception("2026-11-30T10:00:00Z"), false],
    ["that ended", exception("2026-11-28T10:00:00Z"), true],
    ["of another workload", exception("2026-11-30T10:00:00Z", { name: "api" }), true],
    ["of another SecureWorkload of the name", exception("2026-11-30T10:00:00Z", { uid: "other" }), true],
  ])("%s", (_, text, isTold) => {
    const rules = ruleIds(audited(documents(child, text)));
    expect(rules.includes("read-only-root")).toBe(isTold);
    // It lifts what it names and nothing else.
    expect(rules).toContain("non-root");
  });
});

test.each([
  ["--anonymous-auth=true", "--anonymous-auth=false", "kube-apiserver --anonymous-auth must be false"],
  ["--insecure-port=8080", "--insecure-port=0", "kube-apiserver --insecure-port must be 0"],
  ["--profiling", "--profiling=false", "kube-apiserver --profiling must be false"],
  ["--authorization-mode=RBAC", "--authorization-mode=Node,RBAC", "kube-apiserver --authorization-mode must hold Node"],
  ["--audit-log-maxage=5", "--audit-log-maxage=30", "kube-apiserver --audit-log-maxage must be at least 30"],
  ["--token-auth-file=/tokens", "--v=2", "kube-apiserver --token-auth-file must not be set"],
])("a control plane with %s, and with %s", (breaks, keeps, words) => {
  const told = (flag: string) =>
    audited(apiServer(flag)).findings.flatMap(({ members }) => members.map((member) => member.words));
  expect(told(breaks)).toContain(words);
  expect(told(keeps)).not.toContain(words);
});

function apiServer(...flags: readonly string[]): string {
  return aPod(
    "kube-apiserver",
    {},
    { image: "registry.example.com/kube-apiserver:v1.37.0", command: ["kube-apiserver", ...flags] },
  ).replaceAll("shop", "kube-system");
}

test("what a chain shows is not told again", () => {
  const text = documents(
    aPod(
      "web",
      { automountServiceAccountToken: true, serviceAccountName: "web" },
      { securityContext: { privileged: true } },
    ),
    bound("web", [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }]),
  );
  const posture = audited(text).findings.filter(({ kind }) => kind === "posture");
  expect(posture.map(({ rule }) => rule)).not.toContain("not-privileged");
  expect(posture.map(({ rule }) => rule)).not.toContain("everything");
});

test("a cluster with the usual add-ons has no fire, and at most twelve lines", () => {
  const text = readFileSync(join(import.meta.dirname, "../../../test/audit/add-ons.yaml"), "utf8");
  const { findings, unread } = audited(text);
  expect(unread).toEqual([]);
  expect(findings.filter(({ severity }) => severity === "critical")).toEqual([]);
  const told = findings
    .filter(({ kind }) => kind === "chain")
    .map(({ severity, chain, members }) => ({
      is: `${severity} ${chain?.start} to ${chain?.end}`,
      links: chain?.links.map(({ edge }) => edge).join(" "),
      of: members.map(({ words }) => words.replace(/^[^/]+\/[^/]+\//, "")),
    }));
  expect(told).toEqual([
    {
      is: "high internet to cluster",
      links: "route-exposed some-login mounts-token nodes-proxy",
      of: ["argocd-server"].map((name) => `argocd/${name}`),
    },
    { is: "high code in a pod to node", links: "code-in-pod privileged", of: ["cni"] },
    { is: "high code in a pod to node", links: "code-in-pod privileged", of: ["kube-proxy"] },
    {
      is: "high code in a pod to cluster",
      links: "code-in-pod mounts-token everything",
      of: ["argocd-application-controller"],
    },
    {
      is: "high code in a pod to cluster",
      links: "code-in-pod mounts-token creates-pods",
      of: ["prometheus-operator"],
    },
    {
      is: "medium internet to secrets",
      links: "service-exposed unknown-login mounts-token reads-secrets",
      of: ["ingress-nginx/ingress-nginx"],
    },
    { is: "medium code in a pod to node", links: "code-in-pod host-path", of: ["node-exporter"] },
    {
      is: "medium code in a pod to secrets",
      links: "code-in-pod mounts-token reads-secrets",
      of: ["cert-manager", "cert-manager-cainjector", "kube-state-metrics"],
    },
    {
      is: "medium code in a pod to cluster",
      links: "code-in-pod mounts-token changes-admission",
      of: ["cert-manager-cainjector"],
    },
  ]);
  // A line for each severity of posture, beside these.
  const lines = new Set(findings.filter(({ kind }) => kind === "posture").map(({ severity }) => severity));
  expect(told.length + lines.size).toBeLessThanOrEqual(12);
});

test("ids of edges, rules and products stand once, and edges name techniques that are known", () => {
  const ids = (list: readonly { readonly id: string }[]) => list.map(({ id }) => id);
  for (const list of [EDGES, PRODUCTS, POSTURE_RULES]) expect(new Set(ids(list)).size).toBe(list.length);
  for (const { attack } of [...EDGES, ...POSTURE_RULES])
    for (const technique of attack) expect(Object.keys(TECHNIQUES)).toContain(technique);
});
