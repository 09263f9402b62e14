import { describe, expect, test } from "@jest/globals";
import { anInput, specOf } from "../../test/support/expand-input.ts";
import { buildDaemonSet } from "./daemon-set.ts";
import { buildDeployment } from "./deployment.ts";
import type { ExpandInput } from "./input.ts";
import { buildCronJob, buildJob } from "./job.ts";
import { buildPodTemplate, liftedIn } from "./pod-template.ts";
import { deadlineSeconds } from "./rollout.ts";
import { buildStatefulSet } from "./stateful-set.ts";

const templateOf = (spec: object = {}, more: Partial<ExpandInput> = {}) => buildPodTemplate(anInput(spec, more));
const contextOf = (spec: object, more: Partial<ExpandInput> = {}) => templateOf(spec, more).spec.securityContext;

describe("the pod template", () => {
  test("says which version of its Secrets and which lifted rules it was made for", () => {
    const resolved = { configs: {}, images: {}, secrets: "v7" };
    const lifted = new Set(["resource-limits", "no-service-links"]);
    expect(templateOf({}, { resolved, lifted }).metadata.annotations).toMatchObject({
      "palisade.dev/secret-versions": "v7",
      "palisade.dev/lifted": ",no-service-links,resource-limits,",
    });
    expect(Object.keys(templateOf({}).metadata.annotations ?? {})).toEqual(["palisade.dev/declared"]);
  });

  test("is another one for each time of a restart, but for runs", () => {
    const restartedAt = "2026-01-01T00:00:00Z";
    const restarted = { "palisade.dev/restarted-at": restartedAt };
    expect(templateOf({ restartedAt }).metadata.annotations).toMatchObject(restarted);
    expect(templateOf({ type: "Job", restartedAt }).metadata.annotations).not.toMatchObject(restarted);
  });

  test("ends runs and restarts everything else", () => {
    expect(templateOf({ type: "Job" }).spec.restartPolicy).toBe("Never");
    expect(templateOf({}).spec.restartPolicy).toBe("Always");
  });

  test("runs as the workload's own user unless the spec names one", () => {
    expect(contextOf({})).toMatchObject({ runAsUser: 10_001, runAsGroup: 10_001, fsGroup: 10_001 });
    expect(contextOf({ runAs: { user: 70, group: 71 } })).toMatchObject({ runAsUser: 70, runAsGroup: 71, fsGroup: 71 });
  });

  test("leaves user and group to the image only where both rules are lifted and the spec names none", () => {
    const lifted = new Set(["non-root", "non-root-groups"]);
    expect(contextOf({}, { lifted })).not.toHaveProperty("runAsUser");
    expect(contextOf({}, { lifted })).not.toHaveProperty("runAsGroup");
    expect(contextOf({ runAs: { user: 70, group: 71 } }, { lifted })).toMatchObject({ runAsUser: 70, runAsGroup: 71 });
  });

  test("has a user namespace where nodes support one and no rule is lifted for it", () => {
    expect(templateOf({}).spec.hostUsers).toBe(false);
    expect(templateOf({}, { identity: { uid: 10_001, userNamespace: false } }).spec.hostUsers).toBeUndefined();
    expect(templateOf({}, { lifted: new Set(["no-host-users"]) }).spec.hostUsers).toBeUndefined();
  });

  test("inherits the labels of its workload that describe it, and no other", () => {
    const labels = { "app.kubernetes.io/version": "7", "palisade.dev/workload": "other", app: "web" };
    const workload = { name: "web", namespace: "shop", uid: "u", labels };
    expect(templateOf({}, { workload }).metadata.labels).toEqual({
      "app.kubernetes.io/managed-by": "palisade",
      "app.kubernetes.io/name": "web",
      "app.kubernetes.io/version": "7",
      "palisade.dev/workload": "web",
    });
  });
});

describe("the rules lifted for a child", () => {
  const lifted = new Set(["resource-limits"]);

  test.each([
    { name: "a Deployment", build: buildDeployment, spec: {} },
    { name: "a CronJob", build: buildCronJob, spec: { type: "CronJob", schedule: { cron: "@daily" } } },
  ])("are read from the template of $name", ({ build, spec }) => {
    const object = build(anInput({ ports: [], ...spec }, { lifted }));
    if (object === undefined) throw new Error("nothing was built");
    expect(liftedIn(object)).toEqual(lifted);
  });

  test("are none of a child without a template, or without the mark", () => {
    const bare = { apiVersion: "v1", kind: "Service", metadata: { name: "web" } };
    expect(liftedIn(bare).size).toBe(0);
    expect(liftedIn({ ...bare, spec: { template: {} } }).size).toBe(0);
    expect(liftedIn({ ...bare, spec: { jobTemplate: {} } }).size).toBe(0);
  });
});

test("each type is built by one controller and by no other", () => {
  const builders = [buildDeployment, buildStatefulSet, buildDaemonSet, buildJob, buildCronJob];
  const kindsOf = (spec: object) => builders.flatMap((build) => build(anInput({ ports: [], ...spec }))?.kind ?? []);
  expect(kindsOf({})).toEqual(["Deployment"]);
  expect(kindsOf({ type: "StatefulSet" })).toEqual(["StatefulSet"]);
  expect(kindsOf({ type: "DaemonSet" })).toEqual(["DaemonSet"]);
  expect(kindsOf({ type: "Job" })).toEqual(["Job"]);
  expect(kindsOf({ type: "CronJob", schedule: { cron: "@daily" } })).toEqual(["CronJob"]);
});

test("a run has retries and a deadline, declared or not", () => {
  const limitsOf = (job?: object) => {
    const { backoffLimit, activeDeadlineSeconds, completions, parallelism } = specOf(
      buildJob(anInput({ type: "Job", ports: [], ...(job === undefined ? {} : { job }) })),
    );
    return { backoffLimit, activeDeadlineSeconds, completions, parallelism };
  };
  const byDefault = { backoffLimit: 3, activeDeadlineSeconds: 86_400, completions: 1, parallelism: 1 };
  expect(limitsOf()).toEqual(byDefault);
  expect(limitsOf({ retries: 0, deadlineSeconds: 60, completions: 4, parallelism: 2 })).toEqual({
    backoffLimit: 0,
    activeDeadlineSeconds: 60,
    completions: 4,
    parallelism: 2,
  });
});

test("the claims of a StatefulSet outlive it, and are as they are declared", () => {
  const claims = [
    { name: "data", path: "/data", size: "1Gi" },
    { name: "shared", path: "/shared", size: "2Gi", storageClass: "fast", accessMode: "ReadWriteOncePod" },
    { name: "old", path: "/old", existing: "old-data" },
  ];
  const spec = specOf(buildStatefulSet(anInput({ type: "StatefulSet", claims, podManagement: "Parallel" })));
  expect(spec).toMatchObject({
    podManagementPolicy: "Parallel",
    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
  });
  expect(spec["volumeClaimTemplates"]).toMatchObject([
    { metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"] } },
    { metadata: { name: "shared" }, spec: { accessModes: ["ReadWriteOncePod"], storageClassName: "fast" } },
  ]);
  expect(specOf(buildStatefulSet(anInput({ type: "StatefulSet" })))).not.toHaveProperty("volumeClaimTemplates");
});

test("a rollout waits as long as is declared", () => {
  expect(deadlineSeconds()).toBe(600);
  expect(deadlineSeconds({ progressDeadlineSeconds: 60 })).toBe(60);
  const { minReadySeconds, progressDeadlineSeconds } = specOf(
    buildDeployment(anInput({ rollout: { minReadySeconds: 5, progressDeadlineSeconds: 60 } })),
  );
  expect({ minReadySeconds, progressDeadlineSeconds }).toEqual({ minReadySeconds: 5, progressDeadlineSeconds: 60 });
  expect(specOf(buildDeployment(anInput()))).not.toHaveProperty("minReadySeconds");
});
