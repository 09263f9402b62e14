import { expect, test } from "@jest/globals";
import type { Surplus } from "../../rbac/excess.ts";
import { rulesFrom } from "../../rbac/rule.ts";
import { rightsNotice } from "./report.ts";

const surplus = (key: string, more: Partial<Surplus> = {}): Surplus => ({
  binding: {
    kind: key.includes("/") ? "RoleBinding" : "ClusterRoleBinding",
    key,
    uid: key,
    isChild: false,
    role: "ClusterRole/view",
    subjects: [],
    writer: undefined,
    createdMs: 0,
    seenMs: 0,
  },
  scope: key.includes("/") ? "namespace" : "cluster",
  rules: rulesFrom([{ verbs: ["get"], apiGroups: [""], resources: ["secrets"] }]),
  worst: { rank: 4, words: "read Secrets" },
  driftCase: "58",
  changedBy: undefined,
  feeds: undefined,
  ...more,
});

test("without a surplus the rights match", () => {
  expect(rightsNotice([])).toMatchObject({ type: "RightsMatch", holds: true, reason: "AsDeclared" });
});

test("a surplus is told of by what it allows, where, and through which binding", () => {
  const { holds, message } = rightsNotice([
    surplus("strong"),
    surplus("edge/there", { feeds: "a=b", driftCase: "59" }),
  ]);
  expect(holds).toBe(false);
  expect(message).toBe(
    "beyond its declared permissions, the account may read Secrets in the whole cluster by ClusterRoleBinding/strong to ClusterRole/view (drift case 58); read Secrets in namespace edge by RoleBinding/edge/there to ClusterRole/view, aggregated from ClusterRoles with a=b (drift case 59). Remove the account or its group from these bindings, or narrow their roles",
  );
});

test("names are bounded in number and length, and break no line", () => {
  const many = Array.from({ length: 40 }, (_, index) => surplus(`${index}\n${"x".repeat(2_000)}`));
  const { message } = rightsNotice(many);
  expect(message).toContain("; and 35 more bindings");
  expect(message).not.toContain("\n");
  expect(message.length).toBeLessThan(4_096);
});
