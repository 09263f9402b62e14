/** What Compose says in few characters: variables in volumes, names on its networks, ends that others wait for. */
import { describe, expect, test } from "@jest/globals";
import { parseManifests } from "../../manifests/parse.ts";
import { type Conversion, convert } from "../convert.ts";

const converted = (services: object): Conversion =>
  convert(parseManifests("compose.yaml", JSON.stringify({ services })), "default");
const specOf = ({ workloads }: Conversion, name: string) =>
  workloads.find(({ object }) => object.metadata.name === name)?.object["spec"] as Record<string, unknown>;
const decisionsOf = ({ workloads }: Conversion, name: string): readonly string[] =>
  workloads.find(({ object }) => object.metadata.name === name)?.decisions ?? [];

describe("a volume", () => {
  const mounted = (volume: string | object) => {
    const conversion = converted({ web: { image: "web:1", volumes: [volume] } });
    return { claims: specOf(conversion, "web")["claims"], decisions: decisionsOf(conversion, "web") };
  };

  test.each([
    [`$\{DATA:-./data}:/srv`, "./data"],
    [`$\{DATA}:/srv:z`, `$\{DATA}`],
    ["C:\\data:/srv", "C:\\data"],
    [{ type: "bind", source: `$\{DATA:-/mnt}`, target: "/srv" }, "/mnt"],
  ])("of the host is told by its folder: %j", (volume, folder) => {
    expect(mounted(volume).decisions).toEqual([
      expect.stringContaining(`files: ${folder} of the host was mounted at /srv;`),
    ]);
  });

  test("has the name that its variable has unless told", () => {
    expect(mounted(`$\{VOLUME:-data}:/srv`).claims).toEqual([{ name: "data", path: "/srv", size: "1Gi" }]);
  });

  test("of several services is told, since each has a claim of its own now", () => {
    const conversion = converted({
      web: { image: "web:1", volumes: ["files:/srv"] },
      worker: { image: "web:1", volumes: ["files:/srv"] },
    });
    expect(decisionsOf(conversion, "web")).toContainEqual(
      expect.stringMatching(/^claims\[files\]: worker mounted the same volume/),
    );
  });
});

test("a user is filled in as any other text", () => {
  const conversion = converted({ web: { image: "web:1", user: `$\{UID:-1000}:$\{GID:-1001}` } });
  expect(specOf(conversion, "web")["runAs"]).toEqual({ user: 1_000, group: 1_001 });
});

test("numbers, times and defaults of defaults are filled in as well", () => {
  const conversion = converted({
    web: {
      image: "web:1",
      environment: { LEVEL: `$\{LEVEL:-$\{USUAL:-info}}`, KEPT: `$$\{HOME}` },
      mem_limit: "1g",
      deploy: { replicas: `$\{N:-2}`, resources: { limits: { cpus: `$\{CPUS:-0.5}`, memory: "512m" } } },
      healthcheck: { test: ["CMD", "x"], retries: `$\{RETRIES:-7}` },
    },
  });
  expect(specOf(conversion, "web")).toMatchObject({
    replicas: 2,
    env: [
      { name: "LEVEL", value: "info" },
      { name: "KEPT", value: `$\{HOME}` },
    ],
    resources: { limits: { cpu: "0.5", memory: "512Mi" } },
    probes: { readiness: { failureThreshold: 7 } },
  });
  expect(conversion.ledger.filter(({ verdict }) => verdict === "unclaimed")).toEqual([]);
});

test.each(["5000-5100:5000-5100", `80:$\{PORT}`])("ports that are not carried over are told: %s", (ports) => {
  expect(decisionsOf(converted({ web: { image: "web:1", ports: [ports] } }), "web")).toContainEqual(
    `ports: ${ports} is not carried over; declare the ports that are needed`,
  );
});

describe("a service", () => {
  const db = { image: "postgres:16" };

  test.each([
    ["container_name", { db: { ...db, container_name: "shop-db" } }, {}],
    ["an alias", { db: { ...db, networks: { back: { aliases: ["shop-db"] } } } }, {}],
    ["a link", { db }, { links: ["db:shop-db"] }],
  ])("is called by each name that it has on a network: %s", (_, services, more) => {
    const web = { image: "web:1", environment: { URL: "postgres://shop-db/x" }, ...more };
    const conversion = converted({ ...services, web });
    expect(specOf(conversion, "web")["access"]).toEqual({ outbound: [{ workload: "db", port: 5432 }] });
    expect(specOf(conversion, "db")["serviceNames"]).toEqual([{ name: "shop-db" }]);
  });

  test("has no other name where nobody calls it by one", () => {
    const conversion = converted({
      db: { ...db, container_name: "shop-db" },
      web: { image: "web:1", depends_on: ["db"] },
    });
    expect(specOf(conversion, "db")["serviceNames"]).toBeUndefined();
  });

  test("that others wait for to end is a Job, and is not called", () => {
    const conversion = converted({
      migrate: { image: "web:1" },
      web: { image: "web:1", depends_on: { migrate: { condition: "service_completed_successfully" } } },
    });
    expect(specOf(conversion, "migrate")["type"]).toBe("Job");
    expect(decisionsOf(conversion, "web")).toEqual([]);
    expect(conversion.ledger.filter(({ verdict }) => verdict === "unclaimed")).toEqual([]);
  });
});
