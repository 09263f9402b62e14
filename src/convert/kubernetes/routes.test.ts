/** Hosts that Ingresses and routes open: all of them, and each for the workload of its own namespace. */
import { describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import {
  app,
  converted,
  decisionsOf,
  type Fields,
  service,
  specOf,
  verdictOf,
} from "../../../test/support/conversions.ts";

const objectOf = (apiVersion: string, kind: string, spec: Fields, namespace?: string) =>
  ({ apiVersion, kind, metadata: { name: "web", namespace }, spec }) as unknown as KubeObject;
const web = (port: number, namespace?: string) => [
  app({ container: { ports: [{ containerPort: port }] }, ...(namespace === undefined ? {} : { namespace }) }),
  service("web", { ports: [{ port: 80, targetPort: port }] }, namespace),
];
const ingress = (host: string, namespace: string) => {
  const paths = [{ path: "/", backend: { service: { name: "web", port: { number: 80 } } } }];
  return objectOf("networking.k8s.io/v1", "Ingress", { rules: [{ host, http: { paths } }] }, namespace);
};

test("an Ingress leads to the Service of its own namespace", () => {
  const conversion = converted(
    ...web(8080, "a"),
    ingress("a.example.com", "a"),
    ...web(9090, "b"),
    ingress("b.example.com", "b"),
  );
  expect(conversion.workloads.map(({ object }) => (object["spec"] as Fields)["expose"])).toEqual([
    [{ host: "a.example.com", port: 8080 }],
    [{ host: "b.example.com", port: 9090 }],
  ]);
});

describe("an HTTPRoute", () => {
  const route = (spec: Fields) =>
    converted(
      ...web(8080),
      objectOf("gateway.networking.k8s.io/v1", "HTTPRoute", { parentRefs: [{ name: "public" }], ...spec }),
    );
  const path = (value: string) => ({ path: { type: "PathPrefix", value } });
  const backendRefs = [{ name: "web", port: 80 }];

  test("opens every path that it matches, and tells what else it matched", () => {
    const matches = [path("/api"), { ...path("/v2"), headers: [{ name: "x", value: "y" }] }];
    const conversion = route({ hostnames: ["shop.example.com"], rules: [{ matches, backendRefs }] });
    expect(specOf(conversion)["expose"]).toEqual([
      { host: "shop.example.com", path: "/api", port: 8080 },
      { host: "shop.example.com", path: "/v2", port: 8080 },
    ]);
    expect(verdictOf(conversion, "matches[1].headers[0].name")).toMatch(/^dropped: /);
  });

  test("without a host is asked for one", () => {
    const conversion = route({ rules: [{ backendRefs }] });
    expect(specOf(conversion)["expose"]).toBeUndefined();
    expect(decisionsOf(conversion)).toEqual(
      expect.arrayContaining([expect.stringMatching(/^expose: .* names no host/)]),
    );
  });
});
