/** The gate before all detectors: nothing is touched on behalf of a child that is somebody else's. */
import { describe, expect, test } from "@jest/globals";
import { BEFORE, type Governed, governed, run } from "../../test/support/governed.ts";
import { ADOPT_LABEL } from "../crds/group.ts";
import {
  CONFIG_MAP,
  DEPLOYMENT,
  ENDPOINT_SLICE,
  HORIZONTAL_POD_AUTOSCALER,
  INGRESS,
  NETWORK_POLICY,
  POD_DISRUPTION_BUDGET,
  ROLE_BINDING,
  SERVICE,
  SERVICE_ACCOUNT,
} from "../kubernetes/kinds.ts";
import { DETECTORS, detectForeign } from "./index.ts";

/** What a team has beside its own Deployment called web, before anybody declares a workload of that name. */
function companions(world: Governed): void {
  const target = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
  world.foreign(HORIZONTAL_POD_AUTOSCALER, "web-scaler", { spec: { scaleTargetRef: target } });
  world.foreign(INGRESS, "front", { spec: { defaultBackend: { service: { name: "web" } } } });
  world.foreign(SERVICE, "alias", { spec: { type: "ExternalName", externalName: "web.shop.svc" } });
  world.foreign(SERVICE, "all", { spec: { type: "NodePort", selector: { "palisade.dev/workload": "web" } } });
  world.foreign(POD_DISRUPTION_BUDGET, "all", { spec: { selector: {}, maxUnavailable: 0 } });
  world.foreign(NETWORK_POLICY, "all", { spec: { podSelector: {}, ingress: [{}] } });
  world.foreign(
    ENDPOINT_SLICE,
    "hand-made",
    { endpoints: [{ addresses: ["10.0.0.9"] }] },
    {
      labels: { "kubernetes.io/service-name": "web" },
    },
  );
  const subjects = [{ kind: "ServiceAccount", name: "web" }];
  world.foreign(ROLE_BINDING, "strong", { roleRef: { kind: "ClusterRole", name: "admin" }, subjects });
}

const found = (world: Governed): readonly string[] =>
  detectForeign(world.workload(), world.state).map(({ resource, key }) => `${resource.kind}/${key}`);

const ALL = [
  "NetworkPolicy/shop/all",
  "RoleBinding/shop/strong",
  "HorizontalPodAutoscaler/shop/web-scaler",
  "Ingress/shop/front",
  "Service/shop/all",
  "Service/shop/alias",
  "EndpointSlice/shop/hand-made",
  "PodDisruptionBudget/shop/all",
];

test("everything that opens, exposes or scales the workload's own children is found", () => {
  const world = governed();
  companions(world);
  expect(found(world)).toEqual(ALL);
});

describe("a namesake that stood there before", () => {
  /** The same names, older than the workload and never ours. */
  const taken = (...kinds: readonly string[]): Governed => {
    const world = governed();
    for (const resource of [DEPLOYMENT, SERVICE, SERVICE_ACCOUNT])
      if (kinds.includes(resource.kind))
        world.foreign(
          resource,
          "web",
          { spec: { selector: { app: "web" } } },
          { creationTimestamp: BEFORE, uid: "theirs" },
        );
    companions(world);
    return world;
  };

  test("keeps all that is around it", () => {
    const world = taken("Deployment", "Service", "ServiceAccount");
    expect(world.state.childrenOf(DEPLOYMENT).get("shop/web")).toMatchObject({
      comparison: "nameConflict",
      ours: false,
    });
    expect(found(world)).toEqual([]);
  });

  test.each([
    { kind: "Service", left: ["Ingress/shop/front", "Service/shop/alias", "EndpointSlice/shop/hand-made"] },
    { kind: "ServiceAccount", left: ["RoleBinding/shop/strong"] },
    {
      kind: "Deployment",
      left: [
        "NetworkPolicy/shop/all",
        "HorizontalPodAutoscaler/shop/web-scaler",
        "Service/shop/all",
        "PodDisruptionBudget/shop/all",
      ],
    },
  ])("called $kind/web keeps what is around that kind, and nothing else", ({ kind, left }) => {
    expect(found(taken(kind))).toEqual(ALL.filter((one) => !left.includes(one)));
  });

  test("is acted for only once it was taken over, though its label gives it to the workload", () => {
    const world = taken("Deployment");
    world.foreign(
      DEPLOYMENT,
      "web",
      {},
      { creationTimestamp: BEFORE, uid: "theirs", labels: { [ADOPT_LABEL]: "web" } },
    );
    expect(world.state.childrenOf(DEPLOYMENT).get("shop/web")).toMatchObject({ isHandedOver: true, ours: false });
    expect(found(world)).not.toContain("HorizontalPodAutoscaler/shop/web-scaler");
    world.stand();
    expect(found(world)).toEqual(ALL);
  });
});

test("nothing is touched before the workload has children", () => {
  const world = governed();
  world.declare("late");
  world.foreign(NETWORK_POLICY, "all", { spec: { podSelector: {}, ingress: [{}] } });
  expect(detectForeign(world.workload("late"), world.state)).toEqual([]);
});

test("while its Deployment is missing, its live pods are protected still", () => {
  const world = governed();
  run(world);
  companions(world);
  world.remove(DEPLOYMENT, {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "shop", uid: "uid-of-deployments-shop-web" },
  });
  // Whose pods they are is not known until the Deployment is back; what leads to its Service is found all the same.
  expect(found(world)).toContain("Ingress/shop/front");
  expect(found(world)).not.toContain("HorizontalPodAutoscaler/shop/web-scaler");
});

test("a child that lost its owner reference is the workload's still, and so is what protects it", () => {
  const world = governed();
  const stripped = world.state.expanded(world.workload()).find(({ kind }) => kind === DEPLOYMENT.kind);
  world.put(DEPLOYMENT, { ...stripped, metadata: { name: "web", namespace: "shop" } });
  companions(world);
  expect(world.state.childrenOf(DEPLOYMENT).get("shop/web")).toMatchObject({ comparison: "drifted", ours: true });
  expect(found(world)).toEqual(ALL);
});

test("a kind that is no child's belongs to nobody", () => {
  const world = governed();
  expect(() => world.state.childrenOf(CONFIG_MAP)).toThrow("is not a child kind");
});

test("each detector says which kinds and cases it finds, and no two of them are the same", () => {
  for (const { resources, driftCases } of DETECTORS) {
    expect(resources.length).toBeGreaterThan(0);
    expect(driftCases.length).toBeGreaterThan(0);
  }
  expect(new Set(DETECTORS.map(({ detect }) => detect)).size).toBe(DETECTORS.length);
});
