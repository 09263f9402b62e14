/** What restarts pods or repeats a run, and what does not: decided alike by a process that saw it all and by one that was just started. */
import { describe, expect, test } from "@jest/globals";
import type { KubeObject, Resource } from "kopf-ts";
import { aClusterState, type ClusterStateFixture } from "../../test/support/cluster-state.ts";
import { aWorkload } from "../../test/support/workloads.ts";
import {
  ADOPT_LABEL,
  DECLARED_ANNOTATION,
  HANDED_LABELS_ANNOTATION,
  RUN_ANNOTATION,
  SECURE_WORKLOAD,
} from "../crds/group.ts";
import { CONTROLLER_KINDS } from "../expand/child-kinds.ts";
import { CONFIG_MAP, CRON_JOB, DAEMON_SET, DEPLOYMENT, JOB, NAMESPACE, STATEFUL_SET } from "../kubernetes/kinds.ts";
import { formatPath } from "../plan/diff.ts";
import type { ChildRecord } from "./records/child.ts";
import { objectMemory } from "./records/memory.ts";
import { templateDigest, templateIn } from "./records/template.ts";

const VERSION = "app.kubernetes.io/version";
const UID = "uid-of-the-workload";

interface World {
  readonly spec: object;
  readonly labels?: Readonly<Record<string, string>>;
  readonly config?: Readonly<Record<string, string>>;
}

const CONFIGURED = { files: [{ path: "/etc/app", configMap: { name: "settings" } }] };

/** Puts what is declared into a state, as it is now. */
function declare(fixture: ClusterStateFixture, { spec, labels = {}, config = { a: "1" } }: World): void {
  const { metadata, ...rest } = aWorkload("web", "shop", spec) as unknown as KubeObject;
  fixture.put(SECURE_WORKLOAD, {
    ...rest,
    metadata: { ...metadata, uid: UID, labels, creationTimestamp: "2026-01-01T00:00:00Z" },
  });
  const listed = Object.entries(labels).map(([key, value]) => `,${key}=${value},`);
  const annotations = { [HANDED_LABELS_ANNOTATION]: listed.join("") };
  fixture.put(NAMESPACE, { apiVersion: "v1", metadata: { name: "shop", annotations } });
  fixture.put(CONFIG_MAP, { apiVersion: "v1", metadata: { name: "settings", namespace: "shop" }, data: config });
  const workload = fixture.state.workloads.get("shop/web");
  if (workload === undefined) throw new Error("the workload is not kept");
  if (workload.invalid !== undefined) throw new Error(workload.invalid);
  fixture.state.decideIdentity(workload, { uid: 12_345, userNamespace: true });
}

function desiredOf({ state }: ClusterStateFixture, resource: Resource): KubeObject {
  const workload = state.workloads.get("shop/web");
  const kind = CONTROLLER_KINDS.find((one) => one.resource === resource);
  const desired = workload === undefined || kind === undefined ? undefined : state.desired(workload, kind);
  if (desired === undefined) throw new Error(`there is no ${resource.kind}`);
  return desired.object;
}

function recordOf({ state }: ClusterStateFixture, resource: Resource): ChildRecord {
  const record = state.childrenOf(resource).get("shop/web");
  if (record?.type !== "child") throw new Error(`no ${resource.kind} is kept`);
  return record;
}

interface Change {
  readonly resource: Resource;
  readonly before: World;
  readonly after: World;
  /** What the live object has besides. */
  readonly live?: object;
  /** What somebody makes of it. */
  readonly edit?: (live: KubeObject) => KubeObject;
}

const written = (object: KubeObject): KubeObject => JSON.parse(JSON.stringify(object)) as KubeObject;

/** How the child that was made `before` compares `after`: to the operator that made it, and to one that begins then. */
function comparedAfter({ resource, before, after, live = {}, edit = (object) => object }: Change) {
  const running = aClusterState();
  declare(running, before);
  const made = written({ ...desiredOf(running, resource), ...live });
  running.put(resource, made);
  declare(running, after);
  const changed = running.put(resource, edit(made));
  const restarted = aClusterState();
  declare(restarted, after);
  restarted.put(resource, changed);
  return [running, restarted].map((fixture) => recordOf(fixture, resource));
}

const shown = ({ comparison, deviation }: ChildRecord): string =>
  [comparison, ...(deviation?.differences ?? []).map(({ path }) => formatPath(path))].join(" ");

const ended = (type: "Complete" | "Failed") => ({ status: { conditions: [{ type, status: "True" }] } });

const job = (spec: object = {}): object => ({ type: "Job", command: ["/migrate"], ports: [], ...CONFIGURED, ...spec });

describe("a Job that ended", () => {
  const before = { spec: job(), labels: { [VERSION]: "1" } };

  test.each<{ name: string; after: World }>([
    { name: "a label", after: { ...before, labels: { [VERSION]: "2", "app.kubernetes.io/part-of": "shop" } } },
    { name: "the content of a ConfigMap", after: { ...before, config: { a: "2" } } },
    { name: "a variable", after: { ...before, spec: job({ env: [{ name: "A", value: "1" }] }) } },
    { name: "its resources", after: { ...before, spec: job({ resources: { limits: { memory: "1Gi" } } }) } },
    { name: "the number of completions", after: { ...before, spec: job({ job: { completions: 2 } }) } },
    { name: "nothing", after: before },
  ])("is not run again for $name", ({ after }) => {
    for (const type of ["Complete", "Failed"] as const)
      for (const { deviation } of comparedAfter({ resource: JOB, before, after, live: ended(type) }))
        expect(deviation?.differences.filter(({ path }) => path[0] === "spec") ?? []).toEqual([]);
  });

  test.each<{ name: string; spec: object }>([
    { name: "its image", spec: job({ image: "registry.example.com/shop/web:2" }) },
    { name: "its command", spec: job({ command: ["/migrate", "all"] }) },
    { name: "its arguments", spec: job({ args: ["all"] }) },
    {
      name: "the image of a container beside it",
      spec: job({ containers: [{ name: "wait", role: "Init", image: "registry.example.com/wait:1" }] }),
    },
    { name: "rerun", spec: job({ job: { rerun: "1" } }) },
  ])("is run again for $name", ({ spec }) => {
    const records = comparedAfter({ resource: JOB, before, after: { ...before, spec }, live: ended("Complete") });
    for (const { comparison, deviation } of records) {
      expect(comparison).toBe("stale");
      expect(deviation?.differences.some(({ path }) => path[1] === "template")).toBe(true);
    }
  });

  test("bears the new label itself, and says whether it would run something else by now", () => {
    const [labelled] = comparedAfter({
      resource: JOB,
      before,
      after: { ...before, labels: { [VERSION]: "2" } },
      live: ended("Complete"),
    });
    expect(labelled?.deviation?.wanted.metadata.labels).toMatchObject({ [VERSION]: "2" });
    const outdatedAfter = (after: World) =>
      comparedAfter({ resource: JOB, before, after, live: ended("Complete") }).map(
        ({ health }) => health?.run?.isOutdated,
      );
    expect(outdatedAfter(before)).toEqual([undefined, undefined]);
    expect(outdatedAfter({ ...before, config: { a: "2" } })).toEqual([true, true]);
  });

  test("is put right where somebody gives it a time to live, which would have it made anew", () => {
    const edit = (live: KubeObject) => ({
      ...live,
      spec: { ...(live["spec"] as object), ttlSecondsAfterFinished: 1 },
    });
    const records = comparedAfter({ resource: JOB, before, after: before, live: ended("Complete"), edit });
    expect(records.map(shown)).toEqual(["drifted spec.ttlSecondsAfterFinished", "stale spec.ttlSecondsAfterFinished"]);
  });

  test("that somebody had before is not run again when it is handed over, whatever its container was called", () => {
    const theirs = (live: KubeObject): KubeObject => {
      const { template, ...spec } = live["spec"] as { template: { spec: { containers: object[] } } };
      const containers = template.spec.containers.map((container) => ({ ...container, name: "migrate" }));
      const metadata = { name: "web", namespace: "shop", uid: "theirs", labels: { [ADOPT_LABEL]: "web" } };
      return { ...live, metadata, spec: { ...spec, template: { spec: { ...template.spec, containers } } } };
    };
    const records = comparedAfter({ resource: JOB, before, after: before, live: ended("Complete"), edit: theirs });
    for (const { comparison, deviation } of records) {
      expect(comparison).toBe("stale");
      expect(deviation?.differences.filter(({ path }) => path[0] === "spec")).toEqual([]);
    }
  });

  test("of a version that did not mark runs is known by its containers, pinned or not", () => {
    const unmarked = (image: string) => (live: KubeObject) => {
      const drop = (key: string, value: unknown): unknown => (key === RUN_ANNOTATION ? undefined : value);
      const text = JSON.stringify(live, drop).replaceAll("registry.example.com/shop/web:1.4.2", image);
      return JSON.parse(text) as KubeObject;
    };
    const comparedWith = (image: string, after: World) =>
      comparedAfter({ resource: JOB, before, after, live: ended("Complete"), edit: unmarked(image) }).map(
        ({ comparison }) => comparison,
      );
    const pinned = `registry.example.com/shop/web@sha256:${"a".repeat(64)}`;
    expect(comparedWith(pinned, before)).toEqual(["inSync", "inSync"]);
    expect(comparedWith("registry.example.com/shop/web:1.4.2", before)).toEqual(["inSync", "inSync"]);
    expect(comparedWith("registry.example.com/shop/web:1.4.1", before)[1]).toBe("stale");
    const args = { ...before, spec: job({ args: ["all"] }) };
    expect(comparedWith(pinned, args)[1]).toBe("stale");
  });
});

describe("a Job that runs", () => {
  const before = { spec: job(), labels: { [VERSION]: "1" } };

  test("is not broken off for a label or the content of a ConfigMap", () => {
    const after = { ...before, labels: { [VERSION]: "2" }, config: { a: "2" } };
    expect(comparedAfter({ resource: JOB, before, after }).map(shown)).toEqual(
      Array.from({ length: 2 }, () => `stale metadata.labels.[${VERSION}]`.replace(".[", "[")),
    );
  });

  test("is made anew for its spec", () => {
    const after = { ...before, spec: job({ env: [{ name: "A", value: "1" }] }) };
    for (const { deviation } of comparedAfter({ resource: JOB, before, after }))
      expect(deviation?.differences.some(({ path }) => path[1] === "template")).toBe(true);
  });
});

const RESTARTABLE = [
  { resource: DEPLOYMENT, spec: {} },
  { resource: STATEFUL_SET, spec: { type: "StatefulSet", claims: [{ name: "data", path: "/data", size: "1Gi" }] } },
  { resource: DAEMON_SET, spec: { type: "DaemonSet" } },
];

describe.each(RESTARTABLE.flatMap((one) => [VERSION, "example.com/team"].map((label) => ({ ...one, label }))))(
  "the label $label of a $resource.kind",
  ({ resource, spec, label }) => {
    const before = { spec, labels: { [label]: "1" } };
    const template = ({ deviation }: ChildRecord): string | undefined => {
      const wanted = deviation?.wanted["spec"] as { template: { metadata: { labels: Record<string, string> } } };
      return wanted.template.metadata.labels[label];
    };

    test.each<{ name: string; labels: Record<string, string> }>([
      { name: "another value", labels: { [label]: "2" } },
      { name: "taken away", labels: {} },
      { name: "one more", labels: { [label]: "1", "app.kubernetes.io/component": "db" } },
    ])("reaches the object and leaves its template: $name", ({ labels }) => {
      for (const { comparison, deviation } of comparedAfter({ resource, before, after: { spec, labels } })) {
        expect(comparison).toBe("stale");
        expect(deviation?.differences.map(({ path }) => path[0])).toEqual(["metadata"]);
        expect(deviation?.wanted["spec"]).toEqual(deviation?.live["spec"]);
      }
    });

    test("is in sync once the object bears it", () => {
      const relabelled = (live: KubeObject) => {
        const labels = { ...live.metadata.labels, [label]: "2" };
        return { ...live, metadata: { ...live.metadata, labels } };
      };
      const after = { spec, labels: { [label]: "2" } };
      expect(comparedAfter({ resource, before, after, edit: relabelled }).map(shown)).toEqual(["inSync", "inSync"]);
    });

    test("goes with a template that changes anyway", () => {
      const after = { spec: { ...spec, args: ["--new"] }, labels: { [label]: "2" } };
      expect(comparedAfter({ resource, before, after }).map(template)).toEqual(["2", "2"]);
    });

    test("stays behind where somebody's change is put back", () => {
      const running = aClusterState();
      declare(running, before);
      const made = written(desiredOf(running, resource));
      running.put(resource, made);
      const after = { spec, labels: { [label]: "2" } };
      declare(running, after);
      const relabelled = written({
        ...made,
        metadata: { ...made.metadata, labels: { ...made.metadata.labels, [label]: "2" } },
      });
      running.put(resource, relabelled);
      expect(recordOf(running, resource).comparison).toBe("inSync");
      running.put(resource, JSON.parse(JSON.stringify(relabelled).replaceAll("web:1.4.2", "web:6.6.6")) as KubeObject);
      const record = recordOf(running, resource);
      expect(record.comparison).toBe("drifted");
      expect(template(record)).toBe("1");
    });

    test.each(["9", undefined])("that somebody writes into the template is put back (%s)", (value) => {
      const running = aClusterState();
      declare(running, before);
      const made = written(desiredOf(running, resource));
      running.put(resource, made);
      const { template: was, ...rest } = made["spec"] as { template: { metadata: { labels: object } } };
      const labels = { ...was.metadata.labels, [label]: value };
      running.put(
        resource,
        written({ ...made, spec: { ...rest, template: { ...was, metadata: { ...was.metadata, labels } } } }),
      );
      expect(shown(recordOf(running, resource))).toBe(`drifted spec.template.metadata.labels[${label}]`);
    });

    test("restarts pods that read it", () => {
      const reads = [{ name: "LABEL", valueFrom: { fieldRef: { fieldPath: `metadata.labels['${label}']` } } }];
      const after = { spec: { ...spec, env: reads }, labels: { [label]: "2" } };
      const compared = comparedAfter({
        resource,
        before: { spec: { ...spec, env: reads }, labels: { [label]: "1" } },
        after,
      });
      expect(compared.map(template)).toEqual(["2", "2"]);
    });
  },
);

describe.each([
  { resource: DEPLOYMENT, spec: {} },
  { resource: STATEFUL_SET, spec: { type: "StatefulSet" } },
  { resource: JOB, spec: job() },
])("what the template of a $resource.kind declares", ({ resource, spec }) => {
  const undeclared = (live: KubeObject): KubeObject => {
    const { template, ...rest } = live["spec"] as { readonly template: KubeObject };
    const { annotations: { [DECLARED_ANNOTATION]: _left, ...annotations } = {}, ...metadata } = template.metadata;
    return { ...live, spec: { ...rest, template: { ...template, metadata: { ...metadata, annotations } } } };
  };

  test("ends no pod where an older version left it out", () => {
    const running = aClusterState();
    declare(running, { spec });
    running.put(resource, written(undeclared(desiredOf(running, resource))));
    expect(shown(recordOf(running, resource))).toBe("inSync");
  });

  test("is put back where somebody takes it away", () => {
    const running = aClusterState();
    declare(running, { spec });
    const made = written(desiredOf(running, resource));
    running.put(resource, made);
    running.put(resource, written(undeclared(made)));
    expect(recordOf(running, resource).comparison).toBe("drifted");
  });
});

test("a CronJob gets the label at once: its next run bears it, and no run ends", () => {
  const spec = { type: "CronJob", schedule: { cron: "@daily" }, ports: [] };
  const records = comparedAfter({
    resource: CRON_JOB,
    before: { spec, labels: { [VERSION]: "1" } },
    after: { spec, labels: { [VERSION]: "2" } },
  });
  for (const { deviation } of records)
    expect(deviation?.differences.map(({ path }) => formatPath(path))).toContain(
      `spec.jobTemplate.spec.template.metadata.labels[${VERSION}]`,
    );
});

describe("a spec that changes, and changes back, while a write is under way", () => {
  const before = { spec: { replicas: 2 } };
  const between = { spec: { replicas: 5 } };

  function ownWrite(fixture: ClusterStateFixture, meanwhile: { readonly spec: object } = between): KubeObject {
    declare(fixture, before);
    const first = written(desiredOf(fixture, DEPLOYMENT));
    fixture.put(DEPLOYMENT, first);
    declare(fixture, meanwhile);
    const workload = fixture.state.workloads.get("shop/web");
    const kind = CONTROLLER_KINDS.find(({ resource }) => resource === DEPLOYMENT);
    if (workload === undefined || kind === undefined) throw new Error("there is no workload");
    const desired = fixture.state.desired(workload, kind);
    const { objects } = fixture.state.memory.of(workload).term;
    objectMemory(objects, "Deployment/shop/web").sent = desired;
    declare(fixture, before);
    return written(desired?.object ?? first);
  }

  test("is no drift of what was written", () => {
    const running = aClusterState();
    running.put(DEPLOYMENT, ownWrite(running));
    expect(shown(recordOf(running, DEPLOYMENT))).toBe("stale spec.replicas");
  });

  test("leaves the template known that was written: pods are made from it all the same", () => {
    const running = aClusterState();
    const live = ownWrite(running, { spec: { image: "registry.example.com/shop/web:1.4.3" } });
    const workload = running.state.workloads.get("shop/web");
    if (workload === undefined) throw new Error("there is no workload");
    const isKnown = (object: KubeObject): boolean =>
      running.state.ledger.has(
        workload,
        templateDigest(templateIn(object), running.state.granted.identityBehind(object)),
      );
    const tampered = JSON.parse(JSON.stringify(live).replaceAll("web:1.4.3", "web:6.6.6")) as KubeObject;
    running.put(DEPLOYMENT, tampered);
    expect([isKnown(live), isKnown(tampered)]).toEqual([false, false]);
    running.put(DEPLOYMENT, live);
    expect(recordOf(running, DEPLOYMENT).comparison).toBe("stale");
    expect([isKnown(live), isKnown(tampered)]).toEqual([true, false]);
  });

  test("hides nothing that somebody changes beside it, or instead", () => {
    for (const edit of [
      (live: KubeObject) => JSON.parse(JSON.stringify(live).replaceAll("web:1.4.2", "web:6.6.6")) as KubeObject,
      (live: KubeObject) => ({ ...live, spec: { ...(live["spec"] as object), replicas: 3 } }),
    ]) {
      const running = aClusterState();
      running.put(DEPLOYMENT, edit(ownWrite(running)));
      expect(recordOf(running, DEPLOYMENT).comparison).toBe("drifted");
    }
  });
});
