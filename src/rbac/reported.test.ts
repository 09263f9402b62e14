import { expect, test } from "@jest/globals";
import type { Surplus } from "./excess.ts";
import { ReportedRights, type ReportedSlot } from "./reported.ts";
import { rulesFrom } from "./rule.ts";

const surplus = (uid: string, verbs: readonly string[], scope: "cluster" | "namespace" = "cluster"): Surplus => ({
  binding: {
    kind: "ClusterRoleBinding",
    key: uid,
    uid,
    isChild: false,
    role: "ClusterRole/r",
    subjects: [],
    writer: undefined,
    createdMs: 0,
    seenMs: 0,
  },
  scope,
  rules: rulesFrom([{ verbs, apiGroups: [""], resources: ["pods"] }]),
  worst: { rank: 0, words: "" },
  driftCase: "58",
  changedBy: undefined,
  feeds: undefined,
});

test("a surplus is told of once, again when it grows, and again when its binding is made anew", () => {
  const ledger = new ReportedRights();
  const web: ReportedSlot = {};
  const get = surplus("1", ["get"]);
  const more = surplus("1", ["get", "list"]);
  const anew = surplus("2", ["get"]);
  expect(ledger.take(web, [get], false)).toEqual([get]);
  expect(ledger.take(web, [get], false)).toEqual([]);
  expect(ledger.take(web, [more], false)).toEqual([more]);
  expect(ledger.take(web, [get], false)).toEqual([]);
  expect(ledger.take(web, [get, anew], false)).toEqual([anew]);
  expect(ledger.take(web, [], false)).toEqual([]);
  expect(ledger.take(web, [get], false)).toEqual([get]);
});

test("what the status tells already is not told again after a restart", () => {
  const ledger = new ReportedRights();
  const web: ReportedSlot = {};
  expect(ledger.take(web, [surplus("1", ["get"])], true)).toEqual([]);
  expect(ledger.take(web, [surplus("1", ["*"])], true)).toHaveLength(1);
});

test("workloads are counted by where their surplus holds, until they are gone", () => {
  const ledger = new ReportedRights();
  const web: ReportedSlot = {};
  const api: ReportedSlot = {};
  ledger.take(web, [surplus("1", ["get"]), surplus("2", ["get"], "namespace")], false);
  ledger.take(api, [surplus("1", ["get"])], false);
  ledger.take({}, [], false);
  expect([ledger.count("cluster"), ledger.count("namespace")]).toEqual([2, 1]);
  ledger.forget(web);
  expect([ledger.count("cluster"), ledger.count("namespace")]).toEqual([1, 0]);
});
