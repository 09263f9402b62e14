/** Nothing of what an example was written after is lost without a word. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { POD_POLICIES } from "../../src/policies/index.ts";
import { compare } from "./compare.ts";
import { decisionsOf } from "./decisions.ts";
import { factsOf, manifestOf, pointerOf, stepsOf } from "./facts.ts";
import { ORIGINALS } from "./originals.ts";
import { ROOT, renderingOf } from "./rendered.ts";

const RULES: ReadonlySet<string> = new Set(POD_POLICIES.map(({ id }) => id));

describe.each(ORIGINALS)("the example $name", (original) => {
  const { decided, idle } = decisionsOf(original);

  test("keeps every fact of its original, or tells what became of it", () => {
    expect(decided.length).toBeGreaterThan(50);
    expect(decided.filter(({ verdict }) => verdict === "undecided")).toEqual([]);
    for (const { verdict, note } of decided) if (verdict !== "kept") expect(note).not.toBe("");
  });

  test("tells of nothing that is kept, or is not there", () => {
    expect(idle).toEqual([]);
  });

  test("names rules that there are", () => {
    for (const { note } of decided) {
      const [, rule] = /^rule ([a-z-]+)/.exec(note) ?? [];
      if (rule !== undefined && rule !== "no") expect([...RULES]).toContain(rule);
    }
  });
});

test("every file of facts and of sentences is an example's", () => {
  const names = ORIGINALS.map(({ name }) => `${name}.yaml`).sort();
  for (const folder of ["facts", "told"])
    expect(readdirSync(join(ROOT, "test", "examples", folder)).sort()).toEqual(names);
});

test("a manifest is its facts, and pointers are unambiguous", () => {
  const object = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", annotations: { "a/b~c": "1" } },
    spec: { containers: [{ name: "web", args: ["a", "b"], resources: {} }], volumes: [] },
  } as unknown as KubeObject;
  expect(manifestOf(factsOf(object))).toEqual(object);
  const path = ["metadata", "annotations", "a/b~c"];
  expect(stepsOf(pointerOf(path))).toEqual(path);
});

describe("a fact", () => {
  const rendering = renderingOf("voting-app");
  const redis = { apiVersion: "apps/v1", kind: "Deployment", "metadata/name": "redis" };
  const decide = (pointer: string, value: unknown, why?: string) =>
    compare(
      { "Deployment/redis": { ...redis, "spec/template/spec/containers/0/name": "redis", [pointer]: value } },
      rendering,
      why === undefined ? [] : [{ object: "Deployment/redis", at: pointer, why }],
    ).find((one) => one.pointer === pointer);

  test.each([
    { what: "that is rendered is kept", pointer: "spec/replicas", value: 1, verdict: "kept" },
    { what: "that a rule decides is fixed", pointer: "spec/template/spec/hostNetwork", value: false, verdict: "fixed" },
    { what: "that is rendered otherwise is not", pointer: "spec/replicas", value: 7, verdict: "undecided" },
    {
      what: "that is nowhere is not decided",
      pointer: "spec/template/spec/containers/0/env/0/value",
      value: "x",
      verdict: "undecided",
    },
    {
      what: "of a field that nobody knows is not decided",
      pointer: "spec/template/spec/flux",
      value: "x",
      verdict: "undecided",
    },
    {
      what: "of another image is not decided",
      pointer: "spec/template/spec/containers/0/image",
      value: "redis:7",
      verdict: "undecided",
    },
    {
      what: "of an image in another registry is replaced",
      pointer: "spec/template/spec/containers/0/image",
      value: "redis:alpine",
      verdict: "replaced",
    },
  ])("$what", ({ pointer, value, verdict }) => {
    expect(decide(pointer, value)?.verdict).toBe(verdict);
  });

  test("is told where nothing else decides it", () => {
    expect(decide("spec/replicas", 7, "one is enough")).toMatchObject({ verdict: "told", note: "one is enough" });
    expect(decide("spec/replicas", 1, "one is enough")).toMatchObject({ verdict: "kept" });
  });
});
