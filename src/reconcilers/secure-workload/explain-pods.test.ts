import { expect, test } from "@jest/globals";
import { ApiError, type Client, type KubeObject } from "kopf-ts";
import { governed, run } from "../../../test/support/governed.ts";
import { POD } from "../../kubernetes/kinds.ts";
import { explainPods, mutatedPods } from "./explain-pods.ts";

type Spec = Readonly<Record<string, unknown>> & { readonly containers: readonly object[] };
const pulled = (spec: Spec): object => ({
  ...spec,
  containers: spec.containers.map((container) => ({ ...container, imagePullPolicy: "Always" })),
});

/** A pod that admission changed, in a cluster whose API server answers dry runs with `answer`. */
function mutatedWorld(answer: (pod: KubeObject) => KubeObject) {
  const world = governed();
  const { set, pod } = run(world);
  world.remove(POD, pod);
  const { resourceVersion: _old, ...metadata } = pod.metadata;
  const live = world.put(POD, {
    ...pod,
    metadata: { ...metadata, uid: "mutated", creationTimestamp: new Date(world.clock.now()).toISOString() },
    spec: pulled(pod["spec"] as Spec),
  });
  const asked: KubeObject[] = [];
  const client = {
    get: ({ kind }: { readonly kind: string }) => Promise.resolve(kind === POD.kind ? live : set),
    create: async (_resource: unknown, object: KubeObject, { dryRun }: { readonly dryRun?: boolean }) => {
      expect(dryRun).toBe(true);
      asked.push(object);
      return answer(object);
    },
  } as unknown as Client;
  const pass = () => explainPods(world.workload(), { state: world.state, client }, new AbortController().signal);
  const origins = () => mutatedPods(world.workload(), world.state).map(({ origin }) => origin.type);
  return { world, asked, pass, origins, set };
}

test("asks once for each template, as its controller creates a pod", async () => {
  const { asked, pass, origins, set } = mutatedWorld((pod) => ({ ...pod, spec: pulled(pod["spec"] as Spec) }));
  expect(origins()).toEqual(["open"]);
  expect(await pass()).toBeUndefined();
  expect(origins()).toEqual(["admission"]);
  await pass();
  expect(asked).toHaveLength(1);
  const [{ metadata } = { metadata: undefined }] = asked;
  expect(metadata?.ownerReferences).toMatchObject([{ kind: "ReplicaSet", uid: set.metadata.uid, controller: true }]);
  expect(metadata?.labels).toMatchObject({ "palisade.dev/workload": "web" });
});

test("a refusal is told, and asked about again after a minute", async () => {
  const { asked, pass, origins, world } = mutatedWorld(() => {
    throw new ApiError("POST pods: 403: exceeded quota", { status: 403 });
  });
  expect(await pass()).toBe(60_000);
  expect(origins()).toEqual(["unproven"]);
  const set = world.state.replicaSets.get("shop/web-7d9f");
  const known = set && world.state.podExplanations.of(world.workload(), set);
  expect(known?.failure).toContain("exceeded quota");
  expect(known?.additions).toEqual([{ name: "imagePullPolicy", path: "spec.containers[name=web].imagePullPolicy" }]);
  await pass();
  expect(asked).toHaveLength(1);
});

test("what is no answer of the API server ends the pass", async () => {
  const { pass } = mutatedWorld(() => {
    throw new TypeError("a bug");
  });
  await expect(pass()).rejects.toThrow("a bug");
});

test("nothing is asked about pods as their template says", async () => {
  const world = governed();
  run(world);
  const client = {} as Client;
  expect(
    await explainPods(world.workload(), { state: world.state, client }, new AbortController().signal),
  ).toBeUndefined();
});
