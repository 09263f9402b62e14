/** What is declared beside what was seen. */
import { describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { aReplica, CLUSTER } from "../../test/support/learned.ts";
import { parseSecureWorkload } from "../crds/v1alpha1/secure-workload.ts";
import { AddressBook } from "./address-book.ts";
import { compare } from "./compare.ts";
import { type Callers, callersOf, declaredBy } from "./declared.ts";
import { type Party, type Protocol, SeenEdges } from "./edges.ts";
import { namingOf } from "./naming.ts";

const book = new AddressBook();
book.add(CLUSTER);

const workload = (name: string, spec: object): KubeObject => ({
  apiVersion: "palisade.dev/v1alpha1",
  kind: "SecureWorkload",
  metadata: { name, namespace: "shop" },
  spec: { image: "registry.example.com/a:1", ...spec },
});

const http = { ports: [{ name: "http", port: 8080 }] };
const db = (inbound: readonly object[]) =>
  workload("db", { ports: [{ name: "sql", port: 5432 }], access: { inbound } });

interface Saw {
  readonly from: string;
  readonly to: string;
  readonly port?: number;
  readonly protocol?: Protocol;
}

/** Parties by address, or by the name of a host. */
const at = (text: string): Party =>
  /[a-z]{2}/.test(text)
    ? { kind: "host", host: text }
    : (book.destinationsAt(text, 443)[0]?.party ?? book.callerAt(text));

function findings(
  workloads: readonly KubeObject[],
  saw: readonly Saw[],
  callers: Callers = {},
  looked: "calls" | "names" | "nothing" = "calls",
) {
  const declared = workloads.map((one) => declaredBy(one, "shop"));
  const naming = namingOf(declared, []);
  const seen = new SeenEdges();
  for (const { from, to, port, protocol = "TCP" } of saw)
    seen.add({ from: at(from), to: at(to), port, protocol }, "here");
  return compare({ workloads: declared, seen: seen.edges(naming), callers, looked });
}

const WEB = "10.244.0.5";
const DB = "10.244.0.7";
const GATEWAY = "10.244.0.9";

const said = (workloads: readonly KubeObject[], saw: readonly Saw[], callers: Callers = {}) =>
  findings(workloads, saw, callers).map(({ verdict, from, to, port }) => `${verdict} ${from} ${to} ${port}`);

describe("an edge", () => {
  const toDb = { workload: "db", port: 5432 };

  test("that both ends declare is declared and seen", () => {
    const web = workload("web", { access: { outbound: [toDb] } });
    expect(said([web, db([{ workload: "web" }])], [{ from: WEB, to: DB, port: 5432 }])).toEqual([
      "DeclaredAndSeen shop/web shop/db 5432",
    ]);
  });

  test("that one end declares is not, and the other end lacks it", () => {
    const web = workload("web", { access: { outbound: [toDb] } });
    const [finding, ...others] = findings([web, db([])], [{ from: WEB, to: DB, port: 5432 }]);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      verdict: "SeenNotDeclared",
      declared: [{ workload: "shop/web", direction: "outbound", index: 0 }],
      lacks: [{ workload: "shop/db", direction: "inbound", entry: { workload: "web", port: 5432 } }],
    });
  });

  test("that nobody saw is declared, not seen, once for both ends", () => {
    const web = workload("web", { access: { outbound: [toDb, { workload: "db", port: 9 }] } });
    const found = findings([web, db([{ workload: "web", port: 5432 }])], []);
    expect(found.map(({ verdict, port, declared }) => [verdict, port, declared.length])).toEqual([
      ["DeclaredNotSeen", 5432, 2],
      ["DeclaredNotSeen", 9, 1],
    ]);
  });

  test("that no source could show is not told as not seen", () => {
    const outbound = [toDb, { host: "api.example.com", port: 443 }];
    const told = (looked: "calls" | "names" | "nothing") =>
      findings([workload("web", { access: { outbound } })], [], {}, looked).map(({ to }) => to);
    expect(told("calls")).toEqual(["shop/db", "api.example.com"]);
    expect(told("names")).toEqual(["api.example.com"]);
    expect(told("nothing")).toEqual([]);
  });

  test("is of its port and protocol", () => {
    const web = workload("web", { access: { outbound: [{ ...toDb, protocol: "UDP" }] } });
    expect(said([web], [{ from: WEB, to: DB, port: 5432 }])[0]).toMatch(/^SeenNotDeclared/);
    expect(said([web], [{ from: WEB, to: DB, port: 5432, protocol: "UDP" }])).toEqual([
      "DeclaredAndSeen shop/web shop/db 5432",
    ]);
  });

  test("with a node, with DNS or with nobody we know is none", () => {
    const saw = [
      { from: "10.0.0.7", to: WEB, port: 8080 },
      { from: WEB, to: "10.244.0.2", port: 53 },
      { from: "10.244.0.99", to: WEB, port: 8080 },
    ];
    expect(said([workload("web", http)], saw)).toEqual([]);
  });

  test("is told as it is where nothing is declared", () => {
    expect(said([], [{ from: WEB, to: DB, port: 5432 }])).toEqual(["SeenNotDeclared shop/web shop/db 5432"]);
  });
});

describe.each([
  ["a network", { cidr: "203.0.113.0/24", port: 443 }, "203.0.113.7", 443, "DeclaredAndSeen"],
  ["another network", { cidr: "198.51.100.0/24", port: 443 }, "203.0.113.7", 443, "SeenNotDeclared"],
  ["a range of ports", { cidr: "172.16.0.0/16", port: 3000, endPort: 4000 }, "172.16.0.9", 3307, "DeclaredAndSeen"],
  ["a host, by its port", { host: "api.example.com", port: 443 }, "203.0.113.7", 443, "DeclaredAndSeen"],
  ["a host, on another port", { host: "api.example.com", port: 443 }, "203.0.113.7", 80, "SeenNotDeclared"],
  ["the internet", { internet: true, port: 443 }, "8.8.8.8", 443, "DeclaredAndSeen"],
  ["the internet, which holds no private address", { internet: true, port: 443 }, "172.16.0.9", 443, "SeenNotDeclared"],
  ["the Kubernetes API", { kubernetesAPI: true }, "10.96.0.1", 443, "DeclaredAndSeen"],
  ["a name, asked of DNS", { host: "*.example.com", port: 443 }, "api.example.com", undefined, "DeclaredAndSeen"],
  ["another name", { host: "api.example.org", port: 443 }, "api.example.com", undefined, "SeenNotDeclared"],
  ["pods", { pods: { podLabels: [{ key: "app", value: "db" }] }, port: 5432 }, DB, 5432, "DeclaredAndSeen"],
  ["every workload of a namespace", { namespace: "edge", port: 8080 }, GATEWAY, 8080, "DeclaredAndSeen"],
])("an entry for %s", (_what, entry, to, port, verdict) => {
  test(`makes ${to} port ${port} ${verdict}`, () => {
    const web = workload("web", { access: { outbound: [entry] } });
    expect(findings([web], [{ from: WEB, to, ...(port === undefined ? {} : { port }) }])[0]?.verdict).toBe(verdict);
  });
});

describe("callers of the platform", () => {
  const callers = callersOf({
    apiVersion: "palisade.dev/v1alpha1",
    kind: "SecurityBaseline",
    metadata: { name: "cluster" },
    spec: {
      callers: {
        gateway: { namespace: "edge", podLabels: [{ key: "app", value: "gateway" }], cidrs: ["198.51.100.0/24"] },
      },
    },
  });
  const called = (spec: object, from = GATEWAY) =>
    said([workload("web", { ...http, ...spec })], [{ from, to: WEB, port: 8080 }], callers)[0];

  test("are known by what the SecurityBaseline names", () => {
    expect(called({ access: { inbound: [{ gateway: true }] } })).toMatch(/^DeclaredAndSeen/);
    expect(called({ access: { inbound: [{ gateway: true }] } }, "198.51.100.9")).toMatch(/^DeclaredAndSeen/);
    expect(called({ access: { inbound: [{ monitoring: true }] } })).toMatch(/^SeenNotDeclared/);
  });

  test("need no entry where another field opens the way", () => {
    expect(called({ expose: [{ host: "shop.example.com" }] })).toMatch(/^DeclaredAndSeen/);
    expect(called({})).toMatch(/^SeenNotDeclared/);
    expect(said([workload("web", { permissions: [{}] })], [{ from: WEB, to: "10.96.0.1", port: 443 }])).toEqual([
      "DeclaredAndSeen shop/web kubernetesAPI 443",
    ]);
  });
});

describe("what is lacked", () => {
  const lacks = (workloads: readonly KubeObject[], ...saw: readonly Saw[]) =>
    findings(workloads, saw).flatMap((finding) => finding.lacks.map(({ entry, decision }) => entry ?? decision));

  test.each([
    [
      "pods that are no workload by their labels",
      { to: DB, port: 5432 },
      { pods: { podLabels: [{ key: "app", value: "db" }] }, port: 5432 },
    ],
    [
      "pods of another namespace by their labels",
      { to: GATEWAY, port: 8080 },
      { pods: { namespace: "edge", podLabels: [{ key: "app", value: "gateway" }] }, port: 8080 },
    ],
    ["an address as itself", { to: "203.0.113.7", port: 443 }, { cidr: "203.0.113.7/32", port: 443 }],
    ["a host with its port", { to: "api.example.com", port: 443 }, { host: "api.example.com", port: 443 }],
    ["the Kubernetes API", { to: "10.96.0.1", port: 443 }, { kubernetesAPI: true }],
    [
      "UDP as it is",
      { to: "203.0.113.7", port: 123, protocol: "UDP" },
      { cidr: "203.0.113.7/32", port: 123, protocol: "UDP" },
    ],
  ] as const)("is %s", (_what, saw, entry) => {
    expect(lacks([workload("web", {})], { from: WEB, ...saw })).toEqual([entry]);
    const spec = { image: "registry.example.com/a:1", access: { outbound: [entry] } };
    expect(parseSecureWorkload({ ...workload("web", {}), spec })).toMatchObject({ ok: true });
  });

  test("is a person's to say where the port is not known", () => {
    const asked = { from: WEB, to: "api.example.com" };
    expect(lacks([workload("web", {})], asked)).toEqual([expect.stringContaining("no port was seen")]);
  });

  test("is the name, on the only port that was seen outside, and not the address beside it", () => {
    const saw = [
      { from: WEB, to: "api.example.com" },
      { from: WEB, to: "203.0.113.7", port: 8443 },
    ];
    expect(lacks([workload("web", {})], ...saw)).toEqual([{ host: "api.example.com", port: 8443 }, undefined]);
  });

  test("is a port to declare first, and a caller outside to expose for", () => {
    expect(lacks([workload("web", {})], { from: GATEWAY, to: WEB, port: 8080 })).toEqual([
      expect.stringContaining("not among ports"),
    ]);
    expect(lacks([workload("web", http)], { from: "203.0.113.7", to: WEB, port: 8080 })).toEqual([
      expect.stringContaining("expose it"),
    ]);
  });
});

test("a draft that is called after the Service means the Deployment behind it", () => {
  const deployment: KubeObject = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "shop-web-v2", namespace: "shop" },
    spec: { selector: { matchLabels: { app: "web" } }, template: { metadata: { labels: { app: "web" } } } },
  };
  const service: KubeObject = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "shop" },
    spec: { selector: { app: "web" } },
  };
  const naming = namingOf([declaredBy(workload("web", {}), "shop")], [deployment, service]);
  const moved = new AddressBook();
  moved.add([aReplica("shop-web-v2", "10.244.0.50")]);
  expect(naming(moved.callerAt("10.244.0.50"))).toMatchObject({ name: "web", isWorkload: true });
  expect(naming(book.callerAt(DB))).toMatchObject({ name: "db", isWorkload: false });
});
