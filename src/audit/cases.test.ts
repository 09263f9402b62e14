/** What is known to be attacked, in small: dashboards by version, deliberately weak clusters, pods that get out, rights that grow, and pairs of good and bad. */
import { describe, expect, test } from "@jest/globals";
import { audited, bound, chainsOf, documents, ruleIds } from "../../test/support/audited.ts";

const text = (...objects: readonly object[]): string => documents(...objects.map((one) => JSON.stringify(one)));

type Spec = Readonly<Record<string, unknown>>;

/** A Deployment of one container, in `shop`. */
const deployment = (image: string, container: Spec = {}, spec: Spec = {}): object => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "shop" },
  spec: {
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "main", image, ...container }], ...spec },
    },
  },
});

const service = (port: number, type: string): object => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web", namespace: "shop" },
  spec: { type, selector: { app: "web" }, ports: [{ port }] },
});

const admin = (account: string): object => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRoleBinding",
  metadata: { name: "web" },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
  subjects: [{ kind: "ServiceAccount", name: account, namespace: "shop" }],
});

const first = (manifests: string): string => {
  const [chain] = chainsOf(audited(manifests));
  return chain === undefined ? "" : `${chain.severity} ${chain.words}`;
};

describe("dashboards of Kubernetes", () => {
  const dashboard = (image: string, args: readonly string[], type = "NodePort", port = 8443): string =>
    text(
      deployment(image, { args, ports: [{ containerPort: port }] }, { serviceAccountName: "web" }),
      service(port, type),
      admin("web"),
    );
  const tls = "--auto-generate-certificates";

  test.each([
    [
      "1.6, which knows no login",
      dashboard("example.com/kubernetes-dashboard-amd64:v1.6.3", [], "NodePort", 9090),
      /^critical internet .* knows no login/,
    ],
    [
      "1.10.0, whose login can be skipped",
      dashboard("example.com/kubernetes-dashboard-amd64:v1.10.0", [tls], "LoadBalancer"),
      /^critical internet .* can be skipped/,
    ],
    [
      "2.7 with the flag",
      dashboard("kubernetesui/dashboard:v2.7.0", [tls, "--enable-skip-login"]),
      /^critical internet .*--enable-skip-login/,
    ],
    [
      "2.7 with the flag, by the name of a mirror",
      dashboard("example.com/mirror/our-console:v2.7.0", [tls, "--enable-skip-login"]),
      /^critical internet .*--enable-skip-login/,
    ],
    [
      "2.7 over plain HTTP",
      dashboard("kubernetesui/dashboard:v2.7.0", ["--insecure-port=9090"], "NodePort", 9090),
      /^critical internet .*plain HTTP/,
    ],
    [
      "2.7 over plain HTTP for itself alone",
      dashboard("kubernetesui/dashboard:v2.7.0", ["--insecure-bind-address=127.0.0.1"], "NodePort", 9090),
      /^high internet /,
    ],
    [
      "2.7 with the flag, inside",
      dashboard("kubernetesui/dashboard:v2.7.0", [tls, "--enable-skip-login"], "ClusterIP"),
      /^high any pod .*--enable-skip-login/,
    ],
    [
      "2.0 as it comes, open",
      dashboard("kubernetesui/dashboard:v2.0.0", [tls]),
      /^high internet .* login \(it asks for a token/,
    ],
    [
      "2.0 as it comes, inside",
      dashboard("kubernetesui/dashboard:v2.0.0", [tls], "ClusterIP"),
      /^high code in Deployment\/shop\/web/,
    ],
  ])("%s", (_, manifests, expected) => {
    expect(first(manifests)).toMatch(expected);
    expect(first(manifests)).toContain("cluster-admin");
  });

  test("7, behind its proxy and with the rights that it comes with, is no way to anywhere", () => {
    const manifests = text(
      deployment("kubernetesui/dashboard-api:1.10.1", { args: ["--namespace=shop"], ports: [{ containerPort: 8000 }] }),
      service(8000, "NodePort"),
    );
    expect(first(manifests)).toBe("");
  });
});

describe("programs that are open to the internet", () => {
  const open = (image: string, container: Spec, port: number): string =>
    text(deployment(image, { ports: [{ containerPort: port }], ...container }), service(port, "LoadBalancer"));

  test.each([
    ["Redis", open("redis:7", {}, 6379), "Redis"],
    ["a registry by its name", open("example.com/poor-registry", {}, 5000), "an image registry"],
    ["Cassandra", open("cassandra:4", {}, 9042), "Cassandra"],
    [
      "Kafka",
      open("example.com/kafka:3.6", { env: [{ name: "ALLOW_PLAINTEXT_LISTENER", value: "yes" }] }, 9092),
      "Kafka",
    ],
    ["InfluxDB 1", open("influxdb:1.8", {}, 8086), "InfluxDB"],
    ["a console of Kafka", open("provectuslabs/kafka-ui:v0.7", {}, 8080), "a console of Kafka"],
    ["Neo4j", open("neo4j:5", { env: [{ name: "NEO4J_AUTH", value: "none" }] }, 7687), "Neo4j"],
  ])("%s gives its data", (_, manifests, product) => {
    expect(first(manifests)).toMatch(/^critical internet .* no login/);
    expect(first(manifests)).toContain(`the data of ${product}`);
  });

  test.each([
    [
      "Cassandra",
      open("cassandra:4", { env: [{ name: "CASSANDRA_AUTHENTICATOR", value: "PasswordAuthenticator" }] }, 9042),
    ],
    ["InfluxDB 1", open("influxdb:1.8", { env: [{ name: "INFLUXDB_HTTP_AUTH_ENABLED", value: "true" }] }, 8086)],
    ["InfluxDB 2", open("influxdb:2.7", {}, 8086)],
    [
      "a console of Kafka",
      open("provectuslabs/kafka-ui:v0.7", { env: [{ name: "AUTH_TYPE", value: "LOGIN_FORM" }] }, 8080),
    ],
    ["Neo4j", open("neo4j:5", {}, 7687)],
  ])("%s with a login does not", (_, manifests) => {
    expect(first(manifests)).toBe("");
  });

  const listens = (image: string, command: readonly string[], port: number): string =>
    text(deployment(image, { command, ports: [{ containerPort: port }] }, { serviceAccountName: "web" }), admin("web"));
  test.each<[string, string, RegExp]>([
    [
      "a proxy of kubectl in an image of its own",
      listens("example.com/tools:1", ["kubectl", "proxy", "--address=0.0.0.0"], 8001),
      /^high any pod .* no login \(--address/,
    ],
    ["one for its own pod", listens("example.com/kubectl:1", ["kubectl", "proxy"], 8001), /^high code in /],
    [
      "one for its own pod, as it says",
      listens("example.com/kubectl:1", ["kubectl", "proxy", "--address", "127.0.0.1"], 8001),
      /^high code in /,
    ],
    [
      "the runtime's socket, word by word",
      listens("alpine/socat:1", ["socat", "TCP-LISTEN:2375,fork", "UNIX-CONNECT:/var/run/docker.sock"], 2375),
      /^high any pod .* no login \(socat/,
    ],
    ["Redis for its own pod", listens("redis:7", ["redis-server", "--bind", "127.0.0.1"], 6379), /^high code in /],
    [
      "Redis for every pod",
      listens("redis:7", ["redis-server", "--bind", "0.0.0.0"], 6379),
      /^high any pod .* no login/,
    ],
  ])("%s", (_, manifests, expected) => {
    expect(first(manifests)).toMatch(expected);
  });

  test.each([
    ["Jupyter without a token", open("jupyter/base-notebook:x", { args: ["--NotebookApp.token=''"] }, 8888)],
    ["Solr", open("solr:8", {}, 8983)],
  ])("%s is a line of its own though it leads nowhere", (_, manifests) => {
    const { findings } = audited(manifests);
    expect(findings.filter(({ severity }) => severity === "high").map(({ rule }) => rule)).toEqual(["exposed"]);
  });

  test("what tells of the cluster is less than what does something", () => {
    const severities = (image: string): readonly string[] =>
      audited(open(image, {}, 9090))
        .findings.filter(({ rule }) => rule === "exposed")
        .map(({ severity }) => severity);
    expect(severities("prom/prometheus:v2.50.0")).toEqual(["medium"]);
    expect(severities("example.com/unknown:1")).toEqual(["low"]);
  });
});

describe("pods that get out", () => {
  const escaping = { hostPID: true, containers: [{ name: "main", image: "x", securityContext: { privileged: true } }] };
  test.each([
    ["v1", "Pod", escaping],
    ["apps/v1", "Deployment", { template: { spec: escaping } }],
    ["apps/v1", "DaemonSet", { template: { spec: escaping } }],
    ["apps/v1", "StatefulSet", { template: { spec: escaping } }],
    ["apps/v1", "ReplicaSet", { template: { spec: escaping } }],
    ["v1", "ReplicationController", { template: { spec: escaping } }],
    ["batch/v1", "Job", { template: { spec: escaping } }],
    ["batch/v1beta1", "CronJob", { jobTemplate: { spec: { template: { spec: escaping } } } }],
  ])("of %s %s", (apiVersion, kind, spec) => {
    expect(first(text({ apiVersion, kind, metadata: { name: "x", namespace: "shop" }, spec }))).toMatch(
      new RegExp(`^high code in ${kind}/shop/x → privileged container main and 1 more → node$`),
    );
  });

  const mounted = (path: string, readOnly = false): string =>
    text(
      deployment(
        "x",
        { volumeMounts: [{ name: "v", mountPath: "/v", readOnly }] },
        { volumes: [{ name: "v", hostPath: { path } }] },
      ),
    );
  const capable = (name: string, spec: Spec = {}): string =>
    text(deployment("x", { securityContext: { capabilities: { add: [name] } } }, spec));

  test.each([
    ["the root of the node", mounted("/"), "high", "node"],
    ["the root of the node, to read", mounted("/", true), "medium", "node"],
    ["a module for the kernel", capable("SYS_MODULE"), "high", "node"],
    ["tracing processes of the node", capable("SYS_PTRACE", { hostPID: true }), "high", "node"],
    ["the kernel's core pattern", mounted("/proc/sys/kernel"), "high", "node"],
    ["links in the node's logs", mounted("/var/log"), "medium", "node"],
    ["the runtime's socket", mounted("/run/containerd/containerd.sock"), "high", "node"],
    ["the folder of a runtime's socket", mounted("/var/run/crio"), "high", "node"],
    ["tokens of other pods", mounted("/var/lib/kubelet/pods", true), "medium", "node"],
    ["keys of the node's root", mounted("/root/.ssh", true), "medium", "node"],
  ])("by %s", (_, manifests, severity, end) => {
    const [chain] = chainsOf(audited(manifests));
    expect([chain?.severity, chain?.chain?.end]).toEqual([severity, end]);
  });
});

describe("rights that grow", () => {
  const RBAC = "rbac.authorization.k8s.io";
  const having = (rules: readonly object[], isOfCluster: boolean): string =>
    documents(text(deployment("x", {}, { serviceAccountName: "web" })), bound("web", rules, isOfCluster));
  const on = (group: string, resources: readonly string[], ...verbs: readonly string[]): object => ({
    apiGroups: [group],
    resources,
    verbs,
  });

  test.each([
    ["impersonates users", [on("", ["users", "groups"], "impersonate")], true, "high", "impersonates"],
    ["makes pods everywhere", [on("", ["pods"], "create")], true, "high", "creates-pods"],
    ["patches pods of its namespace", [on("", ["pods"], "patch")], false, "medium", "creates-pods"],
    ["runs commands everywhere", [on("", ["pods/exec"], "create")], true, "high", "execs"],
    ["attaches everywhere", [on("", ["pods/attach"], "create")], true, "high", "execs"],
    ["adds debuggers everywhere", [on("", ["pods/ephemeralcontainers"], "patch")], true, "high", "execs"],
    ["asks kubelets", [on("", ["nodes/proxy"], "get")], true, "high", "nodes-proxy"],
    ["lists Secrets", [on("", ["secrets"], "list")], false, "medium", "reads-secrets"],
    ["guesses names of Secrets", [on("", ["secrets"], "get")], true, "medium", "reads-secrets"],
    [
      "binds roles of the cluster",
      [on(RBAC, ["clusterrolebindings"], "create"), on(RBAC, ["clusterroles"], "bind")],
      true,
      "high",
      "escalates",
    ],
    [
      "binds roles of its namespace",
      [on(RBAC, ["rolebindings"], "create"), on(RBAC, ["roles"], "bind")],
      false,
      "medium",
      "escalates",
    ],
    [
      "writes webhooks",
      [on("admissionregistration.k8s.io", ["mutatingwebhookconfigurations"], "patch")],
      true,
      "medium",
      "changes-admission",
    ],
  ])("of an account that %s", (_, rules, isOfCluster, severity, rule) => {
    const [chain] = chainsOf(audited(having(rules, isOfCluster)));
    expect([chain?.severity, chain?.rule]).toEqual([severity, rule]);
  });

  test.each([
    ["writes Secrets", on("", ["secrets"], "delete"), "writes-secrets"],
    ["forwards ports", on("", ["pods/portforward"], "create"), "forwards-ports"],
    ["deletes pods", on("", ["pods"], "delete"), "deletes-workloads"],
    ["deletes Events", on("", ["events"], "deletecollection"), "deletes-traces"],
    ["changes policies", on("networking.k8s.io", ["networkpolicies"], "update"), "writes-network"],
    ["changes ConfigMaps", on("", ["configmaps"], "patch"), "writes-config-maps"],
  ])("a role that %s is said, and one that names its objects is not", (_, rule, id) => {
    expect(ruleIds(audited(bound("x", [rule])))).toContain(id);
    expect(ruleIds(audited(bound("x", [{ ...rule, resourceNames: ["one"] }])))).not.toContain(id);
  });

  test.each([
    ["User", "system:anonymous", "medium"],
    ["Group", "system:unauthenticated", "medium"],
    ["Group", "system:authenticated", "low"],
    ["Group", "team-a", undefined],
  ])("a harmless right of %s %s", (kind, name, severity) => {
    const binding = {
      apiVersion: `${RBAC}/v1`,
      kind: "RoleBinding",
      metadata: { name: "b", namespace: "shop" },
      roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: "view" },
      subjects: [{ kind, name }],
    };
    const found = audited(text(binding)).findings.filter(({ rule }) => rule === "unnamed-callers");
    expect(found.map((one) => one.severity)).toEqual(severity === undefined ? [] : [severity]);
    // What a cluster is started with says nothing.
    const started = { ...binding, metadata: { name: "b", namespace: "kube-public" } };
    const role = { ...binding.roleRef, kind: "Role", name: "kubeadm:bootstrap-signer-clusterinfo" };
    expect(ruleIds(audited(text({ ...started, roleRef: role })))).not.toContain("unnamed-callers");
  });
});

test("a cut can be pasted, whatever a binding is called", () => {
  const name = "a'; $(reboot) #";
  const binding = { ...(admin("web") as object), metadata: { name } };
  const [chain] = chainsOf(audited(text(deployment("x", {}, { serviceAccountName: "web" }), binding)));
  expect(chain?.chain?.cut).toMatch(/^kubectl delete clusterrolebinding 'a'\\''; \$\(reboot\) #', or bind/);
});

describe("pairs of good and bad", () => {
  const pod = (annotations: Spec): string =>
    text({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "x", namespace: "shop", annotations },
      spec: { containers: [{ name: "main", image: "x" }] },
    });
  const ingress = (annotations: Spec): string =>
    text({
      apiVersion: "networking.k8s.io/v1",
      kind: "Ingress",
      metadata: { name: "x", namespace: "shop", annotations },
      spec: { tls: [{ secretName: "x" }], rules: [] },
    });
  const apparmor = "container.apparmor.security.beta.kubernetes.io/main";
  const nginx = "nginx.ingress.kubernetes.io";

  test.each([
    ["apparmor-runtime-default", pod({ [apparmor]: "unconfined" }), pod({ [apparmor]: "runtime/default" })],
    [
      "ingress-snippet",
      ingress({ [`${nginx}/configuration-snippet`]: "x;" }),
      ingress({ [`${nginx}/rewrite-target`]: "/" }),
    ],
  ])("%s", (rule, bad, good) => {
    expect(ruleIds(audited(bad))).toContain(rule);
    expect(ruleIds(audited(good))).not.toContain(rule);
  });
});
