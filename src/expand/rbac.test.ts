/** Which declared permissions become a Role. */
import { describe, expect, test } from "@jest/globals";
import { anInput } from "../../test/support/expand-input.ts";
import { NO_PLATFORM, type PermissionGrant } from "./input.ts";
import { buildRole, buildRoleBinding } from "./rbac.ts";

const PODS = { apiGroups: [""], resources: ["pods"], verbs: ["get"] };
const APPLICATIONS = { apiGroups: ["argoproj.io"], resources: ["applications"], verbs: ["get", "update"] };
const SECRET = { apiGroups: [""], resources: ["secrets"], verbs: ["get"], resourceNames: ["repository"] };

const granted = (...grants: readonly Partial<PermissionGrant>[]) => ({
  platform: {
    ...NO_PLATFORM,
    permissions: grants.map((grant) => ({
      workloads: ["web"],
      rules: [],
      held: grant.rules ?? [],
      reason: "r",
      ...grant,
    })),
  },
});
const rulesOf = (permissions: readonly object[], more: object = {}) =>
  buildRole(anInput({ permissions }, more))?.["rules"];

describe("a Role", () => {
  test("has what is on the menu, and nothing beyond it without a grant", () => {
    expect(rulesOf([PODS, APPLICATIONS, SECRET])).toEqual([PODS]);
  });

  test("is not there, nor a binding, where nothing of what is declared is granted", () => {
    const input = anInput({ permissions: [SECRET] });
    expect([buildRole(input), buildRoleBinding(input)]).toEqual([undefined, undefined]);
  });

  test("has what is granted to the workload and declared by it, in the order of the spec", () => {
    const wide = { ...APPLICATIONS, verbs: ["get", "list", "update", "delete"] };
    expect(rulesOf([APPLICATIONS, PODS], granted({ rules: [wide, SECRET] }))).toEqual([APPLICATIONS, PODS]);
  });

  test("has nothing of a grant to others, or that the operator does not hold", () => {
    expect(rulesOf([PODS, SECRET], granted({ workloads: ["other"], rules: [SECRET] }))).toEqual([PODS]);
    expect(rulesOf([PODS, SECRET], granted({ rules: [SECRET], held: [] }))).toEqual([PODS]);
  });

  test("has an entry whole or not at all", () => {
    const more = { ...SECRET, resourceNames: ["repository", "other"] };
    const parts = granted({ rules: [SECRET] }, { rules: [{ ...SECRET, resourceNames: ["other"] }] });
    expect(rulesOf([more], parts)).toBeUndefined();
  });
});
