import { expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import type { Difference } from "./diff.ts";
import { canBeDefault, LearnedDefaults } from "./learned-defaults.ts";

const foreign = (...path: readonly string[]): Difference => ({ kind: "foreign", path });

const deployment = (spec: object): KubeObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec,
});

test.each([
  { kind: "Deployment", path: ["spec", "brandNew"], possible: true },
  { kind: "Deployment", path: ["spec", "paused"], possible: false },
  { kind: "Deployment", path: ["metadata", "brandNew"], possible: false },
  { kind: "Deployment", path: ["spec", "template", "spec", "containers", "[name=miner]"], possible: false },
  { kind: "Deployment", path: [], possible: false },
  { kind: "StatefulSet", path: ["spec", "updateStrategy", "rollingUpdate", "maxUnavailable"], possible: true },
])("$path of a $kind can be a newer server's default: $possible", ({ kind, path, possible }) => {
  expect(canBeDefault(kind, path)).toBe(possible);
});

test("what is learned of one list item holds for the field in every item", () => {
  const learned = new LearnedDefaults();
  const at = (index: number): Difference => foreign("spec", "list", `[${index}]`, "brandNew");
  learned.learn("Deployment", [at(0)], deployment({ list: [{ brandNew: "on" }] }));
  expect(learned.isServerDefault("Deployment", at(7).path, "on")).toBe(true);
  expect(learned.isServerDefault("Deployment", at(7).path, "off")).toBe(false);
  expect(learned.isServerDefault("StatefulSet", at(7).path, "on")).toBe(false);
});

test("a missing or changed field is never worth a dry run", () => {
  const learned = new LearnedDefaults();
  const added = foreign("spec", "brandNew");
  expect(learned.isWorthAsking("Deployment", [added])).toBe(true);
  expect(learned.isWorthAsking("Deployment", [added, { kind: "missing", path: ["spec", "other"] }])).toBe(false);
});

test("field names that somebody makes up neither fill the memory nor keep a newer server's defaults out of it", () => {
  const learned = new LearnedDefaults();
  const made = Array.from({ length: 5_000 }, (_, index) => foreign("spec", `made-up-${index}`));
  const real = foreign("spec", "brandNew");
  learned.learn("Deployment", [real], deployment({ brandNew: "on" }));
  learned.learn("Deployment", made, deployment({}));
  expect(learned.isServerDefault("Deployment", real.path, "on")).toBe(true);
  expect(learned.isWorthAsking("Deployment", [foreign("spec", "another")])).toBe(true);
  const remembered = made.filter((field) => !learned.isWorthAsking("Deployment", [field]));
  expect(remembered).toEqual(made.slice(-1_000));
});
