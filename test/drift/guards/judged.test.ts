import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { KUBERNETES_VERSION } from "../../../src/plan/kubernetes-fields.ts";
import { entryFor, type Judged, judged } from "./judged.ts";
import { outworn, unjudged } from "./page.ts";
import type { Result } from "./run.ts";
import { WHOLE } from "./stage.ts";
import { type Cluster, coverageOf, isOpen } from "./verbs.ts";

const REASON = "because nobody is harmed by it";
const LISTS: Judged = {
  allowed: [{ on: ["Service", "Service/*"], paths: ["metadata.labels{*}", "spec.**"], by: ["wide"], reason: REASON }],
  open: [],
  untried: [{ on: ["*"], paths: ["spec.template.*.name"], reason: REASON }],
  verbs: [{ on: ["pods", "*.apps"], paths: ["get"], reason: REASON }],
  twins: [],
};

const QUESTION = { on: "Service", path: "spec.ports[].name", user: "wide" };

test.each([
  { what: "a path below one", asked: QUESTION, found: true },
  { what: "a key of a map", asked: { ...QUESTION, path: "metadata.labels{a.io/b}" }, found: false },
  { what: "a key without dots", asked: { ...QUESTION, path: "metadata.labels{b}" }, found: true },
  { what: "another user", asked: { ...QUESTION, user: "edit" }, found: false },
  { what: "another kind", asked: { ...QUESTION, on: "Services" }, found: false },
  { what: "a subresource", asked: { ...QUESTION, on: "Service/status" }, found: true },
  { what: "another path", asked: { ...QUESTION, path: "metadata.finalizers[]" }, found: false },
])("an entry is for $what: $found", ({ asked, found }) => {
  expect(entryFor(LISTS.allowed, asked) !== undefined).toBe(found);
});

const result = (path: string, outcome: Result["outcome"]): Result => ({
  on: "Service",
  apiVersion: "v1",
  path,
  user: "wide",
  outcome,
});

test("what is accepted, or could not be tried, and is on no list is unjudged; what is refused or dropped needs none", () => {
  const results = [
    result("metadata.finalizers[]", { kind: "written" }),
    result("metadata.name", { kind: "invalid", message: "no" }),
    result("spec.ports[].name", { kind: "invalid", message: "no" }),
    result("spec.type", { kind: "written" }),
    result("spec.ports", { kind: "refused", by: "palisade-owned-objects" }),
    result("status", { kind: "ignored" }),
    result("metadata.uid", { kind: "fixed", message: "" }),
  ];
  expect(unjudged({ version: "", results, verbs: [] }, LISTS)).toEqual([
    "v1 Service metadata.finalizers[]: written by wide",
    "v1 Service metadata.name: invalid by wide",
  ]);
});

test("an entry that nothing is on any more is told of", () => {
  const coverage = { version: "", results: [result("spec.type", { kind: "written" })], verbs: [] };
  expect(outworn(coverage, LISTS)).toEqual(["* spec.template.*.name", "pods, *.apps get"]);
});

const CLUSTER: Cluster = {
  verbs: ["get", "create", "update"].map((verb) => ({ group: "", resource: "pods", verb })),
  roles: new Map([["edit", [{ apiGroups: [""], resources: ["*"], verbs: ["get", "update"] }]]]),
};

test("a verb is open where neither a policy nor a line stands before it; a read only where tenants have it", () => {
  const open = coverageOf(CLUSTER, [], { ...LISTS, verbs: [] }).filter(isOpen);
  expect(open.map(({ verb, roles }) => `${verb} ${roles}`)).toEqual(["get edit", "create ", "update edit"]);
  const policy = {
    name: "palisade-toy",
    cases: [],
    about: "",
    rules: [{ apiGroups: [""], operations: ["CREATE" as const, "UPDATE" as const], resources: ["pods"] }],
    conditions: [],
    validations: [],
    bindings: [{ actions: ["Deny" as const] }],
  };
  expect(coverageOf(CLUSTER, [policy], LISTS).filter(isOpen)).toEqual([]);
});

const PAGE = join(import.meta.dirname, "..", "..", "..", "docs", "reference", "guard-coverage.md");

test("the page is of this Kubernetes, names every guarded kind, and leaves nothing unjudged: make drift writes it", () => {
  const page = readFileSync(PAGE, "utf8");
  expect(page).toContain(`**0 unjudged**, on Kubernetes ${KUBERNETES_VERSION},`);
  const kinds = new Set(WHOLE.map(({ resource }) => resource.kind));
  expect([...kinds].filter((kind) => !page.includes(`| ${kind} `))).toEqual([]);
});

test("a verb is told by its reason, so that no two have the same", () => {
  const reasons = judged().verbs.map(({ reason }) => reason);
  expect(new Set(reasons).size).toBe(reasons.length);
});
