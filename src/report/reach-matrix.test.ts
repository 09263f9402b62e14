/** The matrix says of each pair what the audit's reading of NetworkPolicies says, asked one by one. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { documents, graphOf } from "../../test/support/audited.ts";
import type { Graph } from "../audit/edges/edge.ts";
import type { Workload } from "../audit/facts/model.ts";
import type { PodPeer } from "../audit/reach/network-policies.ts";
import { Policies } from "../audit/reach/policies.ts";
import { Pairs, totalOf } from "./pairs.ts";
import { reachMatrix } from "./reach-matrix.ts";

const namespaces = ["shop", "edge", "data"] as const;
const namespace = fc.constantFrom(...namespaces);
const label = fc.constantFrom("web", "db", "cache");

const pod = fc
  .record({
    namespace,
    label,
    ports: fc.subarray([80, 6379, 8080]),
    name: fc.integer({ min: 1, max: 99 }),
    host: fc.boolean(),
  })
  .map(({ namespace: of, label: app, ports, name, host }) =>
    JSON.stringify({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: `${app}-${name}`, namespace: of, labels: { app } },
      spec: {
        hostNetwork: host && name > 80,
        containers: [
          {
            name: "main",
            image: "registry.example.com/app:1",
            ports: ports.map((port) => ({ containerPort: port, name: `p${port}` })),
          },
        ],
      },
    }),
  );

const selector = fc.oneof(
  fc.constant({}),
  label.map((app) => ({ matchLabels: { app } })),
  label.map((app) => ({ matchExpressions: [{ key: "app", operator: "NotIn", values: [app] }] })),
);
const ofNamespace = fc.oneof(
  fc.constant({}),
  namespace.map((name) => ({ matchLabels: { "kubernetes.io/metadata.name": name } })),
);
const peer = fc.oneof(
  selector.map((podSelector) => ({ podSelector })),
  ofNamespace.map((namespaceSelector) => ({ namespaceSelector })),
  fc.record({ namespaceSelector: ofNamespace, podSelector: selector }),
  fc.constant({ ipBlock: { cidr: "10.0.0.0/8" } }),
  fc.constant({ ipBlock: { cidr: "203.0.113.0/24" } }),
);
const port = fc.constantFrom<object>({ port: 80 }, { port: "p6379" }, { port: 1, endPort: 7000 }, { protocol: "UDP" });
const rule = (field: string) =>
  fc
    .record({ peers: fc.array(peer, { maxLength: 2 }), ports: fc.array(port, { maxLength: 2 }) })
    .map(({ peers, ports }) => ({
      ...(peers.length > 0 ? { [field]: peers } : {}),
      ...(ports.length > 0 ? { ports } : {}),
    }));
const policy = fc
  .record({
    namespace,
    podSelector: selector,
    policyTypes: fc.subarray(["Ingress", "Egress"], { minLength: 1 }),
    ingress: fc.array(rule("from"), { maxLength: 2 }),
    egress: fc.array(rule("to"), { maxLength: 2 }),
    name: fc.integer({ min: 1, max: 99 }),
  })
  .map(({ namespace: of, name, ...spec }) =>
    JSON.stringify({
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: `p${name}`, namespace: of },
      spec,
    }),
  );

/** Of plugins and administrators. */
const PLUGINS = [
  {
    apiVersion: "cilium.io/v2",
    kind: "CiliumNetworkPolicy",
    metadata: { name: "c", namespace: "shop" },
    spec: {
      endpointSelector: {},
      ingress: [{ fromEndpoints: [{ matchLabels: { app: "web" } }], toPorts: [{ ports: [{ port: "80" }] }] }],
    },
  },
  {
    apiVersion: "cilium.io/v2",
    kind: "CiliumClusterwideNetworkPolicy",
    metadata: { name: "cc" },
    spec: { endpointSelector: { matchLabels: { app: "db" } }, ingressDeny: [{ fromEntities: ["cluster"] }] },
  },
  {
    apiVersion: "policy.networking.k8s.io/v1alpha1",
    kind: "AdminNetworkPolicy",
    metadata: { name: "a" },
    spec: {
      priority: 1,
      subject: { namespaces: {} },
      egress: [{ action: "Deny", to: [{ namespaces: { matchLabels: { "kubernetes.io/metadata.name": "data" } } }] }],
    },
  },
  {
    apiVersion: "projectcalico.org/v3",
    kind: "GlobalNetworkPolicy",
    metadata: { name: "g" },
    spec: { order: 5, selector: "app == 'web'", ingress: [{ action: "Pass", source: { selector: "app == 'db'" } }] },
  },
].map((one) => JSON.stringify(one));

const cluster = fc
  .record({
    pods: fc.array(pod, { minLength: 2, maxLength: 6 }),
    policies: fc.array(policy, { maxLength: 5 }),
    plugins: fc.oneof(fc.constant([]), fc.subarray(PLUGINS)),
  })
  .map(({ pods, policies, plugins }) => documents(...pods, ...policies, ...plugins));

const peerOf = ({ namespace: of, labels, account }: Workload): PodPeer => ({
  namespace: of,
  namespaceLabels: { "kubernetes.io/metadata.name": of },
  labels,
  account: account.slice(of.length + 1),
});

const policiesOf = ({ policies, plugins, tiers }: Graph["facts"]): Policies => new Policies(policies, plugins, tiers);

/** Whether a connection is let through, asked of all policies at once. */
function isLet({ facts }: Graph, from: Workload, to: Workload, at: { port: number; protocol: string }): boolean {
  const policies = policiesOf(facts);
  const name = to.ports.find(({ port: of, protocol }) => of === at.port && protocol === at.protocol)?.name;
  const leaves = from.hostNetwork || policies.leaves(peerOf(from), peerOf(to), { ...at, name });
  return leaves && (to.hostNetwork || policies.enters(peerOf(from), peerOf(to), { ...at, name }));
}

/** What is said of each port of each pair, and what the policies say when asked. */
function bothSay(text: string) {
  const graph = graphOf(text);
  const matrix = reachMatrix(graph);
  const pairs = new Pairs(matrix);
  const known = matrix.workloads.flatMap(({ id }) => graph.facts.workloads.get(id) ?? []);
  expect(known).toHaveLength(matrix.workloads.length);
  return known.flatMap((one, from) =>
    known.flatMap((other, to) =>
      (from === to ? [] : (matrix.workloads[to]?.ports ?? [])).map((open, at) => ({
        pair: `${one.id} ${other.id} ${open.port}`,
        said: pairs.stateOf(from, to, at),
        asked: isLet(graph, one, other, open) ? (isForAll(graph, other, open) ? "open" : "declared") : "closed",
      })),
    ),
  );
}

const STRANGER: PodPeer = { namespace: "nowhere", namespaceLabels: {}, labels: {} };

function isForAll({ facts }: Graph, to: Workload, at: { port: number; protocol: string }): boolean {
  const name = to.ports.find(({ port: of, protocol }) => of === at.port && protocol === at.protocol)?.name;
  return to.hostNetwork || policiesOf(facts).enters(STRANGER, peerOf(to), { ...at, name });
}

test("a pair is closed exactly where policies refuse it, and open where they let a stranger in too", () => {
  fc.assert(
    fc.property(cluster, (text) => {
      for (const { pair, said, asked } of bothSay(text)) expect({ pair, said }).toEqual({ pair, said: asked });
    }),
    { numRuns: 500 },
  );
});

test("counts hold every pair of different workloads once", () => {
  fc.assert(
    fc.property(cluster, (text) => {
      const matrix = reachMatrix(graphOf(text));
      const { declared, open, closed } = totalOf(matrix);
      expect(declared + open + closed).toBe(matrix.workloads.length * (matrix.workloads.length - 1));
      const pairs = new Pairs(matrix);
      const states = matrix.workloads.flatMap((_, from) =>
        matrix.workloads.flatMap((__, to) => (from === to ? [] : [pairs.worst(from, to)])),
      );
      expect(states.filter((state) => state === "open")).toHaveLength(open);
      expect(states.filter((state) => state === "declared")).toHaveLength(declared);
    }),
    { numRuns: 100 },
  );
});

describe("of a workload without a known port", () => {
  const withPolicy = (ingress: readonly object[]): string =>
    documents(
      ...["a", "b"].map((name) =>
        JSON.stringify({
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name, namespace: "shop", labels: { app: name } },
          spec: { containers: [{ name: "main", image: "registry.example.com/app:1" }] },
        }),
      ),
      JSON.stringify({
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name: "b", namespace: "shop" },
        spec: { podSelector: { matchLabels: { app: "b" } }, policyTypes: ["Ingress"], ingress },
      }),
    );
  const from = [{ podSelector: { matchLabels: { app: "a" } } }];

  test.each([
    { name: "a rule for all ports names it", ingress: [{ from }], expected: "declared" },
    { name: "a rule for one port says nothing of it", ingress: [{ from, ports: [{ port: 80 }] }], expected: "closed" },
    { name: "an empty rule opens it", ingress: [{}], expected: "open" },
  ])("$name", ({ ingress, expected }) => {
    const matrix = reachMatrix(graphOf(withPolicy(ingress)));
    expect(matrix.workloads.map(({ ports }) => ports)).toEqual([[], []]);
    expect(new Pairs(matrix).worst(0, 1)).toBe(expected);
  });
});
