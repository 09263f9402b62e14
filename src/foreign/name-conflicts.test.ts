import { expect, test } from "@jest/globals";
import { BEFORE, type Governed, governed } from "../../test/support/governed.ts";
import {
  DEPLOYMENT,
  HORIZONTAL_POD_AUTOSCALER,
  INGRESS,
  NETWORK_POLICY,
  POD_DISRUPTION_BUDGET,
  SERVICE,
  VERTICAL_POD_AUTOSCALER,
} from "../kubernetes/kinds.ts";
import { joinConflicts, ownAmong } from "./name-conflicts.ts";

const APP = { app: "web" };

/** A team's own web, with all that belongs to it, and other objects that do not. */
function namesake(): Governed {
  const world = governed();
  const old = { creationTimestamp: BEFORE, uid: "theirs" };
  world.foreign(DEPLOYMENT, "web", { spec: { template: { metadata: { labels: APP } } } }, old);
  world.foreign(SERVICE, "web", { spec: { selector: APP } }, old);
  const target = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
  world.foreign(HORIZONTAL_POD_AUTOSCALER, "web", { spec: { scaleTargetRef: target, maxReplicas: 6 } });
  world.foreign(VERTICAL_POD_AUTOSCALER, "web", { spec: { targetRef: target } });
  world.foreign(INGRESS, "front", { spec: { defaultBackend: { service: { name: "web" } } } });
  world.foreign(POD_DISRUPTION_BUDGET, "at-most-one", { spec: { selector: { matchLabels: APP } } });
  world.foreign(NETWORK_POLICY, "inside", { spec: { podSelector: {}, ingress: [{}] } });
  world.foreign(SERVICE, "web-lb", { spec: { type: "LoadBalancer", selector: APP } });
  world.foreign(SERVICE, "other", { spec: { selector: { app: "other" } } });
  world.foreign(POD_DISRUPTION_BUDGET, "other", { spec: { selector: { matchLabels: { app: "other" } } } });
  return world;
}

test("one problem names everything whose name is taken, and what belongs to it", () => {
  const world = namesake();
  const taken = (message: string) => ({ reason: "NameTaken", message, drift: true }) as const;
  const waits = { reason: "ChildDeleting", message: "Role/web is being deleted", drift: false } as const;
  const problems = [taken("Service/web existed before"), waits, taken("Deployment/web existed before")];
  expect(joinConflicts(problems, world.workload(), world.state)).toEqual([
    taken(
      "Service/web existed before; Deployment/web existed before; beside it stand HorizontalPodAutoscaler/web, Ingress/front, NetworkPolicy/inside, PodDisruptionBudget/at-most-one, Service/web-lb, VerticalPodAutoscaler/web: label those too that this workload replaces, and Palisade leaves the others alone",
    ),
    waits,
  ]);
});

test("without a name that is taken, problems stay as they are", () => {
  const world = governed();
  const problems = [{ reason: "ChildDeleting", message: "x" }] as const;
  expect(joinConflicts(problems, world.workload(), world.state)).toBe(problems);
});

test("what is somebody else's is not among the children", () => {
  const world = namesake();
  expect(ownAmong(["Deployment/web", "Service/web", "ServiceAccount/web"], world.workload(), world.state)).toEqual([
    "ServiceAccount/web",
  ]);
});
