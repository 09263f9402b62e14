/** What the internet reaches in the matrix is what the audit's edges say, with who declared it. */
import { describe, expect, test } from "@jest/globals";
import { aPod, aService, documents, graphOf } from "../../test/support/audited.ts";
import { internetCounts, internetState } from "./pairs.ts";
import { reachMatrix } from "./reach-matrix.ts";

const web = (spec: object = {}, ports: object = { containerPort: 8080 }): string =>
  aPod("web", spec, { ports: [ports] });
const route = JSON.stringify({
  apiVersion: "networking.k8s.io/v1",
  kind: "Ingress",
  metadata: { name: "site", namespace: "shop" },
  spec: {
    rules: [
      {
        host: "shop.example.com",
        http: { paths: [{ path: "/", backend: { service: { name: "web", port: { number: 8080 } } } }] },
      },
    ],
  },
});
const httpRoute = JSON.stringify({
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "HTTPRoute",
  metadata: { name: "site", namespace: "shop" },
  spec: { rules: [{ backendRefs: [{ name: "web", port: 8080 }] }] },
});
const policy = (...from: readonly object[]): string =>
  JSON.stringify({
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "web", namespace: "shop" },
    spec: { podSelector: {}, policyTypes: ["Ingress"], ingress: from.length === 0 ? [] : [{ from }] },
  });
const PROXY = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "ingress-nginx" } } };
const addresses = (cidr: string): object => ({ ipBlock: { cidr } });
const nodePort = aService("web", 8080, { type: "NodePort", ports: [{ port: 8080, nodePort: 30_080 }] });

/** The pods of a SecureWorkload, and what it declares. */
const own = (spec: object): string =>
  documents(
    JSON.stringify({
      apiVersion: "palisade.dev/v1alpha1",
      kind: "SecureWorkload",
      metadata: { name: "web", namespace: "shop" },
      spec: { image: "registry.example.com/shop/web:1", ports: [{ port: 8080 }], ...spec },
    }),
    web().replace('"labels":{', '"labels":{"palisade.dev/workload":"web",'),
  );

function reached(...manifests: readonly string[]) {
  const { internet, workloads } = reachMatrix(graphOf(documents(...manifests)));
  return (internet[workloads.findIndex(({ id }) => id === "Pod/shop/web")] ?? []).map(({ state, words }) => [
    state,
    words,
  ]);
}

describe("a workload is reached", () => {
  test.each([
    ["through a NodePort", [web(), nodePort], [["open", "Service/web (NodePort 30080)"]]],
    [
      "through a load balancer",
      [web(), aService("web", 8080, { type: "LoadBalancer" })],
      [["open", "Service/web (LoadBalancer)"]],
    ],
    ["through an Ingress", [web(), aService("web", 8080), route], [["open", "Ingress/site to Service/web"]]],
    [
      "through a route of a Gateway",
      [web(), aService("web", 8080), httpRoute],
      [["open", "HTTPRoute/site to Service/web"]],
    ],
    [
      "at a port of the nodes",
      [web({}, { containerPort: 8080, hostPort: 80 })],
      [["open", "port 80 of the nodes (hostPort)"]],
    ],
    [
      "in the node's network, whatever listens there",
      [web({ hostNetwork: true }), policy()],
      [["open", "port 8080 of the nodes (hostNetwork)"]],
    ],
    [
      "in the node's network, at a port that nobody knows",
      [aPod("web", { hostNetwork: true })],
      [["open", "whatever it listens on, at the nodes (hostNetwork)"]],
    ],
    [
      "where its policies name the proxy",
      [web(), aService("web", 8080), route, policy(PROXY)],
      [["declared", "Ingress/site to Service/web"]],
    ],
    [
      "where its policies name some addresses",
      [web(), nodePort, policy(addresses("198.51.100.0/24"))],
      [["declared", "Service/web (NodePort 30080)"]],
    ],
    [
      "where they name every address, and with them every pod",
      [web(), nodePort, policy(addresses("0.0.0.0/0"))],
      [["open", "Service/web (NodePort 30080)"]],
    ],
    ["by no ClusterIP", [web(), aService("web", 8080)], []],
    ["by no NodePort that its policies close", [web(), nodePort, policy()], []],
    ["by no route that its policies close", [web(), aService("web", 8080), route, policy()], []],
  ] as const)("%s", (_, manifests, expected) => {
    expect(reached(...manifests)).toEqual(expected);
  });
});

describe("a SecureWorkload says itself whom it lets in", () => {
  test.each([
    ["a host", { expose: [{ host: "shop.example.com", port: 8080 }] }, [aService("web", 8080), route], "declared"],
    ["the gateway", { access: { inbound: [{ gateway: true }] } }, [aService("web", 8080), route], "declared"],
    ["a network of the internet", { access: { inbound: [{ cidr: "198.51.100.0/24" }] } }, [nodePort], "declared"],
    ["a network of its own", { access: { inbound: [{ cidr: "10.0.0.0/8" }] } }, [nodePort], "open"],
    ["a host, which no NodePort is", { expose: [{ host: "shop.example.com", port: 8080 }] }, [nodePort], "open"],
    ["nobody", {}, [aService("web", 8080), route, policy(PROXY)], "open"],
  ] as const)("%s", (_, spec, manifests, expected) => {
    const [way, ...more] = reached(own(spec), ...manifests);
    expect(way?.[0]).toBe(expected);
    expect(more).toEqual([]);
  });
});

test("counts hold every workload once, and evidence names the line", () => {
  const matrix = reachMatrix(graphOf(documents(web(), nodePort, aPod("inside"))));
  expect(internetCounts(matrix)).toEqual({ declared: 0, open: 1, closed: 1 });
  expect(matrix.internet.flat().map(({ place }) => place)).toEqual(["app.yaml:3"]);
  expect([internetState(undefined), internetState([])]).toEqual(["closed", "closed"]);
});
