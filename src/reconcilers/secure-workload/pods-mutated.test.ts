import { describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { type Governed, governed, run } from "../../../test/support/governed.ts";
import { MUTATING_WEBHOOK_CONFIGURATION, POD } from "../../kubernetes/kinds.ts";
import { additionsOf } from "../../plan/additions.ts";
import { podParts } from "../../state/records/pod-fields.ts";
import { type MutatedPod, mutatedPods } from "./explain-pods.ts";
import { podMutationNotices, podMutationsOf, unprovenPods, withSources } from "./pods-mutated.ts";

type Spec = Readonly<Record<string, unknown>> & { readonly containers: readonly object[] };

/** A pod that admission pulls at every start and gives a variable. */
function mutatedWorld(failure?: string): { readonly world: Governed; readonly mutated: readonly MutatedPod[] } {
  const world = governed();
  const { pod } = run(world);
  world.remove(POD, pod);
  const spec = pod["spec"] as Spec;
  const env = [{ name: "DD_AGENT_HOST", value: "x" }];
  const changed = { ...spec, containers: [{ ...spec.containers[0], env, imagePullPolicy: "Always" }] };
  const { resourceVersion: _old, ...metadata } = pod.metadata;
  const creationTimestamp = new Date(world.clock.now()).toISOString();
  world.put(POD, { ...pod, metadata: { ...metadata, uid: "mutated", creationTimestamp }, spec: changed } as KubeObject);
  const set = world.state.replicaSets.get("shop/web-7d9f");
  if (set === undefined) throw new Error("there is no ReplicaSet");
  world.state.podExplanations.learn(world.workload(), set, {
    parts: failure === undefined ? podParts(changed) : undefined,
    additions: failure === undefined ? additionsOf(spec, changed) : [],
    breaks: [],
    failure,
  });
  return { world, mutated: mutatedPods(world.workload(), world.state) };
}

const ADDED = ["spec.containers[name=web].env[name=DD_AGENT_HOST]", "spec.containers[name=web].imagePullPolicy"];

test("nothing is told of pods as their template says", () => {
  const world = governed();
  run(world);
  expect(podMutationsOf(mutatedPods(world.workload(), world.state), world.workload(), world.state)).toBeUndefined();
  expect(podMutationNotices(undefined)).toEqual([]);
});

describe("what admission adds", () => {
  test("is told with its fields and who may have done it", () => {
    const { world, mutated } = mutatedWorld();
    const rules = [{ apiGroups: [""], operations: ["CREATE"], resources: ["pods"] }];
    world.put(MUTATING_WEBHOOK_CONFIGURATION, { metadata: { name: "datadog" }, webhooks: [{ rules }] });
    const mutations = podMutationsOf(mutated, world.workload(), world.state);
    expect(mutations).toEqual({
      fields: ADDED,
      by: ["MutatingWebhookConfiguration/datadog", "admission plugin AlwaysPullImages"],
    });
    const [notice] = podMutationNotices(mutations);
    expect(notice).toMatchObject({ type: "PodsMutated", holds: true, reason: "AddedByAdmission" });
    for (const words of [...ADDED, "datadog", "injections.expected"]) expect(notice?.message).toContain(words);
    expect(unprovenPods(mutated)).toEqual([]);
  });

  test("is told in the parts that differ where the dry run fails, and that it is not proven", () => {
    const { world, mutated } = mutatedWorld("webhook down");
    expect(podMutationsOf(mutated, world.workload(), world.state)?.fields).toEqual([
      "spec.containers[name=web].env",
      "spec.containers[name=web].imagePullPolicy",
    ]);
    expect(unprovenPods(mutated)[0]).toMatch(/^Pod\/web-7d9f-abcde differs from the template in .*: webhook down$/);
  });

  test("by nobody that can be found is told as such", () => {
    const [notice] = podMutationNotices({ fields: ["spec.x"], by: [] });
    expect(notice?.message).toContain("a webhook or plugin that this cluster's configuration does not show");
  });
});

describe("a pod that is refused", () => {
  const by = (policy: string): string =>
    `pods "web-7d9f-…" is forbidden: ValidatingAdmissionPolicy '${policy}' with binding '${policy}' denied request: palisade: Scratch space must have a size limit (rule sized-empty-dir).`;

  test("for what admission made of it is told with who may have done it", () => {
    const world = governed();
    const rules = [{ apiGroups: [""], operations: ["CREATE"], resources: ["pods"] }];
    const told = (policy: string): string => withSources(by(policy), world.workload(), world.state);
    expect(told("palisade-pod-baseline-pods")).toMatch(/on its way in\. docs/);
    world.put(MUTATING_WEBHOOK_CONFIGURATION, { metadata: { name: "istio-sidecar-injector" }, webhooks: [{ rules }] });
    for (const policy of ["palisade-pod-baseline-pods", "palisade-injections"])
      expect(told(policy)).toMatch(
        /sized-empty-dir\)\. The pod template obeys .* Possible sources: MutatingWebhookConfiguration\/istio-sidecar-injector\. docs/,
      );
  });

  test("for anything else keeps its words", () => {
    const { state, workload } = governed();
    for (const words of ["exceeded quota: none", by("palisade-pods")])
      expect(withSources(words, workload(), state)).toBe(words);
  });
});
