/** Whose a Service of a chosen name is, and since when it may be made. */
import { describe, expect, test } from "@jest/globals";
import { type Governed, governed, workloadReference } from "../../test/support/governed.ts";
import { ENROLMENT_LABEL, SECURE_WORKLOAD, SERVICES_ANNOTATION, WORKLOAD_LABEL } from "../crds/group.ts";
import { NAMESPACE, SERVICE } from "../kubernetes/kinds.ts";
import { EVERYTHING } from "../reconcilers/namespace/name-list.ts";

const calling = (...names: readonly string[]) => ({
  ports: [{ port: 8080 }],
  serviceNames: names.map((name) => ({ name })),
});

/** Writes the list of names on the namespace. */
const list = (world: Governed, services: string): void =>
  void world.put(NAMESPACE, {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name: "shop",
      labels: { [ENROLMENT_LABEL]: "sealed" },
      annotations: { [SERVICES_ANNOTATION]: services },
    },
  });

/** Writes what the status of a workload records, and when the workload was created. */
function report(world: Governed, name: string, children: readonly string[], creationTimestamp?: string): void {
  const stored = world.all(SECURE_WORKLOAD).find(({ metadata }) => metadata.name === name);
  const metadata = { ...stored?.metadata, ...(creationTimestamp === undefined ? {} : { creationTimestamp }) };
  world.put(SECURE_WORKLOAD, { ...stored, metadata, status: { children } });
}

const holder = ({ state }: Governed, name: string) =>
  state.serviceNames.holderOf({ namespace: "shop", name })?.ref.name;

const servicesOf = (world: Governed, name = "web"): readonly string[] =>
  world.state
    .expanded(world.workload(name))
    .filter(({ kind }) => kind === "Service")
    .map(({ metadata }) => metadata.name);

const problems = (world: Governed, name: string): readonly string[] =>
  world.state.serviceNames.problemsOf(world.workload(name)).map(({ reason, message }) => `${reason} ${message}`);

test("nothing is made before the namespace protects the name, and a list of everything protects it too", () => {
  const world = governed(calling("shop"));
  expect(servicesOf(world)).toEqual(["web"]);
  list(world, ",shopping,");
  expect(servicesOf(world)).toEqual(["web"]);
  list(world, ",shop,");
  expect(servicesOf(world)).toEqual(["web", "shop"]);
  list(world, EVERYTHING);
  expect(servicesOf(world)).toEqual(["web", "shop"]);
});

test("what was made stays wanted when somebody takes its name off the list", () => {
  const world = governed(calling("shop"));
  report(world, "web", ["Service/web", "Service/shop"]);
  expect(servicesOf(world)).toEqual(["web", "shop"]);
});

describe("of two that choose one name", () => {
  const both = (): Governed => {
    const world = governed(calling("shop"));
    world.declare("api", calling("shop"));
    list(world, ",shop,");
    report(world, "api", [], "2026-02-02T00:00:00Z");
    return world;
  };

  test("the older has it, and the other is told", () => {
    const world = both();
    expect(holder(world, "shop")).toBe("web");
    expect(servicesOf(world, "api")).toEqual(["api"]);
    expect(problems(world, "web")).toEqual([]);
    expect(problems(world, "api")).toEqual([
      "NameTaken serviceNames: Service shop belongs to SecureWorkload web: choose another name, or remove it there first; a Service leads to the pods of one workload",
    ]);
  });

  test("the one has it whose status records it, until it is gone there", () => {
    const world = both();
    report(world, "api", ["Service/shop"]);
    expect(holder(world, "shop")).toBe("api");
    expect(servicesOf(world)).toEqual(["web"]);
    expect(world.state.serviceNames.rivalsOf(world.workload("api"))).toEqual(["shop/web"]);
    world.declare("api", { ports: [{ port: 8080 }] });
    report(world, "api", []);
    expect(holder(world, "shop")).toBe("web");
  });

  test("neither has the name of a workload", () => {
    const world = both();
    world.declare("shop");
    expect(holder(world, "shop")).toBeUndefined();
    expect(problems(world, "web")[0]).toContain("belongs to SecureWorkload shop");
    expect(world.state.serviceNames.rivalsOf(world.workload("shop")).toSorted()).toEqual(["shop/api", "shop/web"]);
  });
});

describe("a Service of a name that its workload no longer chooses", () => {
  const world = governed(calling("shop"));
  list(world, ",shop,");
  world.stand();
  report(world, "web", ["Service/web", "Service/shop"]);
  world.declare("web", { ports: [{ port: 8080 }] });
  report(world, "web", ["Service/web", "Service/shop"]);
  const owner = { [WORKLOAD_LABEL]: "web" };

  test("is the workload's to remove as long as the status records it", () => {
    world.foreign(SERVICE, "shop", {}, { labels: owner, ownerReferences: [workloadReference(world.workload())] });
    expect(world.state.childrenOf(SERVICE).get("shop/shop")).toMatchObject({ ours: true, comparison: "extraneous" });
    expect(world.state.serviceNames.kindsOf(world.workload()).map(({ nameFor }) => nameFor("web"))).toContain("shop");
  });

  test("is nobody's to remove where something else stands there", () => {
    world.foreign(SERVICE, "shop", { spec: { selector: { app: "other" } } }, { uid: "another", labels: owner });
    expect(world.state.childrenOf(SERVICE).get("shop/shop")).toMatchObject({ type: "foreign" });
  });
});

test("an object of a chosen name that was there before is somebody else's until it is handed over", () => {
  const world = governed(calling("shop"));
  list(world, ",shop,");
  world.foreign(SERVICE, "shop", { spec: { selector: { app: "web" }, ports: [{ port: 80 }] } });
  const record = () => world.state.childrenOf(SERVICE).get("shop/shop");
  expect(record()).toMatchObject({ type: "child", ours: false, comparison: "nameConflict" });
  world.foreign(
    SERVICE,
    "shop",
    { spec: { selector: { app: "web" }, ports: [{ port: 80 }] } },
    { labels: { "palisade.dev/adopt": "web" } },
  );
  expect(record()).toMatchObject({ isHandedOver: true, comparison: "stale" });
});
