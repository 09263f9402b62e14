/** What of a pod is admission's, and what is somebody's. */
import { describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { detected } from "../../test/support/detected.ts";
import { type Governed, governed, run } from "../../test/support/governed.ts";
import { POD, REPLICA_SET } from "../kubernetes/kinds.ts";
import { podParts } from "../state/records/pod-fields.ts";
import { podOriginOf } from "./pod-origin.ts";
import { pods } from "./pods.ts";

const KEY = "shop/web-7d9f-abcde";
const MADE = [
  { manager: "kube-controller-manager", operation: "Update", fieldsV1: { "f:spec": { "f:schedulerName": {} } } },
];

type Spec = Readonly<Record<string, unknown>> & { readonly containers: readonly object[] };
const specOf = (object: KubeObject): Spec => object["spec"] as Spec;

/** As it came from admission: the pod was never seen otherwise. */
function mutated(world: Governed, change: (spec: Spec) => object, metadata: object = {}): KubeObject {
  const { pod } = run(world);
  world.remove(POD, pod);
  const { resourceVersion: _old, ...own } = pod.metadata;
  return world.put(POD, {
    ...pod,
    metadata: { ...own, creationTimestamp: at(world), uid: "mutated", managedFields: MADE, ...metadata },
    spec: change(specOf(pod)),
  });
}

const withEnv = (spec: Spec): object => ({
  ...spec,
  containers: [{ ...spec.containers[0], env: [{ name: "DD_AGENT_HOST", value: "x" }] }],
});
const withImage = (spec: Spec): object => ({ ...spec, containers: [{ ...spec.containers[0], image: "evil:1" }] });

const guard = (world: Governed, forMs = 60_000): void => world.state.podGuard.note(world.clock.now() - forMs);
const at = (world: Governed, laterMs = 0): string => new Date(world.clock.now() + laterMs).toISOString();

function originIn(world: Governed) {
  const pod = world.state.pods.get(KEY);
  const set = world.state.replicaSets.get("shop/web-7d9f");
  if (pod === undefined || set === undefined) throw new Error("there is no pod");
  return podOriginOf(pod, [set], world.workload(), world.state);
}

/** What a dry run of the template would have created. */
function learn(world: Governed, change: ((spec: Spec) => object) | undefined, breaks: readonly string[] = []): void {
  const set = world.state.replicaSets.get("shop/web-7d9f");
  if (set === undefined) throw new Error("there is no ReplicaSet");
  const { template } = specOf(world.all(REPLICA_SET)[0] as KubeObject) as unknown as { readonly template: KubeObject };
  world.state.podExplanations.learn(world.workload(), set, {
    parts: change === undefined ? undefined : podParts(change(specOf(template))),
    additions: [],
    breaks,
    failure: change === undefined ? "webhook does not support dry run" : undefined,
  });
}

test("a pod from before the policies stood as they do stays, though admission adds something else today", () => {
  const world = governed();
  guard(world);
  mutated(world, withEnv, { creationTimestamp: at(world, -3_600_000) });
  learn(world, (spec) => spec);
  expect(originIn(world)).toMatchObject({ type: "unproven", failure: expect.stringContaining("older") });
  expect(detected(pods, world)).toEqual([]);
});

describe("while the policies on pods stand", () => {
  test.each([
    { name: "a variable", change: withEnv },
    { name: "an image", change: withImage },
    { name: "a node selector", change: (spec: Spec) => ({ ...spec, nodeSelector: { pool: "general" } }) },
  ])("$name that was there at creation is admission's", ({ change }) => {
    const world = governed();
    guard(world);
    mutated(world, change);
    expect(originIn(world)).toMatchObject({ type: "admission" });
    expect(detected(pods, world)).toEqual([]);
  });

  test("an image that was changed later is somebody's, and what admission added is not told with it", () => {
    const world = governed();
    guard(world);
    const pod = mutated(world, withEnv);
    const spec = specOf(pod);
    world.put(POD, { ...pod, spec: { ...spec, containers: [{ ...spec.containers[0], image: "evil:1" }] } });
    expect(originIn(world)).toEqual({ type: "foreign", parts: ["containers[name=web].image"] });
    expect(detected(pods, world)[0]).toMatch(/^21 .* in spec\.containers\[name=web\]\.image$/);
  });

  test("a pod from before they stood is not believed", () => {
    const world = governed();
    guard(world, 0);
    mutated(world, withEnv);
    expect(originIn(world)).toMatchObject({ type: "open" });
  });

  test("a namespace without the label that binds them proves nothing", () => {
    const world = governed();
    guard(world);
    world.enrol(undefined);
    mutated(world, withEnv);
    expect(originIn(world)).toMatchObject({ type: "open" });
  });
});

describe("while they do not", () => {
  test("nothing is done before the API server was asked", () => {
    const world = governed();
    mutated(world, withEnv);
    expect(originIn(world)).toMatchObject({ type: "open", parts: ["containers[name=web].env"] });
    expect(detected(pods, world)).toEqual([]);
  });

  test("what a dry run shows as well is admission's", () => {
    const world = governed();
    mutated(world, withEnv);
    learn(world, withEnv);
    expect(originIn(world)).toMatchObject({ type: "admission" });
  });

  test("a forged pod is found, case 24 by hand and 73 under a controller's name", () => {
    const world = governed();
    mutated(world, withImage, { managedFields: [] });
    learn(world, withEnv);
    expect(originIn(world)).toMatchObject({ type: "foreign" });
    expect(detected(pods, world)[0]).toMatch(/^21 /);
    mutated(world, (spec) => ({ ...spec, nodeSelector: { evil: "1" } }), { managedFields: [] });
    expect(detected(pods, world)[0]).toMatch(/^24 .* in spec\.nodeSelector$/);
    mutated(world, (spec) => ({ ...spec, nodeSelector: { evil: "1" } }));
    expect(detected(pods, world)[0]).toMatch(/^73 /);
  });

  test("a dry run that fails ends no pod", () => {
    const world = governed();
    mutated(world, withEnv);
    learn(world, undefined);
    expect(originIn(world)).toMatchObject({ type: "unproven", failure: "webhook does not support dry run" });
    expect(detected(pods, world)).toEqual([]);
  });

  test("an answer from before the pod is asked for again", () => {
    const world = governed();
    learnEarly(world);
    mutated(world, withEnv, { creationTimestamp: at(world, 60_000) });
    expect(originIn(world)).toMatchObject({ type: "open" });
  });

  test("what breaks a rule of the baseline goes, though a dry run shows it", () => {
    const world = governed();
    mutated(world, withEnv);
    learn(world, withEnv, ["read-only-root"]);
    expect(originIn(world)).toMatchObject({ type: "foreign" });
    const other = governed();
    mutated(other, (spec) => ({ ...spec, hostNetwork: true }));
    learn(other, (spec) => ({ ...spec, hostNetwork: true }));
    expect(originIn(other)).toMatchObject({ type: "foreign" });
  });

  test("what was explained once stays explained when admission changes", () => {
    const world = governed();
    mutated(world, withEnv);
    const set = world.state.replicaSets.get("shop/web-7d9f");
    const pod = world.state.pods.get(KEY);
    if (set === undefined || pod === undefined) throw new Error("there is no pod");
    world.state.podExplanations.believe(world.workload(), set, pod.parts);
    learn(world, (spec) => spec);
    expect(originIn(world)).toMatchObject({ type: "admission" });
  });
});

/** Learns of a template without a pod. */
function learnEarly(world: Governed): void {
  run(world);
  learn(world, (spec) => spec);
}
