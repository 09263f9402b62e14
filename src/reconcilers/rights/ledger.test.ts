import { expect, test } from "@jest/globals";
import { RightsLedger } from "./ledger.ts";
import { rulesFrom } from "./rule.ts";
import type { Surplus } from "./surplus.ts";

const surplus = (uid: string, verbs: readonly string[], scope: "cluster" | "namespace" = "cluster"): Surplus => ({
  binding: {
    kind: "ClusterRoleBinding",
    key: uid,
    uid,
    isChild: false,
    role: "ClusterRole/r",
    subjects: [],
    writer: undefined,
    seenMs: 0,
  },
  scope,
  rules: rulesFrom([{ verbs, apiGroups: [""], resources: ["pods"] }]),
  worst: { rank: 0, words: "" },
  driftCase: "58",
  culprit: undefined,
  feeds: undefined,
});

test("a surplus is told of once, again when it grows, and again when its binding is made anew", () => {
  const ledger = new RightsLedger();
  const get = surplus("1", ["get"]);
  const more = surplus("1", ["get", "list"]);
  const anew = surplus("2", ["get"]);
  expect(ledger.take("shop/web", [get], false)).toEqual([get]);
  expect(ledger.take("shop/web", [get], false)).toEqual([]);
  expect(ledger.take("shop/web", [more], false)).toEqual([more]);
  expect(ledger.take("shop/web", [get], false)).toEqual([]);
  expect(ledger.take("shop/web", [get, anew], false)).toEqual([anew]);
  expect(ledger.take("shop/web", [], false)).toEqual([]);
  expect(ledger.take("shop/web", [get], false)).toEqual([get]);
});

test("what the status tells already is not told again after a restart", () => {
  const ledger = new RightsLedger();
  expect(ledger.take("shop/web", [surplus("1", ["get"])], true)).toEqual([]);
  expect(ledger.take("shop/web", [surplus("1", ["*"])], true)).toHaveLength(1);
});

test("workloads are counted by where their surplus holds, until they are gone", () => {
  const ledger = new RightsLedger();
  ledger.take("shop/web", [surplus("1", ["get"]), surplus("2", ["get"], "namespace")], false);
  ledger.take("shop/api", [surplus("1", ["get"])], false);
  ledger.take("shop/db", [], false);
  expect([ledger.count("cluster"), ledger.count("namespace")]).toEqual([2, 1]);
  ledger.forget("shop/web");
  expect([ledger.count("cluster"), ledger.count("namespace")]).toEqual([1, 0]);
});
