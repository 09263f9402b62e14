/** Detectors of what leads to a workload's pods: NetworkPolicies, Services, routes, EndpointSlices, and budgets over them. */
import { describe, expect, test } from "@jest/globals";
import { detected } from "../../test/support/detected.ts";
import { BEFORE, type Governed, governed, run } from "../../test/support/governed.ts";
import {
  ENDPOINT_SLICE,
  HTTP_ROUTE,
  INGRESS,
  NETWORK_POLICY,
  POD,
  POD_DISRUPTION_BUDGET,
  SERVICE,
} from "../kubernetes/kinds.ts";
import { disruptionBudgets } from "./disruption-budgets.ts";
import { endpointSlices } from "./endpoint-slices.ts";
import { networkPolicies } from "./network-policies.ts";
import { routes } from "./routes.ts";
import { services } from "./services.ts";

/** With a live pod to which somebody gave a label of their own. */
function labelled(): Governed {
  const world = governed();
  const { pod } = run(world);
  world.put(POD, { ...pod, metadata: { ...pod.metadata, labels: { ...pod.metadata.labels, team: "evil" } } });
  return world;
}

describe("NetworkPolicies", () => {
  const policy = (world: Governed, podSelector: object, more: object = { ingress: [{}] }) =>
    world.foreign(NETWORK_POLICY, "theirs", { spec: { podSelector, ...more } });
  const FOUND = ["40 NetworkPolicy/shop/theirs: allows traffic of this workload's pods"];

  test.each([
    { what: "every pod", selector: {}, expected: FOUND },
    { what: "the workload's label", selector: { matchLabels: { "palisade.dev/workload": "web" } }, expected: FOUND },
    { what: "a label that somebody gave a live pod", selector: { matchLabels: { team: "evil" } }, expected: FOUND },
    { what: "other pods", selector: { matchLabels: { app: "legacy" } }, expected: [] },
  ])("that select $what", ({ selector, expected }) => {
    const world = labelled();
    policy(world, selector);
    expect(detected(networkPolicies, world)).toEqual(expected);
  });

  test("that allow nothing stay", () => {
    const world = labelled();
    policy(world, {}, { policyTypes: ["Ingress"] });
    world.foreign(NETWORK_POLICY, "empty");
    expect(detected(networkPolicies, world)).toEqual([]);
  });

  test("are not found by the labels of a pod that only claims to be the workload's", () => {
    const world = governed();
    world.foreign(POD, "poser", { spec: {} }, { labels: { "palisade.dev/workload": "web", team: "evil" } });
    policy(world, { matchLabels: { team: "evil" } });
    expect(detected(networkPolicies, world)).toEqual([]);
  });
});

describe("PodDisruptionBudgets", () => {
  test.each([
    { spec: { selector: {} }, count: 1 },
    { spec: { selector: { matchLabels: { team: "evil" } } }, count: 1 },
    { spec: { selector: { matchLabels: { app: "legacy" } } }, count: 0 },
    { spec: {}, count: 0 },
  ])("with $spec: $count", ({ spec, count }) => {
    const world = labelled();
    world.foreign(POD_DISRUPTION_BUDGET, "theirs", { spec });
    expect(detected(disruptionBudgets, world)).toEqual(
      Array(count).fill(
        "29 PodDisruptionBudget/shop/theirs: limits evictions of this workload's pods, which its SecureWorkload already does",
      ),
    );
  });
});

describe("Services", () => {
  const ours = { "palisade.dev/workload": "web" };

  test.each([
    {
      spec: { selector: ours, ports: [{ port: 80 }] },
      found: "46 Service/shop/theirs: leads to this workload's pods on port 80",
    },
    {
      spec: { selector: { team: "evil" }, type: "NodePort" },
      found: "44 Service/shop/theirs: leads to this workload's pods from outside the cluster, as a NodePort",
    },
    {
      spec: { type: "ExternalName", externalName: "web.shop.svc" },
      found: "48 Service/shop/theirs: leads to this workload's pods by another name",
    },
    { spec: { selector: { app: "legacy" } }, found: undefined },
    { spec: { type: "ExternalName", externalName: "db.shop.svc" }, found: undefined },
  ])("$spec", ({ spec, found }) => {
    const world = labelled();
    world.foreign(SERVICE, "theirs", { spec });
    expect(detected(services, world)).toEqual(found === undefined ? [] : [found]);
  });

  const elsewhere = (world: Governed) =>
    world.foreign(
      SERVICE,
      "web",
      { spec: { type: "ExternalName", externalName: "web.shop.svc" } },
      { namespace: "lab" },
    );

  test("elsewhere may be another name of ours", () => {
    const world = governed();
    elsewhere(world);
    expect(detected(services, world)).toEqual([]);
  });

  test("elsewhere may not, where an Ingress leads to that name", () => {
    const world = governed();
    elsewhere(world);
    world.foreign(INGRESS, "front", { spec: { defaultBackend: { service: { name: "web" } } } }, { namespace: "lab" });
    expect(detected(services, world)).toEqual(["48 Service/lab/web: leads to this workload's pods by another name"]);
  });

  test("that select the workload's label are left alone while its Deployment is somebody else's", () => {
    const world = governed();
    world.stand("web", (child) =>
      child.kind === "Deployment"
        ? { ...child, metadata: { name: "web", namespace: "shop", uid: "theirs", creationTimestamp: BEFORE } }
        : child,
    );
    world.foreign(SERVICE, "theirs", { spec: { selector: ours } });
    expect(detected(services, world)).toEqual([]);
  });
});

describe("Ingresses and HTTPRoutes", () => {
  test("that lead to the workload's Service are found, once each", () => {
    const world = governed();
    const rules = [{ backendRefs: [{ name: "web" }, { name: "web" }] }];
    world.foreign(HTTP_ROUTE, "route", { spec: { rules } });
    world.foreign(INGRESS, "front", { spec: { defaultBackend: { service: { name: "web" } } } });
    world.foreign(INGRESS, "legacy", { spec: { defaultBackend: { service: { name: "legacy" } } } });
    expect(detected(routes, world)).toEqual([
      "48 Ingress/shop/front: routes traffic to this workload's Service",
      "48 HTTPRoute/shop/route: routes traffic to this workload's Service",
    ]);
  });

  test("that lead to the name of a Service which the workload does not have are left alone", () => {
    const world = governed({ ports: [] });
    world.foreign(INGRESS, "front", { spec: { defaultBackend: { service: { name: "web" } } } });
    expect(detected(routes, world)).toEqual([]);
  });
});

describe("EndpointSlices", () => {
  const slice = (service: string, address: string, metadata: object = {}) =>
    [
      ENDPOINT_SLICE,
      "hand-made",
      { endpoints: [{ addresses: [address] }] },
      { labels: { "kubernetes.io/service-name": service }, ...metadata },
    ] as const;

  test("that give the workload's Service other endpoints are found", () => {
    const world = governed();
    world.foreign(...slice("web", "10.9.9.9"));
    expect(detected(endpointSlices, world)).toEqual([
      "50 EndpointSlice/shop/hand-made: gives this workload's Service endpoints that are not the workload's",
    ]);
  });

  test("that lead to a pod of the workload are found", () => {
    const world = labelled();
    world.foreign(...slice("legacy", "10.0.0.7"));
    expect(detected(endpointSlices, world)).toEqual([
      "50 EndpointSlice/shop/hand-made: leads Service/legacy to this workload's pods",
    ]);
  });

  test("that lead elsewhere stay", () => {
    const world = labelled();
    world.foreign(...slice("legacy", "10.9.9.9"));
    expect(detected(endpointSlices, world)).toEqual([]);
  });

  test("that mirror Endpoints go with those", () => {
    const world = governed();
    const owner = { apiVersion: "v1", kind: "Endpoints", name: "web", uid: "endpoints", controller: true };
    world.foreign(...slice("web", "10.9.9.9", { ownerReferences: [owner] }));
    const [found] = endpointSlices.detect(world.workload(), world.state);
    expect(found).toMatchObject({
      resource: { kind: "Endpoints" },
      key: "shop/web",
      uid: "endpoints",
      driftCase: "50",
    });
  });
});
