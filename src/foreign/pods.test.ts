/** Detectors of pods and of what makes them. */

import { describe, expect, test } from "@jest/globals";
import type { KubeObject, ObjectMeta } from "kopf-ts";
import { detected } from "../../test/support/detected.ts";
import { BEFORE, controlledBy, type Governed, governed, LATER, run, uidOf } from "../../test/support/governed.ts";
import { WORKLOAD_LABEL } from "../crds/group.ts";
import {
  CONTROLLER_REVISION,
  CRON_JOB,
  DAEMON_SET,
  DEPLOYMENT,
  JOB,
  POD,
  REPLICA_SET,
  SERVICE_ACCOUNT,
  STATEFUL_SET,
} from "../kubernetes/kinds.ts";
import { podControllers } from "./pod-controllers.ts";
import { ownPods } from "./pod-owner.ts";
import { podTemplates } from "./pod-templates.ts";
import { isForeignPod, pods } from "./pods.ts";

const LABELS = { [WORKLOAD_LABEL]: "web" };
const MADE_BY_CONTROLLER = [
  {
    manager: "kube-controller-manager",
    operation: "Update",
    fieldsV1: { "f:spec": { "f:schedulerName": {} } },
  },
];
/** What was seen since is not believed to have been there before. */
const LONG_AGO_MS = -60_000;
const find = (world: Governed, name?: string) => detected(pods, world, name);

const changed = (world: Governed, object: KubeObject, metadata: Partial<ObjectMeta>, spec: object = {}): KubeObject =>
  world.put(object.kind === POD.kind ? POD : REPLICA_SET, {
    ...object,
    spec: { ...(object["spec"] as object), ...spec },
    metadata: { ...object.metadata, ...metadata },
  });

const container = (pod: KubeObject): object =>
  (pod["spec"] as { readonly containers: readonly object[] }).containers[0] ?? {};

describe("a pod that the workload's Deployment made", () => {
  test("is the workload's own", () => {
    const world = governed();
    run(world);
    expect(find(world)).toEqual([]);
    expect(ownPods(world.workload(), world.state)).toHaveLength(1);
  });

  test("is found with another image, case 21", () => {
    const world = governed();
    const { pod } = run(world);
    changed(world, pod, {}, { containers: [{ ...container(pod), image: "evil:1" }] });
    expect(find(world)).toEqual([
      "21 Pod/shop/web-7d9f-abcde: differs from the template of its ReplicaSet in spec.containers[name=web].image",
    ]);
  });

  test("is found with many changes, of which a few are named, case 24", () => {
    const world = governed();
    const { pod } = run(world);
    changed(world, pod, {}, { containers: [], hostNetwork: true, hostPID: true, hostIPC: true, "bad\u00e9": 1 });
    const [only] = find(world);
    expect(only).toMatch(
      /^24 Pod\/shop\/web-7d9f-abcde: differs from the template of its ReplicaSet in spec\..*, \d+ more$/,
    );
    expect(only).not.toMatch(/[^\x20-\x7e]/);
  });

  test("is found with a toleration that its template lacks, case 14", () => {
    const world = governed();
    const { pod } = run(world);
    const tolerations = [
      ...((pod["spec"] as { tolerations?: object[] }).tolerations ?? []),
      { key: "evil", operator: "Exists" },
    ];
    changed(world, pod, {}, { tolerations });
    expect(find(world)[0]).toMatch(/^14 .* in spec\.tolerations$/);
  });

  test("is left alone while it ends soon, and found where it was given an hour, case 83", () => {
    const world = governed();
    const { pod } = run(world);
    const deleting = { deletionTimestamp: LATER, labels: LABELS };
    changed(world, pod, { ...deleting, deletionGracePeriodSeconds: 30 });
    expect(find(world)).toEqual([]);
    changed(world, pod, { ...deleting, deletionGracePeriodSeconds: 3_600 });
    expect(find(world)).toEqual(["83 Pod/shop/web-7d9f-abcde: is ending with a grace period above 600s"]);
    changed(world, pod, { ...deleting, deletionGracePeriodSeconds: 300, labels: pod.metadata.labels ?? {} });
    expect(find(world)).toEqual([]);
  });

  test("is found when it lost its label, case 22", () => {
    const world = governed();
    const { pod } = run(world);
    changed(world, pod, { labels: {}, ownerReferences: [] });
    expect(find(world)).toEqual(["22 Pod/shop/web-7d9f-abcde: lost this workload's label and keeps running"]);
  });

  test("is not found for having lost its label where the Deployment is somebody else's", () => {
    const world = governed();
    const { pod } = run(world);
    world.foreign(DEPLOYMENT, "web", {}, { uid: "theirs", creationTimestamp: BEFORE });
    changed(world, pod, { labels: {}, ownerReferences: [] });
    world.foreign(SERVICE_ACCOUNT, "web", {}, { uid: "theirs", creationTimestamp: BEFORE });
    expect(find(world)).toEqual([]);
  });

  test("is found when its controller is gone, case 36", () => {
    const world = governed();
    const { pod } = run(world);
    changed(world, pod, { ownerReferences: [], managedFields: MADE_BY_CONTROLLER });
    expect(find(world)).toEqual([
      "36 Pod/shop/web-7d9f-abcde: carries this workload's label, but its controller is gone",
    ]);
  });

  test("is found when it is of a template that the workload never had, cases 20 and 83", () => {
    const world = governed();
    const { set, pod } = run(world);
    const { template } = set["spec"] as { readonly template: KubeObject };
    const spec = { ...(template["spec"] as object), containers: [{ ...container(pod), image: "evil:1" }] };
    const other = {
      ...set,
      metadata: { ...set.metadata, name: "web-evil", uid: "set-evil" },
      spec: { template: { ...template, spec } },
    };
    world.state.ledger.begin(world.workload(), LONG_AGO_MS);
    const made = world.put(REPLICA_SET, other);
    world.put(POD, {
      ...pod,
      metadata: { ...pod.metadata, name: "p", uid: "p", ...controlledBy(made, REPLICA_SET) },
      spec,
    });
    expect(find(world)).toEqual(["83 Pod/shop/p: was made from a template that this workload never had"]);
    expect(detected(podTemplates, world)).toEqual([
      "19 ReplicaSet/shop/web-evil: has a template that this workload never had",
    ]);
    // The ReplicaSet that was good is edited.
    changed(world, set, {}, { template: { ...template, spec } });
    changed(world, pod, {}, spec);
    expect(find(world)).toContain("20 Pod/shop/web-7d9f-abcde: was made by a ReplicaSet whose template was edited");
    expect(detected(podTemplates, world)).toContain("20 ReplicaSet/shop/web-7d9f: has a template that was edited");
  });

  test("is not compared while what it should be is not known", () => {
    const world = governed();
    const { pod } = run(world);
    world.remove(REPLICA_SET, {
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      metadata: { namespace: "shop", name: "web-7d9f", uid: uidOf(REPLICA_SET, "web-7d9f") },
    });
    changed(world, pod, {}, { containers: [] });
    expect(find(world)).toEqual([]);
    expect(detected(podTemplates, world)).toEqual([]);
  });
});

describe("a pod with the workload's label", () => {
  const labelled = (world: Governed, metadata: object = {}, spec: object = {}) =>
    world.foreign(POD, "theirs", { spec: { containers: [], ...spec } }, { labels: LABELS, ...metadata });

  test("and no controller is found, case 24", () => {
    const world = governed();
    labelled(world);
    expect(find(world)).toEqual(["24 Pod/shop/theirs: carries this workload's label, but has no controller"]);
    const record = world.state.pods.get("shop/theirs");
    expect(record !== undefined && isForeignPod(record, world.workload(), world.state)).toBe(true);
  });

  test("is left alone where its kubelet made it", () => {
    const world = governed();
    labelled(world, { annotations: { "kubernetes.io/config.mirror": "x" } });
    expect(find(world)).toEqual([]);
  });

  test.each([
    { kind: "ConfigMap", described: "ConfigMap/x" },
    { kind: "ReplicationController", described: "ReplicationController/x" },
  ])("and a $kind for a controller is found, case 24", ({ kind, described }) => {
    const world = governed();
    labelled(world, { ownerReferences: [{ apiVersion: "v1", kind, name: "x", uid: "x", controller: true }] });
    expect(find(world)).toEqual([`24 Pod/shop/theirs: carries this workload's label, but belongs to ${described}`]);
  });

  test("and a controller that is not in view is left alone", () => {
    const world = governed();
    for (const kind of ["ReplicaSet", "Job", "StatefulSet", "DaemonSet"]) {
      const owner = { apiVersion: "apps/v1", kind, name: "web", uid: "gone", controller: true };
      labelled(world, { name: `of-${kind.toLowerCase()}`, ownerReferences: [owner] });
    }
    expect(find(world)).toEqual([]);
  });

  test("which it was given after another workload's is found, case 22", () => {
    const world = governed();
    world.declare("db", { type: "StatefulSet" });
    const owner = { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "x", uid: "x", controller: true }] };
    labelled(world, { ...owner, labels: { [WORKLOAD_LABEL]: "db" } });
    labelled(world, owner);
    expect(find(world)).toEqual([
      "22 Pod/shop/theirs: belongs to another workload and was given this workload's label",
    ]);
  });
});

describe("a pod under the workload's account", () => {
  const using = (world: Governed, metadata: object = {}) =>
    world.foreign(POD, "theirs", { spec: { containers: [], serviceAccountName: "web" } }, metadata);

  test("without a controller is found, case 26", () => {
    const world = governed();
    using(world);
    expect(find(world)).toEqual(["26 Pod/shop/theirs: runs as this workload's ServiceAccount, but has no controller"]);
  });

  test("that its controller released is found, case 22", () => {
    const world = governed();
    using(world, { managedFields: MADE_BY_CONTROLLER });
    expect(find(world)).toEqual(["22 Pod/shop/theirs: lost this workload's label and keeps running"]);
  });

  test("of the workload's own ReplicaSet lost its label, case 22", () => {
    const world = governed();
    const { set } = run(world);
    using(world, controlledBy(set, REPLICA_SET));
    expect(find(world)).toEqual(["22 Pod/shop/theirs: lost this workload's label and keeps running"]);
  });

  test("from before the workload, or of a controller from before it, is left alone", () => {
    const world = governed();
    using(world, { creationTimestamp: BEFORE });
    const made = world.foreign(DAEMON_SET, "old", template({}, "web"), { creationTimestamp: BEFORE });
    using(world, { name: "theirs-2", ...controlledBy(made, DAEMON_SET) });
    expect(find(world)).toEqual([]);
  });

  test("of a younger controller is found, case 26", () => {
    const world = governed();
    const made = world.foreign(DAEMON_SET, "new", template({}, "web"));
    using(world, controlledBy(made, DAEMON_SET));
    expect(find(world)).toEqual([
      "26 Pod/shop/theirs: runs as this workload's ServiceAccount, but belongs to DaemonSet/new",
    ]);
  });

  test("is left alone where the account is somebody else's", () => {
    const world = governed();
    world.foreign(SERVICE_ACCOUNT, "web", {}, { uid: "theirs", creationTimestamp: BEFORE });
    using(world);
    expect(find(world)).toEqual([]);
  });
});

const template = (labels: object, serviceAccountName?: string): object => ({
  spec: { template: { metadata: { labels }, spec: { serviceAccountName, containers: [] } } },
});

describe("a controller of somebody else's", () => {
  test.each([DEPLOYMENT, STATEFUL_SET, DAEMON_SET, JOB, REPLICA_SET])("of kind $kind", (resource) => {
    const world = governed();
    const owner = { apiVersion: "example.com/v1", kind: "Rollout", name: "canary", uid: "r", controller: true };
    world.foreign(resource, "label", template(LABELS));
    world.foreign(resource, "account", template({}, "web"), { ownerReferences: [owner] });
    world.foreign(resource, "before", template({}, "web"), { creationTimestamp: BEFORE });
    world.foreign(resource, "other", template({ app: "legacy" }, "legacy"));
    const found = [
      `24 ${resource.kind}/shop/label: makes pods with this workload's label`,
      `26 ${resource.kind}/shop/account: makes pods that run as this workload's ServiceAccount and belongs to Rollout/canary`,
    ];
    expect(detected(podControllers, world)).toEqual(expect.arrayContaining([found[1]]));
    // Our Deployment adopts a ReplicaSet that it selects: then it is compared as the workload's.
    expect(detected(podControllers, world)).toEqual(resource === REPLICA_SET ? [found[1]] : found);
  });

  test("a ReplicaSet with the workload's label is not adopted where a StatefulSet runs its pods", () => {
    const world = governed({ type: "StatefulSet" });
    world.foreign(REPLICA_SET, "theirs", template(LABELS));
    expect(detected(podControllers, world)).toEqual([
      "24 ReplicaSet/shop/theirs: makes pods with this workload's label",
    ]);
  });

  test("a ReplicaSet with the workload's label waits for a Deployment that is being created again", () => {
    const world = governed();
    const { set, pod } = run(world);
    world.remove(DEPLOYMENT, {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { namespace: "shop", name: "web", uid: uidOf(DEPLOYMENT, "web") },
    });
    changed(world, set, { ownerReferences: [] });
    expect(detected(podControllers, world)).toEqual([]);
    expect(find(world)).toEqual([]);
    expect(pod.metadata.name).toBe("web-7d9f-abcde");
  });

  test("a ReplicaSet of another Deployment goes with that", () => {
    const world = governed();
    const deployment = world.foreign(DEPLOYMENT, "theirs", template(LABELS));
    world.foreign(REPLICA_SET, "theirs-1", template(LABELS), controlledBy(deployment, DEPLOYMENT));
    const owner = controlledBy(
      world.foreign(REPLICA_SET, "theirs-1", template(LABELS), controlledBy(deployment, DEPLOYMENT)),
      REPLICA_SET,
    );
    world.foreign(POD, "theirs-1-a", { spec: { containers: [] } }, { labels: LABELS, ...owner });
    expect(detected(podControllers, world)).toEqual([
      "24 Deployment/shop/theirs: makes pods with this workload's label",
    ]);
    expect(find(world)).toEqual([
      "24 Pod/shop/theirs-1-a: carries this workload's label, but belongs to ReplicaSet/theirs-1 of Deployment/theirs",
    ]);
  });
});

describe("pods of other kinds of workloads", () => {
  const podOf = (world: Governed, owner: KubeObject, resource: typeof JOB, spec: unknown) =>
    world.foreign(POD, "one", { spec }, { labels: LABELS, ...controlledBy(owner, resource) });
  const childOf = (world: Governed, kind: string): KubeObject => {
    const child = world.state.expanded(world.workload()).find((one) => one.kind === kind);
    if (child === undefined) throw new Error(`no ${kind}`);
    return { ...child, metadata: { ...child.metadata, uid: `uid-of-${kind.toLowerCase()}s-shop-web` } };
  };
  const templateOf = (child: KubeObject): KubeObject => (child["spec"] as { readonly template: KubeObject }).template;

  test.each(["StatefulSet", "DaemonSet"])("a %s's come from its revisions", (type) => {
    const world = governed({ type });
    const child = childOf(world, type);
    const resource = type === "StatefulSet" ? STATEFUL_SET : DAEMON_SET;
    world.foreign(
      CONTROLLER_REVISION,
      "web-1",
      { data: { spec: { template: templateOf(child) } } },
      controlledBy(child, resource),
    );
    podOf(world, child, resource, templateOf(child)["spec"]);
    expect(find(world)).toEqual([]);
    expect(ownPods(world.workload(), world.state)).toHaveLength(1);
    const other = type === "StatefulSet" ? DAEMON_SET : STATEFUL_SET;
    const foreign = world.foreign(other, "web", template(LABELS));
    podOf(world, foreign, other, {});
    expect(find(world)).toEqual([`24 Pod/shop/one: carries this workload's label, but belongs to ${other.kind}/web`]);
  });

  test("a Job's come from its template", () => {
    const world = governed({ type: "Job", ports: [] });
    const child = childOf(world, "Job");
    podOf(world, child, JOB, templateOf(child)["spec"]);
    expect(find(world)).toEqual([]);
    expect(ownPods(world.workload(), world.state)).toHaveLength(1);
    podOf(world, world.foreign(JOB, "theirs", template(LABELS)), JOB, {});
    expect(find(world)).toEqual(["24 Pod/shop/one: carries this workload's label, but belongs to Job/theirs"]);
  });

  test("a CronJob's come from its runs, which are the CronJob's", () => {
    const world = governed({ type: "CronJob", schedule: { cron: "0 3 * * *" }, ports: [] });
    const child = childOf(world, "CronJob");
    const { jobTemplate } = child["spec"] as {
      readonly jobTemplate: { readonly spec: { readonly template: KubeObject } };
    };
    const good = world.foreign(JOB, "web-1", { spec: jobTemplate.spec }, controlledBy(child, CRON_JOB));
    podOf(world, good, JOB, jobTemplate.spec.template["spec"]);
    expect(ownPods(world.workload(), world.state)).toHaveLength(1);
    world.state.ledger.begin(world.workload(), LONG_AGO_MS);
    world.foreign(JOB, "web-2", template(LABELS), controlledBy(child, CRON_JOB));
    expect(detected(podTemplates, world)).toEqual(["19 Job/shop/web-2: has a template that this workload never had"]);
    const over = { status: { conditions: [{ type: "Complete", status: "True" }] } };
    world.foreign(JOB, "web-2", { ...template(LABELS), ...over }, controlledBy(child, CRON_JOB));
    expect(detected(podTemplates, world)).toEqual([]);
    const theirs = world.foreign(CRON_JOB, "theirs", {
      spec: { jobTemplate: { spec: (template(LABELS) as KubeObject)["spec"] } },
    });
    podOf(world, world.foreign(JOB, "theirs-1", template(LABELS), controlledBy(theirs, CRON_JOB)), JOB, {});
    expect(find(world)).toEqual([
      "24 Pod/shop/one: carries this workload's label, but belongs to Job/theirs-1 of CronJob/theirs",
    ]);
  });
});
