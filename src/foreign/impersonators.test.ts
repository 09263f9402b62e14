import { expect, test } from "@jest/globals";
import { detected } from "../../test/support/detected.ts";
import { controlledBy, type Governed, governed, run } from "../../test/support/governed.ts";
import { WORKLOAD_LABEL } from "../crds/group.ts";
import { DEPLOYMENT, POD } from "../kubernetes/kinds.ts";
import { concernedByImpersonation, impersonators } from "./impersonators.ts";

const GHOST = { labels: { [WORKLOAD_LABEL]: "ghost" } };
const template = { spec: { template: { metadata: GHOST, spec: { containers: [] } } } };
const WHY = "carries the label of a workload that does not exist";

function haunted(): Governed {
  const world = governed();
  run(world);
  world.declare("younger");
  world.foreign(POD, "posing", { spec: { containers: [] } }, GHOST);
  const other = { apiVersion: "v1", kind: "ConfigMap", name: "x", uid: "x", controller: true };
  world.foreign(POD, "made", { spec: { containers: [] } }, { ...GHOST, ownerReferences: [other] });
  world.foreign(DEPLOYMENT, "posing", template);
  world.foreign(DEPLOYMENT, "ghost", template);
  world.foreign(DEPLOYMENT, "unlabelled", { spec: { template: { spec: { serviceAccountName: "other" } } } });
  return world;
}

test("the oldest workload of the namespace reports what carries the label of none", () => {
  const world = haunted();
  expect(detected(impersonators, world)).toEqual([`23 Pod/shop/posing: ${WHY}`, `23 Deployment/shop/posing: ${WHY}`]);
  expect(detected(impersonators, world, "younger")).toEqual([]);
});

test("once the workload exists, none of them is an impersonator", () => {
  const world = haunted();
  world.declare("ghost");
  expect(detected(impersonators, world)).toEqual([]);
});

test("an impersonating controller that belongs to something is left to that", () => {
  const world = governed();
  const owner = world.foreign(DEPLOYMENT, "owner", { spec: {} });
  world.foreign(DEPLOYMENT, "posing", template, controlledBy(owner, DEPLOYMENT));
  expect(detected(impersonators, world)).toEqual([]);
});

test("a pod that impersonates wakes the oldest workload, and any other pod wakes nobody", () => {
  const world = haunted();
  const concerned = (key: string): readonly string[] => {
    const pod = world.state.pods.get(key);
    return pod === undefined ? ["no pod"] : concernedByImpersonation(pod, "shop", world.state);
  };
  expect(concerned("shop/posing")).toEqual(["shop/web"]);
  expect(concerned("shop/web-7d9f-abcde")).toEqual([]);
  const pod = world.state.pods.get("shop/posing");
  expect(pod === undefined ? ["no pod"] : concernedByImpersonation(pod, "empty", world.state)).toEqual([]);
});
