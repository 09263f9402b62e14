/** What policies of plugins and administrators open and close, beside NetworkPolicies: cases of their documentation, and what cannot be judged. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { audited, documents } from "../../../test/support/audited.ts";
import { calicoSelector } from "../../kubernetes/calico-selector.ts";
import type { Facts } from "../facts/model.ts";
import { NetworkPolicies, type Peer, type PodPeer, type TargetPort } from "./network-policies.ts";
import { Policies } from "./policies.ts";

const NAME_LABEL = "kubernetes.io/metadata.name";
const pod = (namespace: string, labels: Readonly<Record<string, string>>): PodPeer => ({
  namespace,
  namespaceLabels: { [NAME_LABEL]: namespace, env: namespace === "shop" ? "prod" : "dev" },
  labels,
  account: labels["app"],
});

const WEB = pod("shop", { app: "web" });
const API = pod("shop", { app: "api" });
const DEV = pod("dev", { app: "tool" });
const WORLD: Peer = { ip: "198.51.100.1" };
const HTTP: TargetPort = { port: 8080, protocol: "TCP", name: "http" };
const OTHER: TargetPort = { port: 9090, protocol: "TCP" };

const factsOf = (...objects: readonly object[]): Facts =>
  audited(documents(...objects.map((one) => JSON.stringify(one)))).graph.facts;

function policiesOf(...objects: readonly object[]): Policies {
  const { policies, plugins, tiers } = factsOf(...objects);
  return new Policies(policies, plugins, tiers);
}

const unreadOf = (...objects: readonly object[]): readonly string[] =>
  audited(documents(...objects.map((one) => JSON.stringify(one)))).unread.map(({ problem }) => problem);

const object = (apiVersion: string, kind: string, spec: object, name = "one", namespace?: string): object => ({
  apiVersion,
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  spec,
});

const kubernetes = (spec: object): object => object("networking.k8s.io/v1", "NetworkPolicy", spec, "np", "shop");
const DENY = kubernetes({ podSelector: {}, policyTypes: ["Ingress"] });
const ALLOW_API = kubernetes({
  podSelector: {},
  ingress: [{ from: [{ podSelector: { matchLabels: { app: "api" } } }] }],
});

/** Who enters the web pod on its port and on another, and who it may call. */
function entering(...objects: readonly object[]): string {
  const policies = policiesOf(...objects);
  const named: readonly (readonly [string, Peer])[] = [
    ["api", API],
    ["dev", DEV],
    ["world", WORLD],
  ];
  return named
    .flatMap(([name, peer]) =>
      [HTTP, OTHER].flatMap((port) => (policies.enters(peer, WEB, port) ? [`${name}:${port.port}`] : [])),
    )
    .join(" ");
}

const ALL = "api:8080 api:9090 dev:8080 dev:9090 world:8080 world:9090";

describe("Cilium", () => {
  const cilium = (spec: object): object => object("cilium.io/v2", "CiliumNetworkPolicy", spec, "one", "shop");
  const wide = (spec: object): object => object("cilium.io/v2", "CiliumClusterwideNetworkPolicy", spec);
  const web = { endpointSelector: { matchLabels: { app: "web" } } };

  test.each([
    { name: "an empty rule lets nobody in", spec: { ...web, ingress: [{}] }, expected: "" },
    { name: "no rule says nothing", spec: { ...web, ingress: [] }, expected: ALL },
    { name: "egress alone closes no ingress", spec: { ...web, egress: [{}] }, expected: ALL },
    {
      name: "every endpoint of the namespace",
      spec: { ...web, ingress: [{ fromEndpoints: [{}] }] },
      expected: "api:8080 api:9090",
    },
    {
      name: "endpoints of a namespace that is named",
      spec: { ...web, ingress: [{ fromEndpoints: [{ matchLabels: { "k8s:io.kubernetes.pod.namespace": "dev" } }] }] },
      expected: "dev:8080 dev:9090",
    },
    {
      name: "endpoints of namespaces with a label",
      spec: {
        ...web,
        ingress: [{ fromEndpoints: [{ matchLabels: { "io.cilium.k8s.namespace.labels.env": "dev" } }] }],
      },
      expected: "dev:8080 dev:9090",
    },
    {
      name: "ports alone are for everybody",
      spec: { ...web, ingress: [{ toPorts: [{ ports: [{ port: "8080" }] }] }] },
      expected: "api:8080 dev:8080 world:8080",
    },
    {
      name: "a named port, and a range",
      spec: {
        ...web,
        ingress: [
          { fromEntities: ["world"], toPorts: [{ ports: [{ port: "http" }, { port: "9000", endPort: 9100 }] }] },
        ],
      },
      expected: "world:8080 world:9090",
    },
    {
      name: "a port of another protocol",
      spec: { ...web, ingress: [{ toPorts: [{ ports: [{ port: "8080", protocol: "UDP" }] }] }] },
      expected: "",
    },
    {
      name: "rules for HTTP narrow what is open all the same",
      spec: {
        ...web,
        ingress: [
          {
            fromEndpoints: [{}],
            toPorts: [{ ports: [{ port: "8080", protocol: "TCP" }], rules: { http: [{ method: "GET" }] } }],
          },
        ],
      },
      expected: "api:8080",
    },
    {
      name: "the entity cluster",
      spec: { ...web, ingress: [{ fromEntities: ["cluster"] }] },
      expected: "api:8080 api:9090 dev:8080 dev:9090",
    },
    { name: "the entity all", spec: { ...web, ingress: [{ fromEntities: ["all"] }] }, expected: ALL },
    { name: "the node alone", spec: { ...web, ingress: [{ fromEntities: ["host", "kube-apiserver"] }] }, expected: "" },
    {
      name: "a network means no pods",
      spec: { ...web, ingress: [{ fromCIDR: ["0.0.0.0/0"] }] },
      expected: "world:8080 world:9090",
    },
    {
      name: "a network but for a part",
      spec: { ...web, ingress: [{ fromCIDRSet: [{ cidr: "0.0.0.0/0", except: ["198.51.100.0/24"] }] }] },
      expected: "",
    },
    {
      name: "what is denied is denied, whatever is allowed",
      spec: {
        ...web,
        ingress: [{ fromEntities: ["all"] }],
        ingressDeny: [{ fromEndpoints: [{ matchLabels: { app: "api" } }] }],
      },
      expected: "dev:8080 dev:9090 world:8080 world:9090",
    },
    {
      name: "to deny closes too, unless it says not to",
      spec: { ...web, ingressDeny: [{ fromEntities: ["world"] }] },
      expected: "",
    },
    {
      name: "without default deny",
      spec: { ...web, enableDefaultDeny: { ingress: false }, ingressDeny: [{ fromEntities: ["world"] }] },
      expected: "api:8080 api:9090 dev:8080 dev:9090",
    },
    { name: "another pod's", spec: { endpointSelector: { matchLabels: { app: "db" } }, ingress: [{}] }, expected: ALL },
    {
      name: "what is in no list that is read opens",
      spec: { ...web, ingress: [{ fromGroups: [{ aws: {} }] }] },
      expected: ALL,
    },
  ])("$name", ({ spec, expected }) => {
    expect(entering(cilium(spec))).toBe(expected);
    expect(entering(cilium(spec), object("cilium.io/v2", "CiliumNetworkPolicy", spec, "one", "dev"))).toBe(expected);
  });

  test("adds to what NetworkPolicies open, and takes away what it denies", () => {
    const rule = { ...web, ingress: [{ fromEntities: ["world"] }] };
    expect(entering(ALLOW_API, cilium(rule))).toBe("api:8080 api:9090 world:8080 world:9090");
    expect(entering(ALLOW_API, cilium({ ...web, ingressDeny: [{ fromEndpoints: [{}] }] }))).toBe("");
  });

  test("of the whole cluster means endpoints everywhere", () => {
    expect(entering(wide({ endpointSelector: {}, ingress: [{ fromEndpoints: [{}] }] }))).toBe(
      "api:8080 api:9090 dev:8080 dev:9090",
    );
    expect(entering(wide({ nodeSelector: {}, ingress: [{}] }))).toBe(ALL);
  });

  test("names and networks of egress: addresses by network, pods by neither", () => {
    const rule = {
      endpointSelector: {},
      egress: [{ toCIDR: ["10.0.0.0/8"] }, { toFQDNs: [{ matchName: "example.com" }] }],
    };
    const policies = policiesOf(cilium(rule));
    expect(policies.leaves(WEB, { ip: "10.1.2.3" }, HTTP)).toBe(true);
    expect(policies.leaves(WEB, API, HTTP)).toBe(false);
  });

  test("what cannot be judged is said", () => {
    expect(unreadOf(cilium({ ...web, ingress: [{ fromGroups: [{}], fromCIDRSet: [{ cidrGroupRef: "x" }] }] }))).toEqual(
      [
        "CiliumNetworkPolicy/shop/one cannot be judged in full, and what it may open counts as open: fromGroups, groups of fromCIDRSet",
      ],
    );
    expect(unreadOf(cilium({ ...web, ingress: [{ fromEndpoints: [{}] }] }))).toEqual([]);
  });
});

describe("Calico", () => {
  const calico = (spec: object, name = "one"): object =>
    object("projectcalico.org/v3", "NetworkPolicy", spec, name, "shop");
  const wide = (spec: object, name = "wide"): object =>
    object("crd.projectcalico.org/v1", "GlobalNetworkPolicy", spec, name);
  const allow = (source: object, destination: object = {}): object => ({
    action: "Allow",
    protocol: "TCP",
    source,
    destination,
  });

  test.each([
    { name: "no rule closes what comes in", spec: { selector: "app == 'web'" }, expected: "" },
    { name: "without a selector it is of every pod", spec: { types: ["Ingress"] }, expected: "" },
    { name: "of egress alone", spec: { selector: "all()", types: ["Egress"] }, expected: ALL },
    { name: "another pod's", spec: { selector: "app == 'db'" }, expected: ALL },
    {
      name: "a selector of pods, in the own namespace",
      spec: { ingress: [allow({ selector: "has(app)" })] },
      expected: "api:8080 api:9090",
    },
    {
      name: "a selector of namespaces",
      spec: { ingress: [allow({ namespaceSelector: "env == 'dev'" })] },
      expected: "dev:8080 dev:9090",
    },
    {
      name: "a namespace by its name",
      spec: { ingress: [allow({ namespaceSelector: "projectcalico.org/name in {'dev', 'test'}" })] },
      expected: "dev:8080 dev:9090",
    },
    { name: "networks", spec: { ingress: [allow({ nets: ["198.51.100.0/24"] })] }, expected: "world:8080 world:9090" },
    {
      name: "a network that holds pods opens for them",
      spec: { ingress: [allow({ nets: ["10.0.0.0/8"] })] },
      expected: "api:8080 api:9090 dev:8080 dev:9090",
    },
    {
      name: "all but a network",
      spec: { ingress: [allow({ notNets: ["198.51.100.0/24"] })] },
      expected: "api:8080 api:9090 dev:8080 dev:9090",
    },
    {
      name: "ports, ranges and names",
      spec: { ingress: [allow({}, { ports: [80, "9000:9100", "http"] })] },
      expected: ALL,
    },
    {
      name: "all but some ports",
      spec: { ingress: [allow({}, { notPorts: [9090] })] },
      expected: "api:8080 dev:8080 world:8080",
    },
    {
      name: "the first rule that applies decides",
      spec: { ingress: [{ action: "Deny", source: { selector: "app == 'api'" } }, { action: "Allow" }] },
      expected: "dev:8080 dev:9090 world:8080 world:9090",
    },
    {
      name: "what comes after an allow denies nothing",
      spec: { ingress: [{ action: "Allow" }, { action: "Deny" }] },
      expected: ALL,
    },
    {
      name: "a log decides nothing",
      spec: { ingress: [{ action: "Log" }, allow({ selector: "app == 'api'" })] },
      expected: "api:8080 api:9090",
    },
    {
      name: "a pass leaves the last tier, after which all is open",
      spec: { ingress: [{ action: "Pass" }] },
      expected: ALL,
    },
    {
      name: "not of some pods",
      spec: { ingress: [allow({ selector: "all()", notSelector: "app == 'api'" })] },
      expected: "",
    },
    {
      name: "what may be denied is not closed",
      spec: { ingress: [{ action: "Deny", source: { serviceAccounts: { names: ["x"] } } }, { action: "Allow" }] },
      expected: ALL,
    },
    {
      name: "a selector that cannot be read opens for all that it may mean",
      spec: { ingress: [allow({ selector: "app ==" })] },
      expected: "api:8080 api:9090",
    },
  ])("$name", ({ spec, expected }) => {
    expect(entering(calico(spec))).toBe(expected);
  });

  test("of the cluster: every namespace, and pods everywhere in its rules", () => {
    expect(entering(wide({ selector: "all()", namespaceSelector: "env == 'prod'" }))).toBe("");
    expect(entering(wide({ namespaceSelector: "env == 'dev'" }))).toBe(ALL);
    expect(entering(wide({ ingress: [allow({ selector: "has(app)" })] }))).toBe("api:8080 api:9090 dev:8080 dev:9090");
    expect(entering(wide({ preDNAT: true, applyOnForward: true }))).toBe(ALL);
  });

  test("NetworkPolicies come at order 1000", () => {
    const deny = { selector: "all()", ingress: [{ action: "Deny" }] };
    expect(entering(ALLOW_API, wide({ ...deny, order: 10 }))).toBe("");
    expect(entering(ALLOW_API, wide({ ...deny, order: 2_000 }))).toBe("api:8080 api:9090");
    expect(entering(ALLOW_API, wide({ ...deny }))).toBe("api:8080 api:9090");
    expect(entering(DENY, wide({ ingress: [{ action: "Allow" }], order: 2_000 }))).toBe(ALL);
    // Its own copies of them are read from Kubernetes.
    expect(entering(calico({ selector: "all()" }, "knp.default.x"))).toBe(ALL);
  });

  test("tiers come by their order, and what they pass on the next one decides", () => {
    const tier = (name: string, order: number, more: object = {}) =>
      object("projectcalico.org/v3", "Tier", { order, ...more }, name);
    const pass = wide(
      { tier: "platform", ingress: [{ action: "Pass", source: { selector: "app == 'api'" } }] },
      "platform.a",
    );
    expect(entering(tier("platform", 10), pass)).toBe("api:8080 api:9090");
    expect(entering(tier("platform", 10), pass, DENY)).toBe("");
    expect(entering(tier("platform", 10, { defaultAction: "Pass" }), pass)).toBe(ALL);
    // Of one that was not read nobody knows where it comes.
    const denied = wide({ tier: "unread", ingress: [{ action: "Deny" }] }, "unread.a");
    expect(entering(denied)).toBe(ALL);
    expect(unreadOf(denied)).toEqual([expect.stringContaining("tier unread, which was not read")]);
  });

  test("sets of networks are selected by their labels", () => {
    const set = {
      ...object("projectcalico.org/v3", "GlobalNetworkSet", { nets: ["198.51.100.0/24"] }, "office"),
      metadata: { name: "office", labels: { from: "office" } },
    };
    const rule = wide({ selector: "all()", ingress: [allow({ selector: "from == 'office'" })] });
    expect(entering(rule)).toBe("");
    expect(entering(rule, set)).toBe("world:8080 world:9090");
  });

  test.each([
    ["all()", true],
    ["", true],
    ["app == 'web' && !has(tier)", true],
    ['app == "web" && tier == "x" || has(app)', true],
    ["app != 'web'", false],
    ["tier != 'x'", true],
    ["app in {'a', 'web'}", true],
    ["app not in {'web'}", false],
    ["tier not in { 'web' }", true],
    ["app starts with 'we' && app ends with 'eb' && app contains 'e'", true],
    ["!(app == 'web')", false],
    ["! has(app) || (has(app) && (app == 'x' || app == 'web'))", true],
    ["k8s.io/app.name-x == 'y'", false],
  ])("the selector %j is %p of app=web", (text, expected) => {
    expect(calicoSelector(text)?.({ app: "web" })).toBe(expected);
  });

  test.each([
    "app ==",
    "app = 'web'",
    "app == web",
    "(app == 'web'",
    "app in 'web'",
    "has()",
    "all() all()",
    "'web'",
    "app == 'web",
  ])("%j is no selector", (text) => {
    expect(calicoSelector(text)).toBeUndefined();
  });
});

describe("administrators", () => {
  const admin = (priority: number, rules: readonly object[], name = "one"): object =>
    object(
      "policy.networking.k8s.io/v1alpha1",
      "AdminNetworkPolicy",
      { priority, subject: { namespaces: {} }, ingress: rules },
      name,
    );
  const baseline = (rules: readonly object[]): object =>
    object(
      "policy.networking.k8s.io/v1alpha1",
      "BaselineAdminNetworkPolicy",
      { subject: { namespaces: {} }, ingress: rules },
      "default",
    );
  const from = [{ namespaces: {} }];
  const dev = [{ pods: { namespaceSelector: { matchLabels: { env: "dev" } }, podSelector: {} } }];

  test.each([
    {
      name: "nothing is closed that no rule denies",
      objects: [admin(1, [{ action: "Allow", from: dev }])],
      expected: ALL,
    },
    {
      name: "what is denied is, before NetworkPolicies",
      objects: [admin(1, [{ action: "Deny", from }]), ALLOW_API],
      expected: "",
    },
    {
      name: "what is allowed is, before NetworkPolicies",
      objects: [admin(1, [{ action: "Allow", from: dev }]), DENY],
      expected: "dev:8080 dev:9090",
    },
    {
      name: "a pass leaves it to NetworkPolicies",
      objects: [
        admin(1, [
          { action: "Pass", from: dev },
          { action: "Deny", from },
        ]),
      ],
      expected: "dev:8080 dev:9090 world:8080 world:9090",
    },
    {
      name: "the lower priority is first",
      objects: [admin(5, [{ action: "Deny", from }], "a"), admin(1, [{ action: "Allow", from: dev }], "b")],
      expected: "dev:8080 dev:9090 world:8080 world:9090",
    },
    {
      name: "a port",
      objects: [admin(1, [{ action: "Deny", from, ports: [{ portNumber: { protocol: "TCP", port: 8080 } }] }])],
      expected: "api:9090 dev:9090 world:8080 world:9090",
    },
    {
      name: "a range, and a name",
      objects: [
        admin(1, [{ action: "Deny", from, ports: [{ portRange: { start: 9000, end: 9999 } }, { namedPort: "http" }] }]),
      ],
      expected: "world:8080 world:9090",
    },
    {
      name: "the baseline counts where no NetworkPolicy does",
      objects: [baseline([{ action: "Deny", from }])],
      expected: "world:8080 world:9090",
    },
    {
      name: "and not where one does",
      objects: [baseline([{ action: "Deny", from }]), ALLOW_API],
      expected: "api:8080 api:9090",
    },
  ])("$name", ({ objects, expected }) => {
    expect(entering(...objects)).toBe(expected);
  });

  test("a ClusterNetworkPolicy says the same in its own words", () => {
    const policy = (tier: string) =>
      object("policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy", {
        tier,
        priority: 1,
        subject: { namespaces: {} },
        ingress: [
          { action: "Accept", from: dev, protocols: [{ tcp: { destinationPort: { number: 8080 } } }] },
          { action: "Deny", from },
        ],
      });
    expect(entering(policy("Admin"), DENY)).toBe("dev:8080");
    expect(entering(policy("Baseline"))).toBe("dev:8080 world:8080 world:9090");
  });
});

test("without plugins NetworkPolicies decide alone", () => {
  fc.assert(
    fc.property(fc.subarray([DENY, ALLOW_API]), fc.constantFrom<Peer>(API, DEV, WORLD), (objects, peer) => {
      const { policies } = factsOf(...objects);
      const own = new Policies(policies);
      const plain = new NetworkPolicies(policies);
      for (const port of [HTTP, OTHER]) {
        expect(own.enters(peer, WEB, port)).toBe(plain.enters(peer, WEB, port));
        expect(own.isOpenToSomebody(WEB, port)).toBe(plain.isOpenToSomebody(WEB, port));
      }
    }),
  );
});

test("a chain from the internet ends where a plugin's policy closes its way, and a route is open where it lets anybody in", () => {
  const manifests = (rule: object): string =>
    documents(
      ...[
        object("v1", "Pod", { containers: [{ name: "main", image: "redis:7" }], hostPID: true }, "web", "shop"),
        object("v1", "Service", { type: "NodePort", selector: { app: "web" }, ports: [{ port: 6379 }] }, "web", "shop"),
        object("cilium.io/v2", "CiliumNetworkPolicy", { endpointSelector: {}, ...rule }, "one", "shop"),
      ].map((one) =>
        JSON.stringify({ ...one, metadata: { ...(one as { metadata: object }).metadata, labels: { app: "web" } } }),
      ),
    );
  const starts = (rule: object): boolean =>
    audited(manifests(rule)).findings.some(({ chain }) => chain?.start === "internet");
  expect(starts({})).toBe(true);
  expect(starts({ ingress: [{ fromEndpoints: [{}] }] })).toBe(false);
  expect(starts({ ingress: [{ fromEntities: ["world"] }] })).toBe(true);
});
