/** What a rule of permissions may say, and that no rule that may be granted is a way around SecureWorkloads. */
import { describe, expect, test } from "@jest/globals";
import { CLOSED_GROUPS, covers, isOnMenu, PERMISSION_TABLE, type PermissionRule } from "./permission-menu.ts";
import { grantedRules, permissions } from "./permissions.ts";

const rule = (
  group: string,
  resource: string,
  verbs: readonly string[],
  resourceNames?: readonly string[],
): PermissionRule => ({
  apiGroups: [group],
  resources: [resource],
  verbs,
  ...(resourceNames === undefined ? {} : { resourceNames }),
});
const isTaken = (one: PermissionRule): boolean => {
  const verdicts = [permissions, grantedRules].map((list) => list.safeParse([one]).success);
  expect(new Set(verdicts).size).toBe(1);
  return verdicts[0] === true;
};

describe("a rule", () => {
  test.each([
    rule("", "secrets", ["get"], ["db"]),
    rule("argoproj.io", "applications", ["get", "list", "watch", "update", "patch", "delete"]),
    rule("cert-manager.io", "certificates/status", ["patch"]),
    rule("metrics.k8s.io", "pods", ["get", "list"]),
    rule("notk8s.io", "things", ["get"]),
  ])("may be $apiGroups $resources", (one) => {
    expect(isTaken(one)).toBe(true);
    expect(isOnMenu(one)).toBe(false);
  });

  test.each(CLOSED_GROUPS)("is never of the group %s, nor of one below it", (group) => {
    expect(isTaken(rule(group, "things", ["get"]))).toBe(false);
    expect(isTaken(rule(`a.${group}`, "things", ["get"]))).toBe(false);
  });

  test.each([
    rule("", "secrets", ["get"]),
    rule("", "secrets", ["get"], []),
    rule("", "secrets", ["get", "list"], ["db"]),
    rule("", "secrets", ["watch"], ["db"]),
    rule("", "secrets", ["update"], ["db"]),
    rule("extensions", "things", ["get"]),
    rule("", "nodes", ["get"]),
    rule("example.com", "things/exec", ["get"]),
    rule("example.com", "things", ["deletecollection"]),
    rule("example.com", "things", ["get", "bind"]),
    rule("example.com", "*", ["get"]),
    rule("", "*", ["get"]),
    rule("a*.com", "things", ["get"]),
    rule("example.com", "things", ["*"]),
  ])("is never $verbs on $apiGroups $resources $resourceNames", (one) => {
    expect(isTaken(one)).toBe(false);
  });

  test("has every pair of its groups and resources judged, so that one that may be hides none that may not", () => {
    const pods = { apiGroups: ["", "apps"], resources: ["pods"], verbs: ["get"] };
    const mixed = { apiGroups: ["argoproj.io", ""], resources: ["applications", "secrets"], verbs: ["get"] };
    expect([pods, mixed].map(isTaken)).toEqual([false, false]);
  });

  test("may hold each entry of the table with all its verbs, where it names its objects", () => {
    for (const [entry, { verbs, byGrant }] of Object.entries(PERMISSION_TABLE)) {
      const slash = entry.indexOf("/");
      const one = rule(entry.slice(0, slash), entry.slice(slash + 1), verbs, ["a"]);
      expect({ entry, taken: isTaken(one), onMenu: isOnMenu(one) }).toEqual({ entry, taken: true, onMenu: !byGrant });
    }
  });
});

describe("a granted rule", () => {
  const granted = {
    apiGroups: ["argoproj.io"],
    resources: ["applications", "appprojects"],
    verbs: ["get", "list", "patch"],
  };

  test("covers what asks for no more", () => {
    expect(covers(granted, rule("argoproj.io", "applications", ["get"]))).toBe(true);
    expect(covers(granted, rule("argoproj.io", "appprojects", ["list", "patch"], ["default"]))).toBe(true);
    expect(covers(granted, granted)).toBe(true);
  });

  test.each([
    rule("cert-manager.io", "applications", ["get"]),
    rule("argoproj.io", "applications/status", ["get"]),
    rule("argoproj.io", "applications", ["get", "delete"]),
  ])("does not cover $verbs on $apiGroups $resources", (asked) => {
    expect(covers(granted, asked)).toBe(false);
  });

  test("with names covers no others, and not all", () => {
    const named = rule("", "secrets", ["get"], ["a", "b"]);
    expect(covers(named, rule("", "secrets", ["get"], ["b"]))).toBe(true);
    expect(covers(named, rule("", "secrets", ["get"], ["b", "c"]))).toBe(false);
    expect(covers(named, rule("", "secrets", ["get"], []))).toBe(false);
    expect(covers(named, rule("", "secrets", ["get"]))).toBe(false);
  });
});
