/** Lines of what clusters have already: flows of Hubble and Goldmane, the log of CoreDNS. */
import { describe, expect, test } from "@jest/globals";
import { CLUSTER } from "../../test/support/learned.ts";
import { AddressBook } from "./address-book.ts";
import { dnsReader } from "./dns-log.ts";
import { nameOf, SeenEdges } from "./edges.ts";
import { goldmaneReader } from "./goldmane.ts";
import { hubbleReader } from "./hubble.ts";
import type { LineReader } from "./source.ts";

function readAll(reader: (seen: SeenEdges) => LineReader, lines: readonly (object | string)[]) {
  const seen = new SeenEdges();
  const read = reader(seen);
  const results = lines.map((line) => read(typeof line === "string" ? line : JSON.stringify(line)));
  const edges = seen.edges().map(({ from, to, port, protocol }) => `${nameOf(from)} ${nameOf(to)} ${port} ${protocol}`);
  return { results, edges, left: seen.left() };
}

const end = (namespace: string, workload: string, rest: object = {}) => ({
  ID: 1,
  identity: 4711,
  namespace,
  labels: [
    `k8s:app=${workload}`,
    `k8s:io.kubernetes.pod.namespace=${namespace}`,
    "k8s:io.cilium.k8s.policy.cluster=default",
  ],
  pod_name: `${workload}-7d9f8b6c5-x2v4q`,
  workloads: [{ name: workload, kind: "Deployment" }],
  ...rest,
});
const WORLD = { identity: 2, labels: ["reserved:world"] };

const flow = (rest: object = {}) => ({
  time: "2026-11-30T12:00:00.1Z",
  verdict: "FORWARDED",
  IP: { source: "10.0.1.5", destination: "10.0.1.6", ipVersion: "IPv4" },
  l4: { TCP: { source_port: 40000, destination_port: 5432, flags: { SYN: true } } },
  source: end("shop", "web"),
  destination: end("shop", "db"),
  Type: "L3_L4",
  traffic_direction: "EGRESS",
  is_reply: false,
  ...rest,
});

describe("Hubble", () => {
  test.each<[string, object, string | undefined]>([
    ["a flow", flow(), "shop/web shop/db 5432 TCP"],
    ["a flow of jsonpb", { flow: flow(), node_name: "n", time: "2026-11-30T12:00:00.1Z" }, "shop/web shop/db 5432 TCP"],
    ["UDP", flow({ l4: { UDP: { source_port: 1, destination_port: 514 } } }), "shop/web shop/db 514 UDP"],
    [
      "pods whose workload it does not say",
      flow({ source: end("shop", "web", { workloads: undefined }) }),
      "shop/web shop/db 5432 TCP",
    ],
    [
      "a workload by its label",
      flow({ source: end("shop", "x", { labels: ["k8s:palisade.dev/workload=web"] }) }),
      "shop/web shop/db 5432 TCP",
    ],
    ["an address outside", flow({ destination: WORLD }), "shop/web 10.0.1.6 5432 TCP"],
    [
      "a name outside",
      flow({ destination: WORLD, destination_names: ["api.example.com."] }),
      "shop/web api.example.com 5432 TCP",
    ],
    [
      "the API server",
      flow({ destination: { labels: ["reserved:kube-apiserver", "reserved:remote-node"] } }),
      "shop/web kubernetesAPI 5432 TCP",
    ],
    ["a first packet whose direction it does not say", flow({ is_reply: null }), "shop/web shop/db 5432 TCP"],
    ["a kubelet", flow({ source: { labels: ["reserved:host"] } }), undefined],
    [
      "the cluster's DNS",
      flow({ destination: end("kube-system", "coredns", { labels: ["k8s:k8s-app=kube-dns"] }) }),
      undefined,
    ],
    ["somebody it does not know", flow({ destination: {} }), undefined],
  ])("tells %s", (_what, line, edge) => {
    const { results, edges } = readAll(hubbleReader, [line]);
    expect(results).toEqual(["read"]);
    expect(edges).toEqual(edge === undefined ? [] : [edge]);
  });

  test("tells what an answer of DNS was for", () => {
    const dns = (type: string, rest: object = {}) =>
      flow({
        source: end("kube-system", "coredns", { labels: ["k8s:k8s-app=kube-dns"] }),
        destination: end("shop", "web"),
        is_reply: true,
        l7: { type, dns: { query: "API.example.com.", qtypes: ["A"], ...rest } },
      });
    const lines = [
      dns("RESPONSE"),
      dns("REQUEST"),
      dns("RESPONSE", { rcode: 3 }),
      dns("RESPONSE", { query: "db.shop.svc.cluster.local." }),
    ];
    const { results, edges } = readAll(hubbleReader, lines);
    expect(edges).toEqual(["shop/web api.example.com undefined TCP"]);
    expect(results).toEqual(["read", "passed over", "passed over", "passed over"]);
  });

  test.each<[object | string, string]>([
    [flow({ verdict: "DROPPED" }), "refused"],
    [flow({ is_reply: true }), "passed over"],
    [
      flow({ is_reply: null, l4: { TCP: { destination_port: 40000, flags: { SYN: true, ACK: true } } } }),
      "passed over",
    ],
    [flow({ l4: { ICMPv4: { type: 8 } } }), "passed over"],
    [{ lost_events: { num_events_lost: 7 } }, "passed over"],
    [{ something: 1 }, "broken"],
    ['{"flow":{"verdict":"FORW', "broken"],
    ["[]", "broken"],
    [flow({ l4: { TCP: {} } }), "broken"],
  ])("passes over, counts what was refused, and tells broken lines: %#", (line, expected) => {
    expect(readAll(hubbleReader, [line])).toMatchObject({ results: [expected], edges: [] });
  });
});

describe("Goldmane", () => {
  const key = (rest: object = {}) => ({
    source_name: "web-7d9f8b6c5-*",
    source_namespace: "shop",
    source_type: "WorkloadEndpoint",
    dest_name: "db-*",
    dest_namespace: "shop",
    dest_type: "WorkloadEndpoint",
    dest_port: "5432",
    dest_service_name: "db",
    dest_service_port: "5432",
    proto: "tcp",
    reporter: "Src",
    action: "Allow",
    ...rest,
  });
  const camel = (fields: object): object =>
    Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [
        name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
        value,
      ]),
    );
  const whisker = {
    start_time: "2026-11-30T12:00:00Z",
    action: "Allow",
    source_name: "web-7d9f8b6c5-*",
    source_namespace: "shop",
    source_labels: "app=web",
    dest_name: "db-*",
    dest_namespace: "shop",
    protocol: "tcp",
    dest_port: 5432,
    reporter: "Dst",
  };

  test.each<[string, object, string | undefined]>([
    ["a flow of its API", { id: "1", flow: { Key: key(), start_time: "1" } }, "shop/web shop/db 5432 TCP"],
    ["a flow in protobuf's JSON", { flow: { Key: camel(key()) } }, "shop/web shop/db 5432 TCP"],
    [
      "enumerations as numbers",
      { flow: { Key: key({ source_type: 1, dest_type: 1, action: 1 }) } },
      "shop/web shop/db 5432 TCP",
    ],
    ["a flow of Whisker", whisker, "shop/web shop/db 5432 TCP"],
    ["UDP", { flow: { Key: key({ proto: "udp" }) } }, "shop/web shop/db 5432 UDP"],
    [
      "a workload by its label",
      { flow: { Key: key(), source_labels: ["palisade.dev/workload=front", "app=web"] } },
      "shop/front shop/db 5432 TCP",
    ],
    [
      "a workload by Whisker's labels",
      { ...whisker, dest_labels: "app=db | palisade.dev/workload=sql" },
      "shop/web shop/sql 5432 TCP",
    ],
    [
      "the public network",
      { flow: { Key: key({ dest_type: "Network", dest_name: "pub", dest_namespace: "" }) } },
      "shop/web a public network 5432 TCP",
    ],
    [
      "a private network, by Whisker",
      { ...whisker, dest_name: "pvt", dest_namespace: "-" },
      "shop/web a private network 5432 TCP",
    ],
    ["a node", { flow: { Key: key({ source_type: "HostEndpoint", source_name: "node" }) } }, undefined],
    [
      "the cluster's DNS",
      { flow: { Key: key({ dest_namespace: "kube-system", dest_name: "coredns-7d9f8b6c5-*" }) } },
      undefined,
    ],
  ])("tells %s", (_what, line, edge) => {
    const { results, edges } = readAll(goldmaneReader, [line]);
    expect(results).toEqual(["read"]);
    expect(edges).toEqual(edge === undefined ? [] : [edge]);
  });

  test.each<[object | string, string]>([
    [{ flow: { Key: key({ action: "Deny" }) } }, "refused"],
    [{ flow: { Key: key({ proto: "icmp" }) } }, "passed over"],
    [{ flow: { Key: {} } }, "broken"],
    [{ any: "thing" }, "broken"],
    ["", "broken"],
  ])("counts what was refused, and tells broken lines: %#", (line, expected) => {
    expect(readAll(goldmaneReader, [line])).toMatchObject({ results: [expected], edges: [] });
  });
});

describe("the log of CoreDNS", () => {
  const book = new AddressBook();
  book.add(CLUSTER);
  const lines = (...some: readonly string[]) => readAll((seen) => dnsReader(seen, book), some);
  const query = (
    name: string,
    { type = "A", rcode = "NOERROR", from = "10.244.0.5:36413", head = "[INFO] " } = {},
  ): string => `${head}${from} - 41823 "${type} IN ${name} udp 54 false 512" ${rcode} qr,aa,rd,ra 106 0.000183917s`;

  test.each([
    ["what a pod asked for", query("api.example.com."), ["shop/web api.example.com undefined TCP"]],
    [
      "it with what kubectl and containerd write before",
      query("API.example.com.", { head: "[pod/coredns-1/coredns] 2026-11-30T12:00:00Z [INFO] " }),
      ["shop/web api.example.com undefined TCP"],
    ],
    [
      "it over IPv6",
      query("api.example.com.", { from: "[::ffff:10.244.0.6]:53124" }),
      ["shop/api api.example.com undefined TCP"],
    ],
    ["AAAA", query("api.example.com.", { type: "AAAA" }), ["shop/web api.example.com undefined TCP"]],
    ["nobody it does not know", query("api.example.com.", { from: "10.244.0.99:1" }), []],
    ["no node", query("api.example.com.", { from: "10.0.0.7:1" }), []],
  ])("tells %s", (_what, line, expected) => {
    expect(lines(line)).toMatchObject({ results: ["read"], edges: expected });
  });

  test.each([
    [query("api.example.com.shop.svc.cluster.local.", { rcode: "NXDOMAIN" }), "passed over"],
    [query("db.shop.svc.cluster.local."), "passed over"],
    [query("api.example.com.", { rcode: "SERVFAIL" }), "passed over"],
    [query("5.0.244.10.in-addr.arpa.", { type: "PTR" }), "passed over"],
    [query("web."), "passed over"],
    ["[INFO] plugin/reload: Running configuration SHA512 = 1b", "passed over"],
    [".:53", "passed over"],
    ["CoreDNS-1.12.1", "passed over"],
    ["something else", "broken"],
    ["", "broken"],
  ])("passes over what is of the cluster or was not answered: %s", (line, expected) => {
    expect(lines(line)).toMatchObject({ results: [expected], edges: [] });
  });
});

test("edges of one kind are one edge, with the first of its evidence; what nobody has is counted", () => {
  const seen = new SeenEdges();
  const web = { kind: "workload", namespace: "shop", name: "web", labels: {} } as const;
  const edge = (address: string, kind: "outside" | "unknown" = "outside") =>
    ({ from: web, to: { kind, address }, port: 1, protocol: "TCP" }) as const;
  for (const evidence of ["a", "b", "b", "c", "d"]) seen.add(edge("203.0.113.1"), evidence);
  seen.add(edge("10.244.0.99", "unknown"), "e");
  expect(seen.edges().map(({ evidence }) => evidence)).toEqual([["a", "b", "c"]]);
  expect(seen.left()).toEqual([expect.stringContaining("1 connections of addresses")]);
  for (let index = 0; index < 20_010; index += 1) seen.add(edge(`h${index}`), "f");
  expect(seen.edges()).toHaveLength(20_000);
  expect(seen.left()[1]).toContain("11 edges beyond");
});
