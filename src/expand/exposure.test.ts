import { describe, expect, test } from "@jest/globals";
import { anInput, specOf } from "../../test/support/expand-input.ts";
import { type Exposed, exposedPorts, urlsOf } from "./exposure.ts";
import { buildHttpRoute } from "./http-route.ts";
import { buildIngress } from "./ingress.ts";
import { type ExpandInput, type ExposureFacts, NO_PLATFORM } from "./input.ts";
import { type ListenerFacts, listenersFor } from "./listeners.ts";
import { buildNetworkPolicy } from "./network-policy.ts";

const entry = (host: string, path: string, more: Partial<Exposed> = {}): Exposed => ({
  host,
  path,
  port: 8080,
  tls: { secretName: `cert-${host}` },
  ...more,
});

const EXPOSED = [
  entry("a.example.com", "/"),
  entry("b.example.com", "/", { port: 9000 }),
  entry("a.example.com", "/api"),
];

const exposing = (exposure: Partial<ExposureFacts>, exposed?: readonly Exposed[]): ExpandInput =>
  anInput(
    { ports: [{ name: "http", port: 8080, servicePort: 80 }] },
    {
      platform: { ...NO_PLATFORM, exposure: { ...NO_PLATFORM.exposure, ...exposure } },
      ...(exposed === undefined ? {} : { exposed }),
    },
  );

const listener = (name: string, hostname?: string): ListenerFacts => ({ name, hostname });

const gateway = (...listeners: readonly ListenerFacts[]) => ({
  gateway: { namespace: "edge", name: "public", listeners },
});

describe("an Ingress", () => {
  test("has each host once, with its certificate, and leads to the number of the Service's port", () => {
    const spec = specOf(buildIngress(exposing({ ingressClass: "public" }, EXPOSED)));
    expect(spec["tls"]).toEqual([
      { hosts: ["a.example.com"], secretName: "cert-a.example.com" },
      { hosts: ["b.example.com"], secretName: "cert-b.example.com" },
    ]);
    const to = (number: number) => ({ service: { name: "web", port: { number } } });
    expect(spec["rules"]).toEqual([
      {
        host: "a.example.com",
        http: {
          paths: [
            { path: "/", pathType: "Prefix", backend: to(80) },
            { path: "/api", pathType: "Prefix", backend: to(80) },
          ],
        },
      },
      { host: "b.example.com", http: { paths: [{ path: "/", pathType: "Prefix", backend: to(9000) }] } },
    ]);
  });

  test("shares a certificate among the hosts that name it", () => {
    const shared = { tls: { secretName: "star" } };
    const exposed = [entry("a.example.com", "/", shared), entry("b.example.com", "/", shared)];
    const { tls } = specOf(buildIngress(exposing({ ingressClass: "public" }, exposed)));
    expect(tls).toEqual([{ hosts: ["a.example.com", "b.example.com"], secretName: "star" }]);
  });

  test("is made neither without a class nor without a granted host", () => {
    expect(buildIngress(exposing({}, EXPOSED))).toBeUndefined();
    expect(buildIngress(exposing({ ingressClass: "public" }, []))).toBeUndefined();
    expect(buildIngress(exposing({ ingressClass: "public" }))).toBeUndefined();
  });
});

describe("an HTTPRoute", () => {
  const input = exposing(gateway(listener("all"), listener("b-only", "b.example.com")), EXPOSED);

  test("serves one host, through the listeners that serve it", () => {
    expect(buildHttpRoute(input, 0)?.metadata.name).toBe("web.0");
    expect(specOf(buildHttpRoute(input, 0))["hostnames"]).toEqual(["a.example.com"]);
    expect(specOf(buildHttpRoute(input, 0))["parentRefs"]).toMatchObject([{ name: "public", sectionName: "all" }]);
    expect(specOf(buildHttpRoute(input, 1))["parentRefs"]).toMatchObject([
      { sectionName: "all" },
      { sectionName: "b-only" },
    ]);
  });

  test("leads to the Service on each path", () => {
    expect(specOf(buildHttpRoute(input, 0))["rules"]).toMatchObject([
      { matches: [{ path: { value: "/" } }], backendRefs: [{ name: "web", port: 80 }] },
      { matches: [{ path: { value: "/api" } }], backendRefs: [{ name: "web", port: 80 }] },
    ]);
  });

  test("is made neither without a Gateway nor for more hosts than are granted", () => {
    expect(buildHttpRoute(exposing({}, EXPOSED), 0)).toBeUndefined();
    expect(buildHttpRoute(exposing(gateway()), 0)).toBeUndefined();
    expect(buildHttpRoute(input, 2)).toBeUndefined();
  });
});

test.each([
  { hostname: undefined, host: "a.example.com", serves: true },
  { hostname: "a.example.com", host: "a.example.com", serves: true },
  { hostname: "a.example.com", host: "b.example.com", serves: false },
  { hostname: "*.example.com", host: "a.example.com", serves: true },
  { hostname: "*.example.com", host: "deep.a.example.com", serves: true },
  { hostname: "*.example.com", host: "example.com", serves: false },
  { hostname: "*.example.com", host: "aexample.com", serves: false },
])("a listener of $hostname serves $host: $serves", ({ hostname, host, serves }) => {
  const { gateway: facts } = gateway(listener("https", hostname));
  expect(listenersFor(facts, host)).toHaveLength(serves ? 1 : 0);
});

test("a route names no more parents than the Gateway API allows", () => {
  const { gateway: facts } = gateway(...Array.from({ length: 40 }, (_, index) => listener(`l${index}`)));
  expect(listenersFor(facts, "a.example.com")).toHaveLength(32);
});

test("the gateway is let in to exposed ports alone, and the monitoring stack to what is scraped", () => {
  const callers = {
    gateway: { pods: { namespace: "edge", podLabels: { app: "gateway" } }, cidrs: [] },
    monitoring: { pods: { namespace: "monitoring", podLabels: { app: "prometheus" } }, cidrs: [] },
  };
  const input = anInput(
    { monitoring: { port: 9090 } },
    { platform: { ...NO_PLATFORM, ...callers }, exposed: [...EXPOSED, entry("c.example.com", "/")] },
  );
  const { ingress } = specOf(buildNetworkPolicy(input)) as { ingress: readonly { readonly ports: unknown }[] };
  expect(ingress.map(({ ports }) => ports)).toEqual([
    [
      { port: 8080, protocol: "TCP" },
      { port: 9000, protocol: "TCP" },
    ],
    [{ port: 9090, protocol: "TCP" }],
  ]);
});

test("ports and addresses of what is declared are each named once", () => {
  expect(exposedPorts({})).toEqual([]);
  expect(exposedPorts({ expose: EXPOSED })).toEqual([8080, 9000]);
  expect(urlsOf(EXPOSED)).toEqual(["https://a.example.com/", "https://b.example.com/", "https://a.example.com/api"]);
});
