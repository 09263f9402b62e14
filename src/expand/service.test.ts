import { expect, test } from "@jest/globals";
import { anInput, specOf } from "../../test/support/expand-input.ts";
import { buildHeadlessService, buildNamedService, buildService, servicePortOf } from "./service.ts";
import { buildStatefulSet } from "./stateful-set.ts";

const PORTS = [
  { name: "http", port: 8080, servicePort: 80 },
  { name: "dns", port: 53, protocol: "UDP" },
];

test("a Service leads by number to the ports that are declared, and is not made where there are none", () => {
  expect(specOf(buildService(anInput({ ports: PORTS })))["ports"]).toEqual([
    { name: "http", port: 80, targetPort: 8080, protocol: "TCP" },
    { name: "dns", port: 53, targetPort: 53, protocol: "UDP" },
  ]);
  expect(buildService(anInput({ ports: [] }))).toBeUndefined();
  expect(buildService(anInput({ ports: undefined }))).toBeUndefined();
});

test("only a StatefulSet has a headless Service, with ports or without", () => {
  expect(buildHeadlessService(anInput({ ports: PORTS }))).toBeUndefined();
  const spec = specOf(buildHeadlessService(anInput({ type: "StatefulSet", ports: PORTS })));
  expect(spec).toMatchObject({ clusterIP: "None", publishNotReadyAddresses: true });
  expect(spec["ports"]).toHaveLength(2);
  expect(specOf(buildHeadlessService(anInput({ type: "StatefulSet", ports: [] })))).not.toHaveProperty("ports");
});

const member = (...serviceNames: readonly object[]) =>
  anInput({ type: "StatefulSet", ports: PORTS, sessionAffinity: "ClientIP", serviceNames });

test("a chosen name leads to the same ports, headless or not", () => {
  const input = member({ name: "db" }, { name: "members", headless: true });
  expect(specOf(buildNamedService(input, "db"))).toEqual(specOf(buildService(input)));
  expect(specOf(buildNamedService(input, "members"))).toMatchObject({ clusterIP: "None", sessionAffinity: "None" });
  expect(specOf(buildNamedService(input, "members"))).not.toHaveProperty("publishNotReadyAddresses");
  expect(buildNamedService(input, "other")).toBeUndefined();
  expect(buildNamedService({ ...input, withheldNames: ["db"] }, "db")).toBeUndefined();
});

test.each([
  { name: "members", build: (input: ReturnType<typeof member>) => buildNamedService(input, "members") },
  { name: "web", build: buildService },
])("the governing Service is called $name where the spec says so, and nothing is called -pods", ({ name, build }) => {
  const input = member({ name, governs: true });
  expect(specOf(build(input))).toMatchObject({ clusterIP: "None", publishNotReadyAddresses: true });
  expect(buildHeadlessService(input)).toBeUndefined();
  expect(specOf(buildStatefulSet(input))).toMatchObject({ serviceName: name });
});

test("the Service of the workload's own name is headless where the spec says so, with ports or without", () => {
  expect(specOf(buildService(anInput({ serviceNames: [{ name: "web", headless: true }] })))).toMatchObject({
    clusterIP: "None",
  });
});

test("the Service's number of a port is that of the declared TCP port, or the port itself", () => {
  const { spec } = anInput({ ports: PORTS });
  expect(servicePortOf(spec, 8080)).toBe(80);
  expect(servicePortOf(spec, 53)).toBe(53);
  expect(servicePortOf({ ...spec, ports: undefined }, 9_090)).toBe(9_090);
});
