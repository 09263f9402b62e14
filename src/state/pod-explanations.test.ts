import { expect, test } from "@jest/globals";
import { governed, run } from "../../test/support/governed.ts";
import { MUTATING_WEBHOOK_CONFIGURATION } from "../kubernetes/kinds.ts";
import { podParts } from "./records/pod-fields.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const LEARNED = { parts: podParts({ containers: [] }), additions: [], breaks: [], failure: undefined };
const FAILED = { ...LEARNED, parts: undefined, failure: "refused" };

function known() {
  const world = governed();
  run(world);
  const template = world.state.replicaSets.get("shop/web-7d9f");
  if (template === undefined) throw new Error("there is no ReplicaSet");
  const explanations = world.state.podExplanations;
  return {
    world,
    learn: (answer: typeof LEARNED | typeof FAILED) => explanations.learn(world.workload(), template, answer),
    dueIn: (isOpen = false) => explanations.dueInMs(world.workload(), template, isOpen),
    isKnown: () => explanations.areKnown(world.workload()),
  };
}

test("an answer stands until the configuration changes, and a storm of changes asks every other second", async () => {
  const { world, learn, dueIn, isKnown } = known();
  expect(isKnown()).toBe(false);
  expect(dueIn()).toBe(0);
  learn(LEARNED);
  expect(isKnown()).toBe(true);
  expect(dueIn()).toBeUndefined();
  world.put(MUTATING_WEBHOOK_CONFIGURATION, { metadata: { name: "injector" }, webhooks: [{ rules: [] }] });
  expect(dueIn()).toBe(2 * SECOND);
  await world.clock.advance(2 * SECOND);
  expect(dueIn()).toBe(0);
});

test("a pod that it does not explain asks again", async () => {
  const { world, learn, dueIn } = known();
  learn(LEARNED);
  expect(dueIn(true)).toBe(2 * SECOND);
  await world.clock.advance(2 * SECOND);
  expect(dueIn(true)).toBe(0);
});

test("a failure is asked about again later and later, at most an hour", async () => {
  const { world, learn, dueIn } = known();
  for (const minutes of [1, 2, 4, 8, 16, 32, 60, 60]) {
    learn(FAILED);
    expect(dueIn()).toBe(minutes * MINUTE);
    expect(dueIn(true)).toBe(minutes * MINUTE);
    await world.clock.advance(minutes * MINUTE);
    expect(dueIn()).toBe(0);
  }
  learn(LEARNED);
  expect(dueIn()).toBeUndefined();
  learn(FAILED);
  expect(dueIn()).toBe(MINUTE);
});

test("a pod that lives stays explained, however many others came after it", () => {
  const world = governed();
  const { set, pod } = run(world);
  const template = world.state.replicaSets.get("shop/web-7d9f");
  const live = world.state.pods.get(`shop/${pod.metadata.name}`);
  if (template === undefined || live === undefined) throw new Error(`${set.metadata.name} has no pod`);
  const { podExplanations } = world.state;
  const others = Array.from({ length: 300 }, (_, index) => podParts({ containers: [{ name: `gone-${index}` }] }));
  for (const parts of [live.parts, ...others]) podExplanations.believe(world.workload(), template, parts);
  expect(podExplanations.isBelieved(world.workload(), template, live.parts)).toBe(true);
  expect(others.filter((parts) => podExplanations.isBelieved(world.workload(), template, parts))).toHaveLength(100);
});

test("what is known of a template stays while something is made from it, however many came after it", () => {
  const world = governed();
  run(world);
  const template = world.state.replicaSets.get("shop/web-7d9f");
  if (template === undefined) throw new Error("there is no ReplicaSet");
  const { podExplanations } = world.state;
  const gone = Array.from({ length: 50 }, (_, index) => ({ ...template, digest: `gone-${index}` }));
  for (const one of [template, ...gone]) podExplanations.learn(world.workload(), one, LEARNED);
  expect(podExplanations.of(world.workload(), template)).toBeDefined();
  expect(gone.filter((one) => podExplanations.of(world.workload(), one) !== undefined)).toHaveLength(20);
});
