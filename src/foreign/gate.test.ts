/**
 * Of every detector in the array: what it finds beside a child of ours, in sync or drifted, it does not find beside somebody else's of the same
 * name. What bears the label that Palisade alone gives is the exception: it passes for the workload, whoever's the child is.
 */
import { describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { BEFORE, type Governed, governed, run } from "../../test/support/governed.ts";
import { WORKLOAD_LABEL } from "../crds/group.ts";
import {
  CILIUM_NETWORK_POLICY,
  DEPLOYMENT,
  ENDPOINT_SLICE,
  HORIZONTAL_POD_AUTOSCALER,
  INGRESS,
  NETWORK_POLICY,
  POD,
  POD_DISRUPTION_BUDGET,
  REPLICA_SET,
  ROLE_BINDING,
  SERVICE,
  SERVICE_ACCOUNT,
} from "../kubernetes/kinds.ts";
import { autoscalers } from "./autoscalers.ts";
import { cniPolicies } from "./cni-policies.ts";
import { disruptionBudgets } from "./disruption-budgets.ts";
import { endpointSlices } from "./endpoint-slices.ts";
import type { Detector } from "./foreign-object.ts";
import { impersonators } from "./impersonators.ts";
import { DETECTORS, detectForeign } from "./index.ts";
import { networkPolicies } from "./network-policies.ts";
import { podControllers } from "./pod-controllers.ts";
import { podTemplates } from "./pod-templates.ts";
import { pods } from "./pods.ts";
import { roleBindings } from "./role-bindings.ts";
import { routes } from "./routes.ts";
import { services } from "./services.ts";

interface Case {
  readonly name: string;
  readonly detector: Detector;
  /** Puts what the detector finds, and says what that is. */
  readonly offend: (world: Governed) => string;
}

const found = (world: Governed): readonly string[] =>
  detectForeign(world.workload(), world.state).map(({ resource, key }) => `${resource.kind}/${key}`);

const CHILDREN = [DEPLOYMENT, SERVICE, SERVICE_ACCOUNT];

/** Somebody else's objects of the children's names, older than the workload. */
function theirs(): Governed {
  const world = governed();
  for (const resource of CHILDREN)
    world.foreign(
      resource,
      "web",
      { spec: { selector: { app: "web" } } },
      { creationTimestamp: BEFORE, uid: "theirs" },
    );
  for (const resource of CHILDREN)
    expect(world.state.childrenOf(resource).get("shop/web")).toMatchObject({ ours: false });
  return world;
}

/** Ours, with a label of somebody's. */
function drifted(): Governed {
  const world = governed();
  for (const resource of CHILDREN) {
    const child = world.state.expanded(world.workload()).find(({ kind }) => kind === resource.kind);
    if (child === undefined) throw new Error(`web has no ${resource.kind}`);
    const labels = { ...child.metadata.labels, [WORKLOAD_LABEL]: "another" };
    world.put(resource, { ...child, metadata: { ...child.metadata, labels } });
    expect(world.state.childrenOf(resource).get("shop/web")).toMatchObject({ comparison: "drifted", ours: true });
  }
  return world;
}

const PODS = { spec: { containers: [] } };
const AS_WEB = { serviceAccountName: "web", containers: [] };
const CALLED_WEB = { labels: { [WORKLOAD_LABEL]: "web" } };

const put =
  (resource: Parameters<Governed["foreign"]>[0], name: string, body: object, metadata?: object) =>
  (world: Governed) => {
    world.foreign(resource, name, body, metadata);
    return `${resource.kind}/shop/${name}`;
  };

/** A revision with a template that no workload ever had. */
function editRevision(world: Governed): KubeObject {
  const { set } = run(world);
  world.state.ledger.begin(world.workload(), -60_000);
  const { template } = set["spec"] as { readonly template: { readonly spec: object } };
  return world.put(REPLICA_SET, {
    ...set,
    spec: { template: { ...template, spec: { ...template.spec, hostNetwork: true } } },
  });
}

const BESIDE_CHILDREN: readonly Case[] = [
  {
    name: "a NetworkPolicy that opens the pods",
    detector: networkPolicies,
    offend: put(NETWORK_POLICY, "open", { spec: { podSelector: {}, ingress: [{}] } }),
  },
  {
    name: "a policy of the network plugin",
    detector: cniPolicies,
    offend: put(CILIUM_NETWORK_POLICY, "open", { spec: { endpointSelector: {}, ingress: [{ fromEndpoints: [{}] }] } }),
  },
  {
    name: "a RoleBinding of the account",
    detector: roleBindings,
    offend: put(ROLE_BINDING, "strong", {
      roleRef: { kind: "ClusterRole", name: "admin" },
      subjects: [{ kind: "ServiceAccount", name: "web" }],
    }),
  },
  {
    name: "an edited revision",
    detector: podTemplates,
    offend: (world) => `ReplicaSet/shop/${editRevision(world).metadata.name}`,
  },
  {
    name: "a controller whose pods use the account",
    detector: podControllers,
    offend: put(DEPLOYMENT, "other", { spec: { template: { spec: AS_WEB } } }),
  },
  { name: "a pod that uses the account", detector: pods, offend: put(POD, "other", { spec: AS_WEB }) },
  {
    name: "an autoscaler",
    detector: autoscalers,
    offend: put(HORIZONTAL_POD_AUTOSCALER, "scaler", {
      spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" } },
    }),
  },
  {
    name: "a route to the Service",
    detector: routes,
    offend: put(INGRESS, "front", { spec: { defaultBackend: { service: { name: "web" } } } }),
  },
  {
    name: "a Service that selects the pods",
    detector: services,
    offend: put(SERVICE, "all", { spec: { type: "NodePort", selector: { [WORKLOAD_LABEL]: "web" } } }),
  },
  {
    name: "endpoints of the Service",
    detector: endpointSlices,
    offend: put(
      ENDPOINT_SLICE,
      "hand-made",
      { endpoints: [{ addresses: ["10.0.0.9"] }] },
      { labels: { "kubernetes.io/service-name": "web" } },
    ),
  },
  {
    name: "a disruption budget over the pods",
    detector: disruptionBudgets,
    offend: put(POD_DISRUPTION_BUDGET, "never", { spec: { selector: {}, maxUnavailable: 0 } }),
  },
];

const WITH_THE_LABEL: readonly Case[] = [
  { name: "a pod", detector: pods, offend: put(POD, "posing", PODS, CALLED_WEB) },
  {
    name: "a controller",
    detector: podControllers,
    offend: put(DEPLOYMENT, "posing", { spec: { template: { metadata: CALLED_WEB, ...PODS } } }),
  },
  {
    name: "a pod of a workload that does not exist",
    detector: impersonators,
    offend: put(POD, "posing", PODS, { labels: { [WORKLOAD_LABEL]: "ghost" } }),
  },
];

describe.each(BESIDE_CHILDREN)("$name", ({ offend }) => {
  test("is found beside children of ours", () => {
    const world = governed();
    expect(found(world)).toEqual([]);
    const what = offend(world);
    expect(found(world)).toContain(what);
  });

  test("is found beside children of ours that drifted", () => {
    const world = drifted();
    const what = offend(world);
    expect(found(world)).toContain(what);
  });

  test("is not found beside somebody else's of the same name", () => {
    const world = theirs();
    offend(world);
    expect(found(world)).toEqual([]);
  });
});

test.each(WITH_THE_LABEL)("$name with a label that only Palisade gives is found beside either", ({ offend }) => {
  for (const world of [governed(), theirs()]) {
    expect(found(world)).toEqual([]);
    const what = offend(world);
    expect(found(world)).toContain(what);
  }
});

test("no detector is left out", () => {
  const tested = new Set([...BESIDE_CHILDREN, ...WITH_THE_LABEL].map(({ detector }) => detector));
  expect([...tested].sort(inOrder)).toEqual(DETECTORS);
  // One that has no gate of its own finds what bears the label.
  const ungated = DETECTORS.filter(({ protects }) => protects === undefined);
  expect(new Set(WITH_THE_LABEL.map(({ detector }) => detector))).toEqual(new Set(ungated));
});

const inOrder = (a: Detector, b: Detector): number => DETECTORS.indexOf(a) - DETECTORS.indexOf(b);
