/** What stays in a namespace that is only observed, and what waits until the workload serves. */
import { describe, expect, test } from "@jest/globals";
import type { Resource } from "kopf-ts";
import { BEFORE, controlledBy, type Governed, governed, LATER, run } from "../../test/support/governed.ts";
import { ADOPT_LABEL, WORKLOAD_LABEL } from "../crds/group.ts";
import { CHILD_KINDS } from "../expand/child-kinds.ts";
import {
  CALICO_NETWORK_POLICY,
  CRON_JOB,
  DEPLOYMENT,
  ENDPOINT_SLICE,
  HORIZONTAL_POD_AUTOSCALER,
  HTTP_ROUTE,
  INGRESS,
  JOB,
  NETWORK_POLICY,
  POD,
  POD_DISRUPTION_BUDGET,
  ROLE_BINDING,
  SERVICE,
  SERVICE_ACCOUNT,
} from "../kubernetes/kinds.ts";
import { deferralOf, handoverDeferral } from "./deferral.ts";
import { detectForeign } from "./index.ts";

const deferrals = (world: Governed): Readonly<Record<string, string>> =>
  Object.fromEntries(
    detectForeign(world.workload(), world.state).map((foreign) => [
      `${foreign.resource.kind}/${foreign.key.split("/").at(-1)}`,
      deferralOf(foreign, world.workload(), world.state) ?? "goes",
    ]),
  );

const target = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
const OURS = { matchLabels: { [WORKLOAD_LABEL]: "web" } };

/** What a namespace of old applications has, and what reaches the workload's pods all the same. */
function surroundings(world: Governed, creationTimestamp: string, more: object = {}): void {
  const metadata = { creationTimestamp, ...more };
  world.foreign(NETWORK_POLICY, "allow-inside", { spec: { podSelector: {}, ingress: [{}] } }, metadata);
  world.foreign(POD_DISRUPTION_BUDGET, "at-most-one", { spec: { selector: {} } }, metadata);
  world.foreign(HORIZONTAL_POD_AUTOSCALER, "scaler", { spec: { scaleTargetRef: target } }, metadata);
  world.foreign(INGRESS, "front", { spec: { defaultBackend: { service: { name: "web" } } } }, metadata);
  world.foreign(SERVICE, "old", { spec: { selector: { "app.kubernetes.io/name": "web" } } }, metadata);
  world.foreign(CALICO_NETWORK_POLICY, "calico", { spec: { ingress: [{ action: "Allow" }] } }, metadata);
  world.foreign(
    ROLE_BINDING,
    "inside-may-look",
    {
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
      subjects: [{ kind: "ServiceAccount", name: "web", namespace: "shop" }],
    },
    metadata,
  );
}

const ALL = {
  "NetworkPolicy/allow-inside": "Observing",
  "PodDisruptionBudget/at-most-one": "Observing",
  "HorizontalPodAutoscaler/scaler": "Observing",
  "Ingress/front": "Observing",
  "Service/old": "Observing",
  "NetworkPolicy/calico": "Observing",
  "RoleBinding/inside-may-look": "Observing",
};

/** The Deployment as its controller reports it: with every pod available. */
function serve(world: Governed): void {
  world.stand("web", (child) =>
    child.kind === DEPLOYMENT.kind
      ? {
          ...child,
          metadata: { ...child.metadata, generation: 1 },
          status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 },
        }
      : child,
  );
}

describe("in a namespace that is only observed", () => {
  const observed = (): Governed => {
    const world = governed();
    world.enrol("Observing");
    return world;
  };

  test.each([BEFORE, LATER])(
    "what others made at %s stays, whether it stood before or a tool made it again",
    (time) => {
      const world = observed();
      surroundings(world, time);
      expect(deferrals(world)).toEqual(ALL);
    },
  );

  test("what asks for labels that only Palisade gives goes, unless it is older than the workload", () => {
    const world = observed();
    for (const [name, creationTimestamp] of [
      ["old", BEFORE],
      ["aimed", LATER],
    ] as const) {
      world.foreign(NETWORK_POLICY, name, { spec: { podSelector: OURS, ingress: [{}] } }, { creationTimestamp });
      world.foreign(POD_DISRUPTION_BUDGET, name, { spec: { selector: OURS } }, { creationTimestamp });
      world.foreign(SERVICE, name, { spec: { selector: OURS.matchLabels } }, { creationTimestamp });
      const labels = { "kubernetes.io/service-name": "web" };
      world.foreign(ENDPOINT_SLICE, name, { endpoints: [{ addresses: ["10.9.9.9"] }] }, { creationTimestamp, labels });
    }
    expect(deferrals(world)).toEqual({
      "NetworkPolicy/old": "Observing",
      "NetworkPolicy/aimed": "goes",
      "PodDisruptionBudget/old": "Observing",
      "PodDisruptionBudget/aimed": "goes",
      "Service/old": "Observing",
      "Service/aimed": "goes",
      "EndpointSlice/old": "Observing",
      "EndpointSlice/aimed": "goes",
    });
  });

  test("a pod that was placed under the workload's label goes, and one of an older controller stays", () => {
    const world = observed();
    const labels = { [WORKLOAD_LABEL]: "web" };
    world.foreign(POD, "poser", { spec: {} }, { labels });
    world.foreign(POD, "waited", { spec: {} }, { labels, creationTimestamp: BEFORE });
    const template = { metadata: { labels }, spec: {} };
    const old = world.foreign(JOB, "old", { spec: { template } }, { creationTimestamp: BEFORE });
    world.foreign(POD, "old-abcde", { spec: {} }, { labels, ...controlledBy(old, JOB) });
    expect(deferrals(world)).toEqual({
      "Pod/poser": "goes",
      "Pod/waited": "goes",
      "Job/old": "Observing",
      "Pod/old-abcde": "Observing",
    });
  });

  test("a changed pod of the workload itself goes", () => {
    const world = observed();
    const { pod } = run(world);
    world.put(POD, { ...pod, spec: { ...(pod["spec"] as object), ephemeralContainers: [{ name: "shell" }] } });
    expect(deferrals(world)).toEqual({ "Pod/web-7d9f-abcde": "goes" });
  });

  test("the nightly pods of an old CronJob that uses the workload's account are left alone", () => {
    const world = observed();
    const template = { spec: { serviceAccountName: "web" } };
    const cron = world.foreign(
      CRON_JOB,
      "nightly",
      { spec: { jobTemplate: { spec: { template } } } },
      { creationTimestamp: BEFORE },
    );
    const job = world.foreign(JOB, "nightly-1", { spec: { template } }, controlledBy(cron, CRON_JOB));
    world.foreign(POD, "nightly-1-abcde", { spec: template.spec }, controlledBy(job, JOB));
    expect(deferrals(world)).toEqual({});
  });

  test("what the adoption label hands over goes when the workload serves", () => {
    const world = observed();
    surroundings(world, BEFORE, { labels: { [ADOPT_LABEL]: "web" } });
    expect(deferrals(world)).toMatchObject({
      "HorizontalPodAutoscaler/scaler": "NotServing",
      "Ingress/front": "NotServing",
      "PodDisruptionBudget/at-most-one": "NotServing",
      "NetworkPolicy/allow-inside": "goes",
    });
    serve(world);
    expect(Object.values(deferrals(world)).filter((one) => one === "NotServing")).toEqual([]);
  });
});

describe("in a sealed namespace", () => {
  test("what brings traffic and is older than the workload stays until it serves", () => {
    const world = governed();
    surroundings(world, BEFORE);
    expect(deferrals(world)).toEqual({
      "NetworkPolicy/allow-inside": "goes",
      "NetworkPolicy/calico": "goes",
      "RoleBinding/inside-may-look": "goes",
      "PodDisruptionBudget/at-most-one": "NotServing",
      "HorizontalPodAutoscaler/scaler": "NotServing",
      "Ingress/front": "NotServing",
      "Service/old": "NotServing",
    });
    serve(world);
    expect(Object.values(deferrals(world))).toEqual(Array(7).fill("goes"));
  });

  test("what came after the workload goes at once", () => {
    const world = governed();
    surroundings(world, LATER);
    expect(Object.values(deferrals(world))).toEqual(Array(7).fill("goes"));
  });
});

describe("a NetworkPolicy of the workload's name that is handed over", () => {
  const kindOf = (name: string) => {
    const kind = CHILD_KINDS.find(({ resource, nameFor }) => resource === NETWORK_POLICY && nameFor("web") === name);
    if (kind === undefined) throw new Error(`no child is called ${name}`);
    return kind;
  };
  const handedOver = (): Governed => {
    const world = governed();
    world.foreign(
      NETWORK_POLICY,
      "web",
      { spec: { podSelector: { matchLabels: { app: "web" } }, ingress: [{}] } },
      { uid: "theirs", creationTimestamp: BEFORE, labels: { [ADOPT_LABEL]: "web" } },
    );
    return world;
  };
  const deferral = (world: Governed) => {
    const record = world.state.childrenOf(NETWORK_POLICY).get("shop/web");
    if (record?.type !== "child") throw new Error("there is no child");
    return handoverDeferral(kindOf("web"), record, world.workload(), world.state);
  };

  test("stays while it selects pods that are not the workload's, which has its policy under another name", () => {
    const world = handedOver();
    const pod = world.foreign(POD, "old", { spec: {} }, { labels: { app: "web" }, creationTimestamp: BEFORE });
    expect(deferral(world)).toBe("OldPods");
    const own = world.state.desired(world.workload(), kindOf("web"))?.object;
    const meanwhile = world.state.desired(world.workload(), kindOf("web.handover"))?.object;
    expect(meanwhile?.["spec"]).toEqual(own?.["spec"]);
    world.remove(POD, pod);
    expect(deferral(world)).toBeUndefined();
  });

  test("leaves no second policy behind", () => {
    const world = governed();
    expect(world.state.desired(world.workload(), kindOf("web.handover"))).toBeUndefined();
  });
});

test("of what is handed over, what carries traffic waits until the workload serves, and the rest for nothing", () => {
  const world = governed();
  const metadata = { creationTimestamp: BEFORE, uid: "theirs", labels: { [ADOPT_LABEL]: "web" } };
  world.foreign(SERVICE, "web", { spec: { selector: { app: "web" } } }, metadata);
  world.foreign(SERVICE_ACCOUNT, "web", {}, metadata);
  const deferralIn = (resource: Resource): string | undefined => {
    const record = world.state.childrenOf(resource).get("shop/web");
    return handoverDeferral({ resource }, record?.type === "child" ? record : undefined, world.workload(), world.state);
  };
  expect(deferralIn(SERVICE)).toBe("NotServing");
  expect(deferralIn(SERVICE_ACCOUNT)).toBeUndefined();
  expect(deferralIn(DEPLOYMENT)).toBeUndefined();
  serve(world);
  expect(deferralIn(SERVICE_ACCOUNT)).toBeUndefined();
});

describe("in a namespace without workloads", () => {
  const leading = { spec: { rules: [{ backendRefs: [{ name: "web", namespace: "shop", port: 8080 }] }] } };

  test("a route stays, and the workload says whom to ask", () => {
    const world = governed();
    run(world);
    world.foreign(HTTP_ROUTE, "theirs", leading, { namespace: "other" });
    expect(deferrals(world)).toMatchObject({ "HTTPRoute/theirs": "Elsewhere" });
  });

  test("a route of the workload's own namespace goes", () => {
    const world = governed();
    run(world);
    world.foreign(HTTP_ROUTE, "theirs", leading);
    expect(deferrals(world)).toMatchObject({ "HTTPRoute/theirs": "goes" });
  });
});
