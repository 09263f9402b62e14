/** What becomes of the access that a workload declares: peers, networks, hosts, the internet, and callers of the platform. */
import { expect, test } from "@jest/globals";
import {
  aReading,
  aStoredWorkload,
  CHILDREN,
  childOf,
  condition,
  withConditions,
} from "../../../test/support/workload-reading.ts";
import { CILIUM_NETWORK_POLICY, DEPLOYMENT, NETWORK_POLICY } from "../../kubernetes/kinds.ts";
import { accessOf } from "./access.ts";
import type { Reading } from "./reading.ts";

const catalog = { workload: "catalog", namespace: "catalogue", port: 8443, protocol: "TCP" };
const states = (parts: Partial<Reading>) =>
  accessOf(aReading(parts)).ways.map(({ direction, peer, port, state }) => [direction, peer, port, state].join(" "));
const ways = (access: object, status: object = {}, more: Partial<Reading> = {}) =>
  states({ workload: aStoredWorkload({ spec: { access }, status }), ...more });

test("peers are agreed, but for those whose side is missing, and others ask for what is not declared", () => {
  const half = { peer: "catalogue/catalog", direction: "outbound", port: 8443, protocol: "TCP", missing: "theirs" };
  const asking = { peer: "shop/cart", direction: "inbound", port: 8080, protocol: "TCP", missing: "ours" };
  const access = { inbound: [{ workload: "gate", port: 8080 }], outbound: [catalog, { ...catalog, port: 9000 }] };
  expect(ways(access, { access: [half, asking] })).toEqual([
    "inbound shop/gate 8080 agreed",
    "outbound catalogue/catalog 8443/TCP missing",
    "outbound catalogue/catalog 9000/TCP agreed",
    "inbound shop/cart 8080/TCP undeclared",
  ]);
});

test.each([
  ["nothing is judged yet", { conditions: [] }],
  ["the operator has not seen the spec", { observedGeneration: 2 }],
  ["the list was cut", { truncated: [{ field: "access", total: 40 }] }],
])("a peer is unknown where %s", (_, status) => {
  expect(ways({ outbound: [catalog] }, status)).toEqual(["outbound catalogue/catalog 8443/TCP unknown"]);
});

test("networks are open, and namespaces are offers", () => {
  const access = {
    inbound: [{ namespace: "shop" }],
    outbound: [{ cidr: "10.3.0.0/16", port: 1, endPort: 9, protocol: "TCP" }],
  };
  expect(ways(access)).toEqual(["inbound namespace shop  offered", "outbound 10.3.0.0/16 1-9/TCP open"]);
});

test("pods that are no workload's are open as the NetworkPolicy says", () => {
  const pods = { namespace: "legacy", podLabels: [{ key: "app", value: "old" }] };
  const access = {
    inbound: [{ pods }],
    outbound: [{ pods: { podLabels: pods.podLabels }, port: 5432, protocol: "TCP" }],
  };
  const from = [
    {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "legacy" } },
      podSelector: {
        matchLabels: { app: "old" },
        matchExpressions: [{ key: "palisade.dev/workload", operator: "DoesNotExist" }],
      },
    },
  ];
  const policy = { ...childOf(NETWORK_POLICY, "web"), spec: { ingress: [{ from }] } };
  expect(ways(access, {}, { children: new Map([["NetworkPolicy/web", policy]]) })).toEqual([
    "inbound pods app=old in namespace legacy  open",
    "outbound pods app=old in namespace shop 5432/TCP closed",
  ]);
});

test.each<[string, readonly ReturnType<typeof condition>[], string]>([
  ["open where the workload is ready", [], "open"],
  ["open where only pods are the matter", [condition("Ready", "False", "RolloutStalled")], "open"],
  ["closed where the status says so", [condition("Ready", "False", "GatewayUnknown")], "closed"],
  ["unknown where another problem hides it", [condition("Ready", "False", "ImageNotAllowed")], "unknown"],
])("the gateway is %s", (_, conditions, state) => {
  const access = { inbound: [{ gateway: true }] };
  expect(ways(access, { conditions: withConditions(...conditions) })).toEqual([
    `inbound the ingress gateway  ${state}`,
  ]);
});

const gateway = { spec: { access: { inbound: [{ gateway: true }] } } };

test.each<[string, string, object]>([
  [
    "closed, where the message of a worse problem has it",
    "no registry is granted; GatewayUnknown: nobody named its pods",
    { state: "closed", note: "GatewayUnknown" },
  ],
  [
    "unknown, with the problem that may hide it",
    "no registry is granted",
    { state: "unknown", note: "Ready says ImageNotAllowed first, which may hide GatewayUnknown" },
  ],
])("beside a worse problem the gateway is %s", (_, message, way) => {
  const conditions = withConditions(condition("Ready", "False", "ImageNotAllowed", message));
  const { ways: found } = accessOf(aReading({ workload: aStoredWorkload({ ...gateway, status: { conditions } }) }));
  expect(found).toMatchObject([way]);
});

test.each<[string, Partial<Reading>, readonly string[], string]>([
  ["without a policy of the network plugin", {}, CHILDREN, "closed"],
  [
    "with one",
    { children: new Map([["CiliumNetworkPolicy/web", childOf(CILIUM_NETWORK_POLICY, "web")]]) },
    ["CiliumNetworkPolicy/web"],
    "open",
  ],
  [
    "with one that is gone",
    { children: new Map([["CiliumNetworkPolicy/web", undefined]]) },
    ["CiliumNetworkPolicy/web"],
    "closed",
  ],
  ["with one that may not be read", { children: new Map() }, ["CiliumNetworkPolicy/web"], "unknown"],
  ["with one of Calico", { children: new Map() }, ["NetworkPolicy/default.web"], "unknown"],
])("a host %s", (_, parts, children, state) => {
  const access = { outbound: [{ host: "api.example.com", port: 443, protocol: "TCP" }] };
  expect(ways(access, { children }, parts)).toEqual([`outbound api.example.com 443/TCP ${state}`]);
});

const internet = { egress: [{ to: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["10.0.0.0/8"] } }] }] };
test.each<[string, Reading["children"], string]>([
  ["granted", new Map([["NetworkPolicy/web", childOf(NETWORK_POLICY, "web", { spec: internet })]]), "open"],
  ["not granted", new Map([["NetworkPolicy/web", childOf(NETWORK_POLICY, "web", { spec: {} })]]), "closed"],
  ["not known", new Map([["Deployment/web", childOf(DEPLOYMENT, "web")]]), "unknown"],
])("the internet is %s as the workload's NetworkPolicy has it", (_, children, state) => {
  const access = { outbound: [{ internet: true, port: 443, protocol: "TCP" }] };
  expect(ways(access, {}, { children })).toEqual([`outbound the internet 443/TCP ${state}`]);
});

test("exposed hosts are granted where the status has their address", () => {
  const expose = [
    { host: "shop.example.com", path: "/", port: 8080 },
    { host: "other.example.com", path: "/api", port: 8080 },
  ];
  const workload = aStoredWorkload({ spec: { expose }, status: { urls: ["https://shop.example.com/"] } });
  expect(accessOf(aReading({ workload })).exposed).toEqual([
    { host: "shop.example.com", path: "/", isGranted: true },
    { host: "other.example.com", path: "/api", isGranted: false },
  ]);
});
