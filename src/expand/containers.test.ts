import { describe, expect, test } from "@jest/globals";
import { anInput } from "../../test/support/expand-input.ts";
import { containersOf, declaredContainers } from "./containers.ts";
import type { ExpandInput } from "./input.ts";

const built = (spec: object, more: Partial<ExpandInput> = {}) => {
  const input = anInput(spec, more);
  return containersOf(input, declaredContainers(input));
};

const first = (spec: object, more: Partial<ExpandInput> = {}) => built(spec, more).containers[0];

describe("probes", () => {
  test("spell out every default of the API server", () => {
    const probes = {
      readiness: { httpGet: { path: "/ready", port: 8080 } },
      liveness: { tcpSocket: { port: 8080 }, initialDelaySeconds: 5 },
      startup: { grpc: { port: 8080 } },
    };
    const defaults = { periodSeconds: 10, timeoutSeconds: 1, failureThreshold: 3, successThreshold: 1 };
    expect(first({ probes })).toMatchObject({
      readinessProbe: { httpGet: { path: "/ready", port: 8080, scheme: "HTTP" }, ...defaults },
      livenessProbe: { tcpSocket: { port: 8080 }, initialDelaySeconds: 5, ...defaults },
      startupProbe: { grpc: { port: 8080, service: "" }, ...defaults },
    });
  });

  test("keep what is declared, and leave out a delay of none", () => {
    const httpGet = { path: "/", port: 8080, headers: [{ name: "Accept", value: "text/plain" }] };
    const timing = { periodSeconds: 2, timeoutSeconds: 3, failureThreshold: 4, successThreshold: 5 };
    const readiness = { httpGet, ...timing, initialDelaySeconds: 0 };
    const { readinessProbe } = first({ probes: { readiness } }) ?? {};
    expect(readinessProbe).toMatchObject({ httpGet: { httpHeaders: httpGet.headers }, ...timing });
    expect(readinessProbe).not.toHaveProperty("initialDelaySeconds");
    const startup = { grpc: { port: 8080, service: "health" } };
    expect(first({ probes: { startup } })?.startupProbe?.grpc).toEqual({ port: 8080, service: "health" });
    expect(first({ probes: { liveness: { exec: { command: ["true"] } } } })?.livenessProbe?.exec).toEqual({
      command: ["true"],
    });
  });
});

test.each([
  { hooks: {}, expected: undefined },
  { hooks: { preStop: { sleepSeconds: 5 } }, expected: { preStop: { sleep: { seconds: 5 } } } },
  {
    hooks: { postStart: { exec: { command: ["warm"] } } },
    expected: { postStart: { exec: { command: ["warm"] } } },
  },
  {
    hooks: { preStop: { httpGet: { path: "/quit", port: 8080 } } },
    expected: { preStop: { httpGet: { path: "/quit", port: 8080, scheme: "HTTP" } } },
  },
])("hooks $hooks become $expected", ({ hooks, expected }) => {
  expect(first({ lifecycle: hooks })?.lifecycle).toEqual(expected);
});

describe("resources", () => {
  const resourcesFor = (resources: object, lifted?: ReadonlySet<string>) =>
    first({ resources }, lifted === undefined ? {} : { lifted })?.resources;

  test("that are declared in part never contradict the defaults of the other part", () => {
    const tight = resourcesFor({ limits: { cpu: "10m", memory: "16Mi" } });
    expect(tight?.requests).toMatchObject({ cpu: "10m", memory: "16Mi" });
    const wide = resourcesFor({ requests: { cpu: "64", memory: "64Gi" } });
    expect(wide?.limits).toMatchObject({ cpu: "64", memory: "64Gi" });
  });

  test("have no default limit where that rule is lifted, and keep a declared one", () => {
    const lifted = new Set(["resource-limits"]);
    expect(resourcesFor({}, lifted)).not.toHaveProperty("limits");
    expect(resourcesFor({ limits: { cpu: "1" } }, lifted)?.limits).toEqual({ cpu: "1" });
  });
});

test("environment comes from copies of ConfigMaps and from Secrets, and an empty value is left out as the API server does", () => {
  const container = first({
    env: [
      { name: "EMPTY", value: "" },
      { name: "LEVEL", valueFrom: { configMapKeyRef: { name: "settings", key: "level" } } },
      { name: "TOKEN", valueFrom: { secretKeyRef: { name: "tokens", key: "api" } } },
    ],
    envFrom: [{ configMap: "settings", prefix: "APP_" }, { secret: "tokens" }],
  });
  const copy = `web.settings.${"0".repeat(20)}`;
  expect(container?.env).toEqual([
    { name: "EMPTY" },
    { name: "LEVEL", valueFrom: { configMapKeyRef: { name: copy, key: "level" } } },
    { name: "TOKEN", valueFrom: { secretKeyRef: { name: "tokens", key: "api" } } },
  ]);
  expect(container?.envFrom).toEqual([
    { prefix: "APP_", configMapRef: { name: copy } },
    { secretRef: { name: "tokens" } },
  ]);
});

test("a ConfigMap that was not resolved stops the expansion, so that no pod starts without it", () => {
  expect(() => first({ envFrom: [{ configMap: "settings" }] }, { resolved: { configs: {}, images: {} } })).toThrow(
    "ConfigMap settings is not resolved",
  );
});

test("an image runs by its digest where that is known", () => {
  const declared = "registry.example.com/shop/web:1.4.2";
  const pinned = `${declared}@sha256:${"0".repeat(64)}`;
  expect(first({}, { resolved: { configs: {}, images: { [declared]: pinned } } })?.image).toBe(pinned);
  expect(first({})?.image).toBe(declared);
});

test("sidecars run beside the first container for as long as it does, and before it starts", () => {
  const image = "registry.example.com/shop/other:1";
  const containers = [
    { name: "migrate", role: "Init", image },
    { name: "proxy", role: "Sidecar", image },
    { name: "exporter", role: "Extra", image },
  ];
  const pod = built({ containers, command: ["serve"], args: ["--fast"] });
  expect(pod.initContainers?.map(({ name, restartPolicy }) => [name, restartPolicy])).toEqual([
    ["migrate", undefined],
    ["proxy", "Always"],
  ]);
  expect(pod.containers.map(({ name }) => name)).toEqual(["web", "exporter"]);
  expect(pod.containers[0]).toMatchObject({ command: ["serve"], args: ["--fast"] });
});
