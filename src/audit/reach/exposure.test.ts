/** What leads the internet to a program: Services of every type, Ingresses, and routes with what grants and names them. */
import { expect, test } from "@jest/globals";
import { aPod, aService, audited, documents } from "../../../test/support/audited.ts";

type Raw = Readonly<Record<string, unknown>>;

const REDIS = documents(aPod("redis", {}, { image: "redis:7.2" }), aService("redis", 6379));
const BACKEND = { name: "redis", port: 6379 };

const object = (apiVersion: string, kind: string, spec: Raw, metadata: Raw = {}): string =>
  JSON.stringify({ apiVersion, kind, metadata: { name: "x", namespace: "shop", ...metadata }, spec });

const ingress = (annotations: Raw, ingressClassName?: string, service = "redis", namespace = "shop"): string =>
  object(
    "networking.k8s.io/v1",
    "Ingress",
    { ingressClassName, defaultBackend: { service: { name: service, port: { number: 6379 } } } },
    { annotations, namespace },
  );

const route = (
  kind: string,
  backend: Raw = BACKEND,
  gateways: readonly string[] = ["edge"],
  namespace = "shop",
): string =>
  object(
    "gateway.networking.k8s.io/v1",
    kind,
    { parentRefs: gateways.map((name) => ({ name })), rules: [{ backendRefs: [backend] }] },
    { namespace },
  );

const alias = (externalName: string): string =>
  object(
    "v1",
    "Service",
    { type: "ExternalName", externalName, ports: [{ port: 6379 }] },
    { name: "alias", namespace: "edge" },
  );

const grant = (from: Raw, to: Raw): string =>
  object("gateway.networking.k8s.io/v1beta1", "ReferenceGrant", {
    from: [{ group: "gateway.networking.k8s.io", ...from }],
    to: [{ group: "", ...to }],
  });

const ELSEWHERE = route("HTTPRoute", { ...BACKEND, namespace: "shop" }, ["edge"], "edge");
const nginx = "nginx.ingress.kubernetes.io";
const traefik = "traefik.ingress.kubernetes.io/router.middlewares";
const scheme = { "alb.ingress.kubernetes.io/scheme": "internal" };

/** The worst of what begins in the internet. */
const worst = (...texts: readonly string[]): string | undefined =>
  audited(documents(REDIS, ...texts)).findings.find(
    ({ chain, rule }) => chain?.start === "internet" || rule === "exposed",
  )?.severity;

test.each<[string, string | undefined, readonly string[]]>([
  ["a Service inside", undefined, []],
  ["a NodePort", "critical", [aService("redis", 6379, { type: "NodePort" })]],
  [
    "a NodePort, beside another Service of its name",
    "critical",
    [aService("redis", 6379, { type: "NodePort" }), aService("redis", 6379, { selector: { app: "other" } })],
  ],
  ["another name", "critical", [ingress({}, "nginx", "alias", "edge"), alias("redis.shop.svc.cluster.local")]],
  ["another name, without the domain", "critical", [ingress({}, "nginx", "alias", "edge"), alias("redis.shop.svc")]],
  ["a name of another place", "low", [ingress({}, "nginx", "alias", "edge"), alias("redis.example.com")]],
  ["a name of itself", "low", [ingress({}, "nginx", "alias", "edge"), alias("alias.edge.svc")]],
  ["an Ingress to a Service that was not read", "low", [ingress({}, "nginx", "unread")]],
  ["an Ingress", "critical", [ingress({}, "nginx")]],
  ["an Ingress of an internal class", undefined, [ingress({}, "nginx-internal")]],
  ["an Ingress of ALB that is internal", undefined, [ingress(scheme, "alb")]],
  ["an Ingress of another class that says so to ALB", "critical", [ingress(scheme, "nginx")]],
  [
    "an Ingress for one network",
    undefined,
    [ingress({ [`${nginx}/whitelist-source-range`]: "10.0.0.0/8, 192.0.2.0/24" }, "nginx")],
  ],
  [
    "an Ingress for everybody",
    "critical",
    [ingress({ [`${nginx}/whitelist-source-range`]: "10.0.0.0/8,0.0.0.0/0" }, "nginx")],
  ],
  [
    "an Ingress for one network of another controller",
    "critical",
    [ingress({ [`${nginx}/whitelist-source-range`]: "10.0.0.0/8" }, "traefik")],
  ],
  [
    "a load balancer for one network, by annotation",
    undefined,
    [
      aService("redis", 6379, { type: "LoadBalancer" }).replace(
        '"namespace"',
        '"annotations":{"service.beta.kubernetes.io/load-balancer-source-ranges":"10.0.0.0/8"},"namespace"',
      ),
    ],
  ],
  ["an Ingress with a login", "low", [ingress({ [`${nginx}/auth-url`]: "https://login.example.com" }, "nginx")]],
  [
    "an Ingress with a login of another controller",
    "critical",
    [ingress({ [`${nginx}/auth-url`]: "https://a" }, "traefik")],
  ],
  ["an Ingress with certificates", "low", [ingress({ [`${nginx}/auth-tls-secret`]: "shop/ca" }, "nginx")]],
  [
    "an Ingress with certificates that nobody needs",
    "critical",
    [ingress({ [`${nginx}/auth-tls-secret`]: "shop/ca", [`${nginx}/auth-tls-verify-client`]: "optional" }, "nginx")],
  ],
  ["a middleware that asks for a login", "low", [ingress({ [traefik]: "shop-forward-auth@kubernetescrd" }, "traefik")]],
  [
    "a middleware that does something else",
    "critical",
    [ingress({ [traefik]: "shop-strip-prefix@kubernetescrd" }, "traefik")],
  ],
  ["an HTTPRoute", "critical", [route("HTTPRoute")]],
  ["a TCPRoute", "critical", [route("TCPRoute")]],
  ["a UDPRoute to a port of TCP", undefined, [route("UDPRoute")]],
  ["an HTTPRoute of an internal Gateway", undefined, [route("HTTPRoute", BACKEND, ["internal"])]],
  ["an HTTPRoute of an internal and another Gateway", "critical", [route("HTTPRoute", BACKEND, ["internal", "edge"])]],
  ["an HTTPRoute of another namespace", "high", [ELSEWHERE]],
  [
    "one that is granted",
    "critical",
    [ELSEWHERE, grant({ kind: "HTTPRoute", namespace: "edge" }, { kind: "Service" })],
  ],
  [
    "one that is granted by name",
    "critical",
    [ELSEWHERE, grant({ kind: "HTTPRoute", namespace: "edge" }, { kind: "Service", name: "redis" })],
  ],
  [
    "one whose grant names another Service",
    "high",
    [ELSEWHERE, grant({ kind: "HTTPRoute", namespace: "edge" }, { kind: "Service", name: "web" })],
  ],
  [
    "one whose grant is of other routes",
    "high",
    [ELSEWHERE, grant({ kind: "GRPCRoute", namespace: "edge" }, { kind: "Service" })],
  ],
  [
    "one whose grant is of another namespace",
    "high",
    [ELSEWHERE, grant({ kind: "HTTPRoute", namespace: "b" }, { kind: "Service" })],
  ],
])("%s: %s", (_, severity, texts) => {
  expect(worst(...texts)).toBe(severity);
});

const TOKEN = { automountServiceAccountToken: true, serviceAccountName: "web" };
const binding = (kind: string, name: string): string =>
  JSON.stringify({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: kind === "Role" ? "RoleBinding" : "ClusterRoleBinding",
    metadata: { name: "x", namespace: "kube-system" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name },
    subjects: [{ kind: "ServiceAccount", name: "web", namespace: "shop" }],
  });

/** Files bind roles of the API server without having them. */
test.each<[string, string, boolean, boolean]>([
  ["ClusterRole", "system:controller:clusterrole-aggregation-controller", true, true],
  ["ClusterRole", "system:controller:daemon-set-controller", true, true],
  ["ClusterRole", "system:controller:generic-garbage-collector", true, true],
  ["ClusterRole", "system:node", true, true],
  ["ClusterRole", "system:auth-delegator", false, true],
  ["ClusterRole", "system:of-nobody", false, false],
  ["Role", "extension-apiserver-authentication-reader", false, true],
  ["Role", "of-nobody", false, false],
])("a binding to %s %s is worth something: %s, and known: %s", (kind, name, isWorth, isKnown) => {
  const { findings, unread } = audited(documents(aPod("web", TOKEN), binding(kind, name)));
  expect(findings.some((one) => one.kind === "chain")).toBe(isWorth);
  expect(unread).toHaveLength(isKnown ? 0 : 1);
});

test.each<[string, string, boolean]>([
  ["view", "view", true],
  ["admin", "view", true],
  ["admin", "edit", true],
  ["view", "admin", false],
  ["constructor", "view", false],
])("a binding to %s holds what a label adds to %s: %s", (name, label, isHeld) => {
  const part = JSON.stringify({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "part", labels: { [`rbac.authorization.k8s.io/aggregate-to-${label}`]: "true" } },
    rules: [{ apiGroups: [""], resources: ["nodes/proxy"], verbs: ["get"] }],
  });
  const { findings } = audited(documents(aPod("web", TOKEN), part, binding("ClusterRole", name)));
  // Of links between the same two nodes a chain shows the first, and cites all.
  expect(findings.some(({ chain, cis }) => chain !== undefined && cis.includes("5.1.10"))).toBe(isHeld);
});

test("no policy of its namespace holds a pod in the node's network", () => {
  const closed = object(
    "networking.k8s.io/v1",
    "NetworkPolicy",
    { podSelector: {}, policyTypes: ["Egress"] },
    { namespace: "agents" },
  );
  const agent = (hostNetwork: boolean): string => aPod("agent", { hostNetwork }).replaceAll("shop", "agents");
  const chains = (hostNetwork: boolean): readonly string[] =>
    audited(documents(REDIS, closed, agent(hostNetwork)), { from: "Pod/agents/agent" }).findings.map(
      ({ rule }) => rule,
    );
  expect(chains(true)).toContain("open-data");
  expect(chains(false)).not.toContain("open-data");
});
