/** What an audit says of what it read: chains from each start to each end, each once, and where to cut. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { aPod, aService, audited, bound, chainsOf, documents, ruleIds } from "../../test/support/audited.ts";

const DASHBOARD = readFileSync(join(import.meta.dirname, "../../test/audit/dashboard-2018.yaml"), "utf8");
const NODE_PORT = { type: "NodePort" };
const TOKEN = { automountServiceAccountToken: true, serviceAccountName: "web" };
const all = (...resources: readonly string[]) => ({ apiGroups: ["", "apps", "batch"], resources, verbs: ["*"] });
const EVERYTHING = { apiGroups: ["*"], resources: ["*"], verbs: ["*"] };

const lines = (text: string): readonly string[] =>
  chainsOf(audited(text)).map(({ severity, words }) => `${severity} ${words}`);

describe("the dashboard of 2018", () => {
  test("is the first line, each link with its evidence", () => {
    const [first, ...others] = audited(DASHBOARD).findings;
    expect(first).toMatchObject({
      severity: "critical",
      kind: "chain",
      rule: "everything",
      words:
        "internet → Service/kubernetes-dashboard (NodePort 30443) → no login (--enable-skip-login, app.yaml:55) → account kubernetes-dashboard → cluster-admin (ClusterRoleBinding/kubernetes-dashboard, app.yaml:23)",
      chain: { start: "internet", end: "cluster", login: "none" },
    });
    expect(others.map(({ kind }) => kind)).not.toContain("chain");
  });

  test("its cut silences it", () => {
    const cut = DASHBOARD.split("---\n").filter((one) => !one.includes("kind: ClusterRoleBinding"));
    expect(chainsOf(audited(DASHBOARD))[0]?.chain?.cut).toContain(
      "kubectl delete clusterrolebinding kubernetes-dashboard",
    );
    const { findings } = audited(cut.join("---\n"));
    expect(findings.filter(({ severity }) => severity !== "low" && severity !== "info")).toEqual([]);
  });

  test.each([
    [
      "behind a ClusterIP",
      ["type: NodePort", "type: ClusterIP"],
      "high any pod → Deployment/kube-system/kubernetes-dashboard, port 8443 → no login",
    ],
    [
      "with a login",
      ["- --enable-skip-login", "- --disable-skip"],
      "high internet → Service/kubernetes-dashboard (NodePort 30443) → login (it asks for a token",
    ],
    [
      "with a NetworkPolicy before it",
      [],
      "high code in Deployment/kube-system/kubernetes-dashboard → account kubernetes-dashboard → cluster-admin",
    ],
  ])("%s it ranks lower", (name, [from = "", to = ""], line) => {
    const closed = name.includes("NetworkPolicy")
      ? documents(
          DASHBOARD,
          "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: deny, namespace: kube-system}, spec: {podSelector: {}}}",
        )
      : DASHBOARD.replace(from, to);
    const [first, ...others] = lines(closed);
    expect(first?.startsWith(line)).toBe(true);
    expect(others).toEqual([]);
  });

  test("an identity does not depend on lines or order", () => {
    const ids = (text: string) =>
      audited(text)
        .findings.flatMap(({ members }) => members.map(({ id }) => id))
        .sort();
    const moved = `# a comment\n\n${DASHBOARD.split("---\n").reverse().join("---\n")}`;
    expect(ids(moved)).toEqual(ids(DASHBOARD));
  });
});

/** The way from code in a pod to the node, by what the pod is given. */
test.each<[string, string, object, object, boolean]>([
  ["privileged", "privileged", {}, { securityContext: { privileged: true } }, true],
  [
    "a privileged init container",
    "privileged",
    { initContainers: [{ name: "i", image: "i:1", securityContext: { privileged: true } }] },
    {},
    true,
  ],
  ["hostPath /", "host-path", hostPath("/"), mounted(), true],
  ["hostPath / by another name", "host-path", hostPath("//etc/.."), mounted(), true],
  ["hostPath /proc", "host-path", hostPath("/proc"), mounted(), true],
  ["hostPath /etc, to read", "host-path", hostPath("/etc"), mounted(true), true],
  ["hostPath /var/log", "host-path", hostPath("/var/log"), mounted(), true],
  ["hostPath of a harmless folder", "host-path", hostPath("/srv/data"), mounted(), false],
  ["hostPath of the time zone", "host-path", hostPath("/etc/localtime"), mounted(true), false],
  ["a hostPath that nobody mounts", "host-path", hostPath("/"), {}, false],
  ["docker.sock", "runtime-socket", hostPath("/var/run/docker.sock"), mounted(true), true],
  ["containerd.sock", "runtime-socket", hostPath("/run/containerd/containerd.sock"), mounted(), true],
  ["crio.sock", "runtime-socket", hostPath("/var/run/crio/crio.sock"), mounted(), true],
  ["hostPID alone", "host-process-list", { hostPID: true }, {}, true],
  ["hostPID with SYS_PTRACE", "host-processes", { hostPID: true }, capability("SYS_PTRACE"), true],
  ["hostNetwork", "host-network", { hostNetwork: true }, {}, true],
  ["hostIPC", "host-ipc", { hostIPC: true }, {}, true],
  ["SYS_ADMIN", "capabilities", {}, capability("SYS_ADMIN"), true],
  ["CAP_SYS_MODULE", "capabilities", {}, capability("CAP_SYS_MODULE"), true],
  ["ALL", "capabilities", {}, capability("ALL"), true],
  ["NET_BIND_SERVICE", "capabilities", {}, capability("NET_BIND_SERVICE"), false],
  ["unmasked /proc", "unmasked-proc", {}, { securityContext: { procMount: "Unmasked" } }, true],
  ["HostProcess", "host-process", { securityContext: { windowsOptions: { hostProcess: true } } }, {}, true],
  ["nothing", "privileged", {}, {}, false],
])("a pod with %s", (_, edge, spec, container, isFound) => {
  const links = chainsOf(audited(aPod("bad", spec, container))).flatMap(
    ({ chain }) => chain?.links.map((link) => link.edge) ?? [],
  );
  expect(links.includes(edge)).toBe(isFound);
});

function hostPath(path: string): object {
  return { volumes: [{ name: "v", hostPath: { path } }] };
}

function mounted(readOnly = false): object {
  return { volumeMounts: [{ name: "v", mountPath: "/host", readOnly }] };
}

function capability(...add: readonly string[]): object {
  return { securityContext: { capabilities: { add } } };
}

/** From the account of a pod to an end, by what the account may do. */
test.each<[string, string, object, boolean, boolean]>([
  ["everything", "everything", EVERYTHING, true, true],
  ["to read Secrets", "reads-secrets", { apiGroups: [""], resources: ["secrets"], verbs: ["list"] }, true, true],
  [
    "to read Secrets of its namespace",
    "reads-secrets",
    { apiGroups: [""], resources: ["secrets"], verbs: ["get"] },
    false,
    true,
  ],
  [
    "to read one Secret",
    "reads-secrets",
    { apiGroups: [""], resources: ["secrets"], verbs: ["get"], resourceNames: ["own"] },
    false,
    false,
  ],
  ["to enter pods", "execs", { apiGroups: [""], resources: ["pods/exec"], verbs: ["create"] }, true, true],
  [
    "to make tokens",
    "issues-tokens",
    { apiGroups: [""], resources: ["serviceaccounts/token"], verbs: ["create"] },
    true,
    true,
  ],
  ["to impersonate", "impersonates", { apiGroups: [""], resources: ["users"], verbs: ["impersonate"] }, true, true],
  [
    "to bind",
    "escalates",
    { apiGroups: ["rbac.authorization.k8s.io"], resources: ["clusterroles"], verbs: ["bind"] },
    true,
    true,
  ],
  [
    "to escalate",
    "escalates",
    { apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles"], verbs: ["escalate"] },
    false,
    true,
  ],
  ["nodes/proxy", "nodes-proxy", { apiGroups: [""], resources: ["nodes/proxy"], verbs: ["get"] }, true, true],
  [
    "to approve certificates",
    "signs-certificates",
    { apiGroups: ["certificates.k8s.io"], resources: ["certificatesigningrequests/approval"], verbs: ["update"] },
    true,
    true,
  ],
  [
    "to change webhooks",
    "changes-admission",
    { apiGroups: ["admissionregistration.k8s.io"], resources: ["mutatingwebhookconfigurations"], verbs: ["create"] },
    true,
    true,
  ],
  [
    "to make Deployments",
    "creates-pods",
    { apiGroups: ["apps"], resources: ["deployments"], verbs: ["create"] },
    true,
    true,
  ],
  [
    "to make volumes",
    "creates-volumes",
    { apiGroups: [""], resources: ["persistentvolumes"], verbs: ["create"] },
    true,
    true,
  ],
  ["to read pods", "reads-secrets", { apiGroups: [""], resources: ["pods"], verbs: ["list"] }, true, false],
])("a pod whose account may do: %s", (_, edge, rule, isOfCluster, isFound) => {
  const text = documents(aPod("web", TOKEN), bound("web", [rule], isOfCluster));
  const links = chainsOf(audited(text)).flatMap(({ chain }) => chain?.links.map((link) => link.edge) ?? []);
  expect(links.includes(edge)).toBe(isFound);
  const without = documents(
    aPod("web", { ...TOKEN, automountServiceAccountToken: false }),
    bound("web", [rule], isOfCluster),
  );
  expect(chainsOf(audited(without))).toEqual([]);
});

test("a right in a namespace leads on to the strongest account of it", () => {
  const text = documents(
    aPod("web", TOKEN),
    bound("web", [all("pods")], false),
    "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: restricted}}}",
    "{apiVersion: v1, kind: ServiceAccount, metadata: {name: root, namespace: shop}}",
    bound("root", [EVERYTHING]),
  );
  expect(lines(text)).toContain(
    "high code in Pod/shop/web → account web → may make or change pods in shop (RoleBinding/shop/web-binding, app.yaml:5) → account root → everything, through ClusterRole/root-role (ClusterRoleBinding/root-binding, app.yaml:13)",
  );
});

const PORTS: readonly (readonly [string, number])[] = [
  ["grafana", 3000],
  ["argocli", 2746],
  ["mongo", 27_017],
  ["registry:", 5000],
  ["docker", 2375],
  ["tiller", 44_134],
  ["dashboard", 8443],
];

describe("a program that the internet reaches", () => {
  const redis = (container: object = {}) =>
    documents(aPod("redis", {}, { image: "redis:7.2", ...container }), aService("redis", 6379, NODE_PORT));

  test.each<[string, object, readonly string[]]>([
    [
      "Redis without a password",
      {},
      ["critical internet → Service/redis (NodePort) → no login (it has no password, app.yaml:1): the data of Redis"],
    ],
    ["Redis with a password", { args: ["--requirepass", "$(PASSWORD)"] }, []],
    ["Redis with a password in a line", { command: ["sh", "-c", "redis-server --requirepass $PASSWORD"] }, []],
    [
      "Redis with a password of its chart",
      { env: [{ name: "REDIS_PASSWORD", valueFrom: { secretKeyRef: { name: "r", key: "p" } } }] },
      [],
    ],
  ])("%s", (_, container, expected) => {
    expect(lines(redis(container))).toEqual(expected);
  });

  test.each([
    ["jupyter/base-notebook:6", { args: ["start.sh", "--NotebookApp.token=''"] }, "none"],
    ["jupyter/base-notebook:6", {}, "some"],
    ["grafana/grafana:9.1.0", { env: [{ name: "GF_AUTH_ANONYMOUS_ENABLED", value: "true" }] }, "none"],
    ["grafana/grafana:9.1.0", { env: [{ name: "GF_AUTH_ANONYMOUS_ENABLED", value: "false" }] }, "some"],
    ["argoproj/argocli:v3.4.0", { args: ["server", "--auth-mode=server"] }, "none"],
    ["argoproj/argocli:v3.4.0", { args: ["server", "--auth-mode", "sso"] }, "some"],
    ["argoproj/argocli:v2.12.0", { args: ["server"] }, "none"],
    ["kubernetesui/dashboard:v2.7.0", { args: ["--auto-generate-certificates"] }, "some"],
    ["kubernetesui/dashboard:v2.7.0", { args: ["--enable-skip-login=true"] }, "none"],
    ["kubernetesui/dashboard-api:1.7.0", {}, "some"],
    ["k8s.gcr.io/kubernetes-dashboard-amd64:v1.5.1", {}, "none"],
    ["k8s.gcr.io/kubernetes-dashboard-amd64:v1.8.3", {}, "none"],
    ["k8s.gcr.io/kubernetes-dashboard-amd64:v1.10.1", { args: ["--auto-generate-certificates"] }, "some"],
    ["mongo:6", {}, "none"],
    [
      "mongo:6",
      { env: [{ name: "MONGO_INITDB_ROOT_PASSWORD", valueFrom: { secretKeyRef: { name: "m", key: "p" } } }] },
      "some",
    ],
    ["registry:2", {}, "none"],
    ["docker:dind", { args: ["dockerd", "--host=tcp://0.0.0.0:2375"] }, "none"],
    ["gcr.io/kubernetes-helm/tiller:v2.16.0", {}, "none"],
    ["tsl0922/ttyd:1.7", { command: ["sh", "-c", "ttyd -p 7681 bash"] }, "none"],
    ["tsl0922/ttyd:1.7", { args: ["-c", "user:password", "bash"] }, "some"],
    ["registry.example.com/shop/web:1.0.0", {}, "unknown"],
  ])("%s with %j has the login: %s", (image, container, login) => {
    const port = PORTS.find(([name]) => image.includes(name))?.[1];
    const text = documents(
      aPod("web", TOKEN, { image, ...container }),
      aService("web", port ?? 8080, NODE_PORT),
      bound("web", [EVERYTHING]),
    );
    const found = chainsOf(audited(text)).filter(({ chain }) => chain?.start === "internet");
    expect(found.map(({ chain }) => chain?.login)).toContain(login);
    if (login !== "none") expect(found.map(({ severity }) => severity)).not.toContain("critical");
  });

  test("a setting may stand in a ConfigMap that comes later", () => {
    const server = (anonymous: string) =>
      documents(
        aPod("argocd-server", TOKEN, {
          image: "quay.io/argoproj/argocd:v2.8.0",
          args: ["argocd-server"],
          ports: [{ containerPort: 8080 }],
        }),
        aService("argocd-server", 8080, { type: "LoadBalancer" }),
        bound("web", [EVERYTHING]),
        `{apiVersion: v1, kind: ConfigMap, metadata: {name: argocd-cm, namespace: shop}, data: {users.anonymous.enabled: "${anonymous}"}}`,
      );
    expect(lines(server("true"))[0]).toMatch(/^critical internet → .* → no login \(argo-cd-anonymous, app.yaml:\d+\)/);
    expect(lines(server("false"))[0]).toMatch(/^high internet → .* → login \(it asks for a login/);
  });

  test.each<[string, object, boolean]>([
    ["a ClusterIP", {}, false],
    ["a NodePort", NODE_PORT, true],
    ["a load balancer", { type: "LoadBalancer" }, true],
    ["a load balancer for one network", { type: "LoadBalancer", loadBalancerSourceRanges: ["10.0.0.0/8"] }, false],
    ["an external address", { externalIPs: ["203.0.113.7"] }, true],
    ["a Service of other pods", { type: "NodePort", selector: { app: "other" } }, false],
  ])("%s", (_, spec, isOpen) => {
    const text = documents(aPod("redis", {}, { image: "redis:7.2" }), aService("redis", 6379, spec));
    expect(lines(text).some((line) => line.startsWith("critical"))).toBe(isOpen);
  });

  test.each([
    [
      "an Ingress",
      "{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: r, namespace: shop}, spec: {rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: redis, port: {number: 6379}}}}]}}]}}",
    ],
    [
      "an old Ingress",
      "{apiVersion: extensions/v1beta1, kind: Ingress, metadata: {name: r, namespace: shop}, spec: {backend: {serviceName: redis, servicePort: 6379}}}",
    ],
    [
      "an HTTPRoute",
      "{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: r, namespace: shop}, spec: {rules: [{backendRefs: [{name: redis, port: 6379}]}]}}",
    ],
    [
      "a Route of OpenShift",
      "{apiVersion: route.openshift.io/v1, kind: Route, metadata: {name: r, namespace: shop}, spec: {to: {kind: Service, name: redis}}}",
    ],
  ])("%s leads there", (_, route) => {
    const text = documents(aPod("redis", {}, { image: "redis:7.2" }), aService("redis", 6379), route);
    expect(lines(text)[0]).toMatch(/^critical internet → .*\/r to Service\/redis → no login/);
  });

  test.each(["ingressClassName: nginx-internal", "parentRefs: [{name: private}]"])(
    "a route of the own network does not: %s",
    (internal) => {
      const kind = internal.startsWith("parent") ? "HTTPRoute" : "Ingress";
      const version = kind === "Ingress" ? "networking.k8s.io/v1" : "gateway.networking.k8s.io/v1";
      const route = `{apiVersion: ${version}, kind: ${kind}, metadata: {name: r, namespace: shop}, spec: {${internal}, defaultBackend: {service: {name: redis, port: {number: 6379}}}, rules: [{backendRefs: [{name: redis, port: 6379}]}]}}`;
      const text = (own: string) => documents(aPod("redis", {}, { image: "redis:7.2" }), aService("redis", 6379), own);
      expect(lines(text(route))[0]).toMatch(/^high any pod/);
      expect(lines(text(route.replace(internal, "x: y")))[0]).toMatch(/^critical internet/);
    },
  );

  test("a hostPort of the loopback does not", () => {
    const text = aPod(
      "redis",
      {},
      { image: "redis:7.2", ports: [{ containerPort: 6379, hostPort: 6379, hostIP: "127.0.0.1" }] },
    );
    expect(lines(text)[0]).toMatch(/^high any pod/);
  });

  test("a hostPort leads there too", () => {
    const text = aPod("redis", {}, { image: "redis:7.2", ports: [{ containerPort: 6379, hostPort: 6379 }] });
    expect(lines(text)[0]).toMatch(/^critical internet → port 6379 of the nodes \(hostPort\) → no login/);
  });
});

describe("everybody", () => {
  const binding = (name: string) =>
    `{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: all}, roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}, subjects: [{kind: Group, name: "${name}", apiGroup: rbac.authorization.k8s.io}]}`;
  test.each([
    ["system:unauthenticated", "critical internet → API server, without a name → cluster-admin"],
    ["system:authenticated", "critical any authenticated user → cluster-admin"],
    ["system:serviceaccounts", "high any pod → any account → cluster-admin"],
    ["system:serviceaccounts:shop", "high any pod → any account of shop → cluster-admin"],
  ])("in %s", (group, line) => {
    expect(lines(binding(group))[0]?.startsWith(line)).toBe(true);
  });

  test("people with all rights are no chain, and are told", () => {
    const { findings } = audited(binding("admins"));
    expect(findings.map(({ kind, severity, rule }) => ({ kind, severity, rule }))).toEqual([
      { kind: "posture", severity: "medium", rule: "everything" },
    ]);
  });

  test("what the API server binds itself is no finding", () => {
    const own = (kind: string, rest: string) =>
      `{apiVersion: rbac.authorization.k8s.io/v1, kind: ${kind}, metadata: {name: cluster-admin, labels: {kubernetes.io/bootstrapping: rbac-defaults}}, ${rest}}`;
    const text = documents(
      own("ClusterRole", 'rules: [{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}]'),
      own(
        "ClusterRoleBinding",
        'roleRef: {kind: ClusterRole, name: cluster-admin}, subjects: [{kind: Group, name: "system:masters"}]',
      ),
    );
    expect(audited(text).findings).toEqual([]);
  });
});

test("an etcd of the cluster that asks for no certificate gives the cluster away", () => {
  const etcd = (...args: readonly string[]) =>
    aPod(
      "etcd",
      {},
      { image: "registry.k8s.io/etcd:3.6.6-0", command: ["etcd", ...args], ports: [{ containerPort: 2379 }] },
    ).replaceAll("shop", "kube-system");
  expect(lines(etcd())[0]).toMatch(
    /^high any pod → Pod\/kube-system\/etcd, port 2379 → no login .*: every object of the cluster$/,
  );
  expect(lines(etcd("--client-cert-auth=true", "--trusted-ca-file=/ca.crt"))).toEqual([]);
});

test("kubelets without login are told from their configuration", () => {
  const kubelet = (text: string) =>
    JSON.stringify({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "kubelet-config", namespace: "kube-system" },
      data: { kubelet: text },
    });
  const open = "authentication:\n  anonymous:\n    enabled: true\nauthorization:\n  mode: AlwaysAllow\n";
  expect(lines(kubelet(open))[0]).toMatch(/^high any pod → kubelets, port 10250, without login → node$/);
  expect(lines(kubelet("readOnlyPort: 10255\n"))[0]).toMatch(/^medium any pod → kubelets, port 10255/);
  expect(
    lines(
      kubelet("authentication:\n  anonymous:\n    enabled: false\nauthorization:\n  mode: Webhook\nreadOnlyPort: 0\n"),
    ),
  ).toEqual([]);
});

test("of two ways to one end the more severe is told", () => {
  const text = documents(
    aPod("web", TOKEN),
    aService("web", 8080, NODE_PORT),
    aPod("console", TOKEN, { image: "hjacobs/kube-web-view:23.8.0", ports: [{ containerPort: 8080 }] }),
    bound("web", [{ apiGroups: [""], resources: ["secrets"], verbs: ["list"] }]),
  );
  // From the internet nobody knows whether web asks for a login; from a pod the console is known to ask nobody.
  expect(lines(text)).toEqual([expect.stringMatching(/^high any pod → Pod\/shop\/console, port 8080 → no login/)]);
});

test("an aggregated role has the rules of its parts", () => {
  const text = documents(
    aPod("web", TOKEN),
    "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: sum}, aggregationRule: {clusterRoleSelectors: [{matchLabels: {part: 'yes'}}]}, rules: []}",
    "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: part, labels: {part: 'yes'}}, rules: [{apiGroups: [''], resources: [secrets], verbs: [get]}]}",
    "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: b}, roleRef: {kind: ClusterRole, name: sum}, subjects: [{kind: ServiceAccount, name: web, namespace: shop}]}",
  );
  expect(lines(text)[0]).toContain("may read every Secret of the cluster (ClusterRoleBinding/b");
});

test("equal chains are one, and name the others", () => {
  const text = documents(...["a", "b", "c"].map((name) => aPod(name, {}, { securityContext: { privileged: true } })));
  const [first, ...others] = chainsOf(audited(text));
  expect(first?.members.map(({ words }) => words)).toEqual(["Pod/shop/a", "Pod/shop/b", "Pod/shop/c"]);
  expect(new Set(first?.members.map(({ id }) => id)).size).toBe(3);
  expect(others).toEqual([]);
});

test("what makes a pod tells of it, once", () => {
  const owner = (kind: string, name: string) => [{ apiVersion: "v1", kind, name, uid: "u", controller: true }];
  const made = JSON.parse(aPod("web-6d5f-x", {}, { securityContext: { privileged: true } })) as { metadata: object };
  const pod = { ...made, metadata: { ...made.metadata, ownerReferences: owner("ReplicaSet", "web-6d5f") } };
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "shop" },
    spec: {
      template: {
        metadata: { labels: {} },
        spec: { containers: [{ name: "m", image: "m:1", securityContext: { privileged: true } }] },
      },
    },
  };
  expect(lines(documents(JSON.stringify(pod), JSON.stringify(deployment)))).toEqual([
    "high code in Deployment/shop/web → privileged container m → node",
  ]);
});

test("pods of a controller that nobody read are one workload, by its name", () => {
  const pods = ["a", "b"].map((suffix) => {
    const pod = JSON.parse(aPod(`agent-${suffix}`, {}, { securityContext: { privileged: true } })) as {
      metadata: object;
    };
    const ownerReferences = [
      { apiVersion: "example.com/v1", kind: "Agent", name: "agent", uid: "u", controller: true },
    ];
    return JSON.stringify({ ...pod, metadata: { ...pod.metadata, ownerReferences } });
  });
  expect(lines(documents(...pods))).toEqual(["high code in Agent/shop/agent → privileged container main → node"]);
});

test("objects of one name in several files all count", () => {
  const text = documents(
    aPod("web", {}, { securityContext: { privileged: true } }),
    aPod("web"),
    aPod("web", {}, { securityContext: { privileged: true } }),
    bound("web", [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }]),
    bound("web", [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }]),
  );
  const { findings } = audited(text);
  expect(findings.find(({ rule }) => rule === "privileged")?.members.map(({ words }) => words)).toEqual([
    "Pod/shop/web",
    "Pod/shop/web (3)",
  ]);
  expect(findings.map(({ rule }) => rule)).toContain("reads-secrets");
});

test.each([
  ["a+", 500_000],
  ["eyJ-", 250_000],
  ["\n", 1_000_000],
  ["auth:\n ", 140_000],
  ["[auth.anonymous]\n", 60_000],
  ["pool.", 200_000],
  ["a.", 500_000],
  ["a://a:", 160_000],
  ['"private_key" ', 70_000],
])("a text of %j, many times over, is judged as any other", (part, times) => {
  const text = part.repeat(times);
  const data = { kubelet: text, "app.conf": `${text}:` };
  const { unread } = audited(
    documents(
      JSON.stringify({
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "kubelet-config", namespace: "kube-system" },
        data,
      }),
      aPod("web", {}, { args: [text], env: [{ name: "A", value: text }] }),
    ),
  );
  expect(unread).toEqual([]);
});

test("no policy holds before a pod in the node's network", () => {
  const deny =
    "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: deny, namespace: shop}, spec: {podSelector: {}}}";
  const redis = (spec: object) =>
    documents(aPod("redis", spec, { image: "redis:7.2", ports: [{ containerPort: 6379 }] }), deny);
  expect(lines(redis({}))).toEqual([]);
  expect(lines(redis({ hostNetwork: true }))[0]).toMatch(
    /^critical internet → port 6379 of the nodes \(hostNetwork\) → no login/,
  );
});

test("from one workload only what it leads to is told", () => {
  const text = documents(
    aPod("web", TOKEN),
    bound("web", [EVERYTHING]),
    aPod("other", {}, { securityContext: { privileged: true } }),
    aPod("redis", {}, { image: "redis:7.2", ports: [{ containerPort: 6379 }] }),
  );
  const told = chainsOf(audited(text, { from: "Pod/shop/web" })).map(({ words }) => words);
  expect(told).toHaveLength(2);
  expect(told[0]).toMatch(/^code in Pod\/shop\/web → account web → everything/);
  expect(told[1]).toMatch(/^code in Pod\/shop\/web → Pod\/shop\/redis, port 6379 → no login/);
});

describe("credentials", () => {
  const SECRET = "hunter2-hunter2-hunter2";
  const env = (name: string, value: string) => aPod("web", {}, { env: [{ name, value }] });
  test.each([
    ["DB_PASSWORD", SECRET, true],
    ["AWS_SECRET_ACCESS_KEY", SECRET, true],
    ["apiKey", SECRET, true],
    ["DATABASE_URL", `postgres://shop:${SECRET}@db/shop`, true],
    ["PASSWORD_FILE", "/run/secrets/password", false],
    ["TOKEN_TTL", "3600", false],
    ["LOG_LEVEL", "debug", false],
    ["DB_PASSWORD", "$(OTHER)", false],
  ])("variable %s", (name, value, isFound) => {
    const audit = audited(env(name, value));
    expect(ruleIds(audit).includes("credentials-in-variables")).toBe(isFound);
    expect(JSON.stringify(audit)).not.toContain(SECRET);
  });

  test.each([
    [{ password: SECRET }, true],
    [{ "app.properties": `db.user=shop\ndb.password=${SECRET}\n` }, true],
    [{ "id_rsa.txt": "-----BEGIN RSA PRIVATE KEY-----\nabc\n" }, true],
    [{ "app.properties": "db.user=shop\nlog.level=debug\n" }, false],
  ])("in a ConfigMap %#", (data, isFound) => {
    const audit = audited(
      JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c", namespace: "shop" }, data }),
    );
    expect(ruleIds(audit).includes("credentials-in-config-maps")).toBe(isFound);
    expect(JSON.stringify(audit)).not.toContain(SECRET);
  });

  test.each([
    [[`--db-password=${SECRET}`], true],
    [["sh", "-c", `run --api-token="${SECRET}"`], true],
    [["--password=$(DB_PASSWORD)", "--token-file=/run/token", "--secret-name=web"], false],
  ])("on the command line %#", (args, isFound) => {
    const audit = audited(aPod("web", {}, { args }));
    expect(ruleIds(audit).includes("credentials-in-variables")).toBe(isFound);
    expect(JSON.stringify(audit)).not.toContain(SECRET);
  });

  test("a password that closes a program is not told either", () => {
    const audit = audited(
      documents(
        aPod("redis", {}, { image: "redis:7.2", command: ["sh", "-c", `redis-server --requirepass ${SECRET}`] }),
        aService("redis", 6379, NODE_PORT),
      ),
    );
    expect(JSON.stringify(audit)).not.toContain(SECRET.slice(0, 4));
  });

  test("of a Secret nothing is told", () => {
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s", namespace: "shop" },
      stringData: { password: SECRET },
    };
    expect(audited(JSON.stringify(secret))).toMatchObject({ findings: [], unread: [] });
  });
});

test.each([
  [{ image: "registry.example.com/tools/xmrig:6" }, true],
  [{ command: ["sh", "-c", "./run -o stratum+tcp://pool.example.com:3333"] }, true],
  [{ image: "registry.example.com/shop/web:1.0.0" }, false],
])("signs of mining in %j", (container, isFound) => {
  expect(ruleIds(audited(aPod("job", {}, container))).includes("mining")).toBe(isFound);
});

describe("what could not be read", () => {
  test("a role that was not read is told", () => {
    const text =
      "{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: {name: b}, roleRef: {kind: ClusterRole, name: elsewhere}, subjects: []}";
    expect(audited(text).unread).toEqual([
      { file: "app.yaml", line: 1, problem: "ClusterRoleBinding/b binds ClusterRole/elsewhere, which was not read" },
    ]);
  });

  test("a pod that no rule can judge is told", () => {
    const text =
      "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: shop}, spec: {containers: [{name: a, image: 7, env: 3}], volumes: 4}}";
    const [field, whole, ...others] = audited(text).unread.map(({ problem }) => problem);
    expect(field).toBe("Pod/shop/p: spec.containers[0].env must be a list");
    expect(whole).toMatch(/^Pod\/shop\/p cannot be judged: /);
    expect(others).toEqual([]);
  });
});
