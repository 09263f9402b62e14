import { describe, expect, test } from "@jest/globals";
import { DEPLOYMENT, NETWORK_POLICY, ROLE, ROLE_BINDING, SERVICE } from "../kubernetes/kinds.ts";
import { type Action, actionKey, describeAction, isDestructive } from "./action.ts";
import { driftCases, POD_CONTROLLER_CASES } from "./drift-cases.ts";
import { type ChildView, fieldsOf, planChanges, type Standing, type Surroundings } from "./plan-changes.ts";

const NOTHING: Surroundings = {
  copies: [],

  foreign: [],
  pods: [],
  hasController: true,
};

function view(resource: ChildView["resource"], standing: Standing, change: Partial<ChildView> = {}): ChildView {
  return {
    resource,
    name: { namespace: "shop", name: "web" },
    role: resource === DEPLOYMENT ? "controller" : "guard",
    closesIn: resource !== SERVICE && resource !== DEPLOYMENT,
    driftCases: driftCases(POD_CONTROLLER_CASES),
    standing,
    isWanted: true,
    isOurs: true,
    isCurrent: true,
    isImmutable: false,
    differences: [],
    ...change,
  };
}

const verbs = (children: readonly ChildView[], surroundings: Partial<Surroundings> = {}): readonly string[] =>
  planChanges(children, { ...NOTHING, ...surroundings }).actions.map(
    ({ verb, resource }) => `${verb} ${resource.kind}`,
  );

describe("what becomes of a child", () => {
  const image = [
    { path: ["spec", "template", "spec", "containers", "[name=main]", "image"], kind: "changed" },
  ] as const;

  test.each([
    { name: "is created where it is absent", child: view(DEPLOYMENT, "absent"), expected: ["create Deployment"] },
    { name: "is left alone in sync", child: view(DEPLOYMENT, "inSync"), expected: [] },
    {
      name: "is read again where it is in sync with what was desired before",
      child: view(DEPLOYMENT, "inSync", { isCurrent: false }),
      expected: ["refetch Deployment"],
    },
    {
      name: "is read again where nobody compared it",
      child: view(DEPLOYMENT, "notCompared"),
      expected: ["refetch Deployment"],
    },
    { name: "is replaced where it drifted", child: view(DEPLOYMENT, "drifted"), expected: ["replace Deployment"] },
    { name: "is replaced where it is stale", child: view(DEPLOYMENT, "stale"), expected: ["replace Deployment"] },
    {
      name: "is created again where the change cannot be made in place",
      child: view(DEPLOYMENT, "stale", { isImmutable: true }),
      expected: ["recreate Deployment"],
    },
    {
      name: "is deleted where it is ours and not wanted",
      child: view(DEPLOYMENT, "extraneous", { isWanted: false }),
      expected: ["delete Deployment"],
    },
    {
      name: "is not touched where it is neither wanted nor ours",
      child: view(DEPLOYMENT, "notCompared", { isWanted: false, isOurs: false }),
      expected: [],
    },
    { name: "waits while it is being deleted", child: view(DEPLOYMENT, "deleting"), expected: [] },
    { name: "waits while its name is somebody's", child: view(DEPLOYMENT, "nameConflict"), expected: [] },
  ])("$name", ({ child, expected }) => {
    expect(verbs([child])).toEqual(expected);
  });

  test("a change by somebody carries its drift case, its fields and its writer", () => {
    const changedBy = { manager: "kubectl-edit", operation: "Update", certain: true };
    const { actions } = planChanges(
      [view(DEPLOYMENT, "drifted", { differences: image, changedBy, seenMs: 7 })],
      NOTHING,
    );
    expect(actions).toMatchObject([{ driftCase: "12", changedBy, seenMs: 7, why: "somebody changed it" }]);
    expect(describeAction(actions[0] as Action)).toBe(
      "replace Deployment/web: somebody changed it (spec.template.spec.containers[name=main].image); drift case 12; written by kubectl-edit",
    );
  });

  test("a change of the spec is nobody's drift", () => {
    const [action] = planChanges([view(DEPLOYMENT, "stale", { differences: image })], NOTHING).actions;
    expect(action).toMatchObject({ verb: "replace" });
    expect(action?.driftCase).toBeUndefined();
    expect(action?.changedBy).toBeUndefined();
  });

  test("a child that is missing is drift only where somebody took it away", () => {
    const cases = [undefined, 5].map(
      (missingSinceMs) => planChanges([view(SERVICE, "absent", { missingSinceMs })], NOTHING).actions[0]?.driftCase,
    );
    expect(cases).toEqual([undefined, "31"]);
  });

  test("what is handed over and may be what serves stays until the workload does", () => {
    const waiting = view(SERVICE, "stale", { deferral: "NotServing" });
    const { actions, deferred } = planChanges([waiting, view(DEPLOYMENT, "absent")], NOTHING);
    expect(actions.map(({ verb, resource }) => `${verb} ${resource.kind}`)).toEqual(["create Deployment"]);
    expect(deferred).toMatchObject([{ because: "NotServing", action: { verb: "replace", resource: SERVICE } }]);
  });

  test("a name that is somebody's says how to hand it over", () => {
    const { blocked } = planChanges([view(SERVICE, "nameConflict", { nameConflict: "label it" })], NOTHING);
    expect(blocked).toMatchObject([{ reason: "NameTaken", key: "Service/shop/web" }]);
    expect(blocked[0]?.message).toContain("label it");
  });
});

describe("order", () => {
  const needsOf = (children: readonly ChildView[], change: Partial<Surroundings>, kind: string): readonly string[] =>
    planChanges(children, { ...NOTHING, ...change }).actions.find(({ resource }) => resource.kind === kind)?.needs ??
    [];

  test("the first pod needs every guard", () => {
    const children = [view(NETWORK_POLICY, "absent"), view(SERVICE, "absent"), view(DEPLOYMENT, "absent")];
    const needs = needsOf(children, { hasController: false }, "Deployment");
    expect(needs).toEqual(["NetworkPolicy/shop/web", "Service/shop/web"]);
  });

  test("pods of a new spec need what closes them in, and no Service", () => {
    const children = [view(NETWORK_POLICY, "stale"), view(SERVICE, "stale"), view(DEPLOYMENT, "stale")];
    expect(needsOf(children, {}, "Deployment")).toEqual(["NetworkPolicy/shop/web"]);
  });

  test("a correction waits for nothing", () => {
    const children = [view(NETWORK_POLICY, "absent"), view(SERVICE, "absent"), view(DEPLOYMENT, "drifted")];
    expect(needsOf(children, {}, "Deployment")).toEqual([]);
  });

  test("a RoleBinding is created after its Role, and corrected without it", () => {
    const leansOn = actionKey({ resource: ROLE, name: { namespace: "shop", name: "web" } });
    expect(needsOf([view(ROLE, "absent"), view(ROLE_BINDING, "absent", { leansOn })], {}, "RoleBinding")).toEqual([
      leansOn,
    ]);
    expect(needsOf([view(ROLE, "absent"), view(ROLE_BINDING, "drifted", { leansOn })], {}, "RoleBinding")).toEqual([]);
  });

  test("guards come first, then copies, controllers, companions, foreign objects and pods", () => {
    const foreign: Action = { ...action("delete"), subject: "foreign", resource: SERVICE };
    const copies = [{ ...action("create"), subject: "config-copy" as const }];
    const children = [
      view(SERVICE, "absent", { role: "companion" }),
      view(DEPLOYMENT, "absent"),
      view(NETWORK_POLICY, "absent"),
    ];
    expect(verbs(children, { copies, foreign: [foreign], pods: [action("evict")], hasController: false })).toEqual([
      "create NetworkPolicy",
      "create Pod",
      "create Deployment",
      "create Service",
      "delete Service",
      "evict Pod",
    ]);
  });

  const action = (verb: Action["verb"]): Action => ({
    verb,
    subject: "pod",
    resource: { group: "", version: "v1", kind: "Pod", plural: "pods", namespaced: true },
    name: { namespace: "shop", name: "web-1" },
    why: "",
    fields: [],
    needs: [],
  });

  test("what runs or serves goes away by delete, evict and recreate alone", () => {
    const destructive = (["create", "replace", "recreate", "delete", "evict", "refetch"] as const).filter((verb) =>
      isDestructive(action(verb)),
    );
    expect(destructive).toEqual(["recreate", "delete", "evict"]);
  });
});

test("fields are bounded in number, length and letters", () => {
  const differences = Array.from({ length: 10 }, (_, index) => ({
    path: [`f${index}\n${"x".repeat(200)}`],
    kind: "foreign" as const,
  }));
  const fields = fieldsOf(differences);
  expect(fields).toHaveLength(9);
  expect(fields.at(-1)).toBe("and 2 more");
  expect(fields[0]).toMatch(/^f0\?x+$/);
  expect(fields[0]).toHaveLength(120);
});
