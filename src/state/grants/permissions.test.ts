import { expect, test } from "@jest/globals";
import { NO_PLATFORM, type PlatformFacts } from "../../expand/input.ts";
import { permissionLimits } from "./permissions.ts";

const SECRET = { apiGroups: [""], resources: ["secrets"], verbs: ["get"], resourceNames: ["db", "tls"] };
const THINGS = { apiGroups: ["example.com"], resources: ["things"], verbs: ["get", "update"] };
const PODS = { apiGroups: [""], resources: ["pods"], verbs: ["list"] };
const WEB = { namespace: "shop", name: "web" };

const limits = (permissions: PlatformFacts["permissions"]) =>
  permissionLimits(
    { permissions: [PODS, SECRET, THINGS] },
    WEB,
    { ...NO_PLATFORM, ...(permissions === undefined ? {} : { permissions }) },
    "palisade-system:palisade-operator",
  );

test("what is not granted is told by what it is, and who decides", () => {
  expect(limits(undefined)).toEqual([
    {
      reason: "PermissionNotGranted",
      message:
        "permissions: get secrets (db, tls); get, update things.example.com is not granted to this workload, so its account does not have it: ask the platform team to list it under permissions in SecurityBaseline/cluster",
    },
  ]);
});

test("what is granted and cannot be given is told with what to type", () => {
  const grant = { workloads: ["web"], rules: [SECRET, THINGS], clusterReads: [], held: [SECRET], reason: "r" };
  expect(limits([grant])).toEqual([
    {
      reason: "PermissionNotHeld",
      message:
        "permissions: get, update things.example.com is granted, but the operator does not hold it here and RBAC lets nobody give what he has not: ask the platform team for a role with it, bound by kubectl create rolebinding palisade-grants -n shop --clusterrole=ROLE --serviceaccount=palisade-system:palisade-operator",
    },
  ]);
  expect(limits([{ ...grant, clusterReads: [], held: grant.rules }])).toEqual([]);
});

test("a grant to another workload is none", () => {
  const grant = {
    workloads: ["other"],
    rules: [SECRET, THINGS],
    clusterReads: [],
    held: [SECRET, THINGS],
    reason: "r",
  };
  expect(limits([grant]).map(({ reason }) => reason)).toEqual(["PermissionNotGranted"]);
});
