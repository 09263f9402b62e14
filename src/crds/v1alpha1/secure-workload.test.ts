import { API_VERSION } from "../group.ts";
import { parseSecureWorkload } from "./secure-workload.ts";

const workload = (spec: object, metadata: object = { name: "web" }): object => ({
  apiVersion: API_VERSION,
  kind: "SecureWorkload",
  metadata,
  spec: { image: "registry.example.com/shop/web:1.4.2", ...spec },
});

const errorsOf = (raw: unknown): readonly string[] => {
  const parsed = parseSecureWorkload(raw);
  return parsed.ok ? [] : parsed.errors;
};

test("the defaults of the CRD are filled in", () => {
  const parsed = parseSecureWorkload(workload({ ports: [{ name: "http", port: 8080 }], scratch: [{ path: "/tmp" }] }));
  expect(parsed).toMatchObject({
    ok: true,
    value: { spec: { replicas: 1, ports: [{ protocol: "TCP" }], scratch: [{ size: "64Mi" }] } },
  });
});

test("null counts as absent, as for the API server, and brings the default", () => {
  const parsed = parseSecureWorkload(workload({ replicas: null, command: null, probes: { readiness: null } }));
  expect(parsed).toMatchObject({ ok: true, value: { spec: { replicas: 1, probes: {} } } });
  expect(errorsOf(workload({ image: null }))).toEqual(["spec.image: is required"]);
});

test("a null in a list, or under an unknown name, is refused", () => {
  expect(errorsOf(workload({ args: [null] }))).toEqual(["spec.args[0]: must be a string"]);
  expect(errorsOf(workload({ privileged: null }))).toEqual(["spec: unknown field: privileged"]);
});

test("length counts characters, as for the API server, not UTF-16 units", () => {
  expect(errorsOf(workload({ args: ["😀".repeat(8_192)] }))).toEqual([]);
  expect(errorsOf(workload({ args: ["😀".repeat(8_193)] }))).toEqual([
    "spec.args[0]: must be at most 8192 characters long",
  ]);
});

test("an error names the field by its path and never repeats the value", () => {
  const errors = errorsOf(workload({ env: [{ name: "PASSWORD", value: { hunter2: true } }], replicas: "hunter2" }));
  expect(errors).toEqual(["spec.env[0].value: must be a string", "spec.replicas: must be a whole number"]);
  expect(errors.join()).not.toContain("hunter2");
});

test("bounds are told in words for people", () => {
  expect(errorsOf(workload({ replicas: 1_001, terminationGracePeriodSeconds: 0 }))).toEqual([
    "spec.replicas: must be at most 1000",
    "spec.terminationGracePeriodSeconds: must be at least 1",
  ]);
  const httpGet = { path: "healthz", port: 80 };
  expect(errorsOf(workload({ probes: { liveness: { httpGet } } })).join()).toMatch(/httpGet[.]path: must match /);
});

test("what manifests of Kubernetes may hold of a probe or a variable may be moved as it is", () => {
  const httpGet = { path: "/", port: 80, headers: [{ name: "Host", value: "shop.example.com" }] };
  const probe = { httpGet, successThreshold: 1 };
  const env = [{ name: "POD", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.name" } } }];
  expect(errorsOf(workload({ probes: { readiness: probe, liveness: probe, startup: probe }, env }))).toEqual([]);
  expect(errorsOf(workload({ probes: { liveness: { ...probe, successThreshold: 2 } } }))).toHaveLength(1);
  const secret = [{ name: "Authorization", value: "x" }];
  expect(errorsOf(workload({ probes: { liveness: { httpGet: { ...httpGet, headers: secret } } } })).join()).toContain(
    "headers must not set Authorization",
  );
});

test("a number with a point says that it needs quotes, and other amounts where their form is told", () => {
  expect(errorsOf(workload({ resources: { requests: { cpu: 0.5 } } }))).toEqual([
    'spec.resources.requests.cpu: must be a whole number or text: write it in quotes, as in "0.5"',
  ]);
  expect(errorsOf(workload({ resources: { requests: { cpu: "half" } } })).join()).toContain("250m");
});

test.each(["default", "palisade-web", "1web", "web.dot", "Web", "a".repeat(53), ""])(
  "the name %j is refused with a reason",
  (name) => {
    expect(errorsOf(workload({}, { name })).join()).toContain("metadata.name must");
  },
);

test.each([undefined, null, 7, "web", [], {}])("%j is refused without a throw", (raw) => {
  expect(parseSecureWorkload(raw).ok).toBe(false);
});
