/** What the audit says of NetworkPolicies is what cyclonus says: whole clusters of arbitrary policies, and the cases of their documentation. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { KubeObject } from "kopf-ts";
import { sightingOf } from "../../src/audit/place.ts";
import { NetworkPolicies, type Peer, policyOf } from "../../src/audit/reach/network-policies.ts";
import { arbitraryLabels, arbitrarySelector } from "../support/arbitrary-policies.ts";
import {
  type Flow,
  type Outsider,
  type Pod,
  type PolicyEvaluator,
  policyEvaluator,
  type World,
} from "../support/policy-evaluator.ts";

let evaluator: PolicyEvaluator;

beforeAll(async () => {
  evaluator = await policyEvaluator();
}, 540_000);

const NAMESPACES = ["a", "b", "c"] as const;

const port = fc.oneof(
  fc.record({ protocol: fc.constantFrom("TCP", "UDP", "SCTP") }, { requiredKeys: [] }),
  fc.record(
    {
      port: fc.constantFrom<number | string>(80, 81, 8080, "web", "dns"),
      protocol: fc.constantFrom("TCP", "UDP", "SCTP"),
    },
    { requiredKeys: ["port"] },
  ),
  fc.constantFrom<object>(
    { port: 80, endPort: 90 },
    { port: 81, endPort: 81, protocol: "UDP" },
    { port: 1, endPort: 79 },
  ),
);

const block = fc.constantFrom<object>(
  { cidr: "0.0.0.0/0" },
  { cidr: "0.0.0.0/0", except: ["10.0.0.0/8"] },
  { cidr: "10.244.0.0/16", except: ["10.244.0.0/29"] },
  { cidr: "203.0.113.10/32" },
  { cidr: "::/0" },
  { cidr: "2001:db8::/32", except: ["2001:db8:1::/48", "2001:db8::2/128"] },
);

const peer = fc.oneof(
  block.map((ipBlock) => ({ ipBlock })),
  fc.record({ podSelector: arbitrarySelector }),
  fc.record({ namespaceSelector: arbitrarySelector }),
  fc.record({ namespaceSelector: arbitrarySelector, podSelector: arbitrarySelector }),
  fc.constantFrom<object>(
    { namespaceSelector: {} },
    { podSelector: {} },
    { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "b" } } },
    {
      namespaceSelector: {
        matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "NotIn", values: ["a"] }],
      },
    },
  ),
);

const rules = (field: "from" | "to") =>
  fc.array(
    fc.record(
      { [field]: fc.array(peer, { maxLength: 3 }), ports: fc.array(port, { maxLength: 3 }) },
      { requiredKeys: [] },
    ),
    { maxLength: 3 },
  );

const policy = fc.record({
  namespace: fc.constantFrom(...NAMESPACES),
  spec: fc.record(
    {
      podSelector: fc.oneof(fc.constant({}), arbitrarySelector),
      policyTypes: fc.constantFrom(["Ingress"], ["Egress"], ["Ingress", "Egress"]),
      ingress: rules("from"),
      egress: rules("to"),
    },
    { requiredKeys: ["podSelector"] },
  ),
});

const PORTS: Pod["ports"] = [
  { name: "web", port: 80, protocol: "TCP" },
  { name: "dns", port: 81, protocol: "UDP" },
  { port: 8080, protocol: "TCP" },
  { port: 85, protocol: "SCTP" },
];

const OUTSIDERS: readonly Outsider[] = [
  { name: "four", ip: "203.0.113.10", ports: [{ port: 80, protocol: "TCP" }] },
  { name: "six", ip: "2001:db8:1::9", ports: [{ port: 85, protocol: "TCP" }] },
];

const world = fc
  .record({
    policies: fc.array(policy, { minLength: 1, maxLength: 5 }),
    labels: fc.array(arbitraryLabels, { minLength: 5, maxLength: 5 }),
    namespaceLabels: fc.array(arbitraryLabels, { minLength: 3, maxLength: 3 }),
  })
  .map(
    ({ policies, labels, namespaceLabels }): World => ({
      policies: policies.map(({ namespace, spec }, index) => ({
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name: `p${index}`, namespace },
        spec,
      })),
      namespaces: NAMESPACES.map((name, index) => ({
        name,
        labels: { ...namespaceLabels[index], "kubernetes.io/metadata.name": name },
      })),
      pods: labels.map((own, index) => ({
        namespace: NAMESPACES[index % NAMESPACES.length] ?? "a",
        name: `pod-${index}`,
        labels: own,
        ip: index === 4 ? "2001:db8::2" : `10.244.0.${index * 3 + 1}`,
        ports: PORTS,
      })),
      outsiders: OUTSIDERS,
    }),
  );

/** As the audit sees the end of a flow. */
function peerOf(end: Pod | Outsider, { namespaces }: World): Peer {
  if (!("namespace" in end)) return { ip: end.ip };
  const namespaceLabels = namespaces.find(({ name }) => name === end.namespace)?.labels ?? {};
  return { namespace: end.namespace, namespaceLabels, labels: end.labels, ip: end.ip };
}

function markOf(policies: NetworkPolicies, { source, destination, port: wanted }: Flow, of: World): string {
  if (!("namespace" in source || "namespace" in destination)) return "-";
  const [from, to] = [peerOf(source, of), peerOf(destination, of)];
  const leaves = policies.leaves(from, to, wanted);
  const enters = policies.enters(from, to, wanted);
  if (leaves) return enters ? "+" : ">";
  return enters ? "<" : ".";
}

const read = ({ policies }: World): NetworkPolicies =>
  new NetworkPolicies(
    policies.map((object) =>
      policyOf(sightingOf({ object: object as KubeObject, file: "", lineOf: () => 0 }, "default")),
    ),
  );

const said = ({ source, destination, port: of }: Flow): string =>
  `${source.name} to ${destination.name} ${of.port}/${of.protocol}`;

test("every flow of arbitrary clusters is judged as cyclonus judges it", async () => {
  const worlds = fc.sample(world, 400);
  const flows = await evaluator.flows(worlds);
  const marks = new Set<string>();
  for (const [index, own] of flows.entries()) {
    const of = worlds[index];
    if (of === undefined) throw new Error("a world has its flows");
    const policies = read(of);
    const expected = own.map((flow) => `${said(flow)} ${flow.mark}`);
    expect({ policies: of.policies, flows: own.map((flow) => `${said(flow)} ${markOf(policies, flow, of)}`) }).toEqual({
      policies: of.policies,
      flows: expected,
    });
    for (const { mark } of own) marks.add(mark);
  }
  // Else the policies of these clusters would decide nothing.
  expect([...marks].sort()).toEqual(["+", "-", ".", "<", ">"]);
}, 300_000);

describe("selectors", () => {
  test("are those of Kubernetes' own code", async () => {
    const asked = fc.sample(fc.record({ selector: arbitrarySelector, labels: arbitraryLabels }), 500);
    const answers = await evaluator.matches(asked);
    const policies = asked.map(({ selector, labels }) => {
      const spec = { podSelector: selector, policyTypes: ["Ingress"] };
      const object = {
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name: "p", namespace: "a" },
        spec,
      };
      const all = new NetworkPolicies([policyOf(sightingOf({ object, file: "", lineOf: () => 0 }, "a"))]);
      return all.isolating("ingress", { namespace: "a", namespaceLabels: {}, labels }).length > 0;
    });
    expect(policies).toEqual(answers);
  });
});
