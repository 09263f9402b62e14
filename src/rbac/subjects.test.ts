import { expect, test } from "@jest/globals";
import { DEFAULT_INSTALLATION, installationIn } from "../installation.ts";
import { accountIn, accountsOf, isControlPlane, membershipOf, subjectOf } from "./subjects.ts";

test.each([
  { raw: { kind: "ServiceAccount", namespace: "shop", name: "web" }, at: "edge", subject: "ServiceAccount shop/web" },
  { raw: { kind: "ServiceAccount", name: "web" }, at: "edge", subject: "ServiceAccount edge/web" },
  { raw: { kind: "ServiceAccount", namespace: "", name: "web" }, at: "edge", subject: "ServiceAccount edge/web" },
  { raw: { kind: "User", name: "system:serviceaccount:shop:web" }, at: "edge", subject: "ServiceAccount shop/web" },
  { raw: { kind: "User", name: "system:serviceaccount:shop" }, at: "edge", subject: "User system:serviceaccount:shop" },
  {
    raw: { kind: "Group", name: "system:serviceaccount:shop:web" },
    at: "edge",
    subject: "Group system:serviceaccount:shop:web",
  },
])("$raw.kind $raw.name of a binding in $at is $subject", ({ raw, at, subject }) => {
  expect(subjectOf(raw, at)).toBe(subject);
});

test("only an account has an account's key", () => {
  expect(accountIn("ServiceAccount shop/web")).toBe("shop/web");
  expect(accountIn("User shop/web")).toBeUndefined();
});

test("groups hold the accounts of a namespace, of all, or none", () => {
  expect(membershipOf("Group system:serviceaccounts:shop")).toEqual({ namespace: "shop" });
  expect(membershipOf("Group system:serviceaccounts")).toBe("everybody");
  expect(membershipOf("Group system:authenticated")).toBe("everybody");
  expect(membershipOf("Group system:unauthenticated")).toBeUndefined();
  expect(membershipOf("User system:authenticated")).toBeUndefined();
});

test("the accounts of Palisade are those of where it is installed", () => {
  expect([...accountsOf(installationIn("security"))]).toEqual([
    "ServiceAccount security/palisade",
    "ServiceAccount security/palisade-admission",
  ]);
  expect(accountsOf(DEFAULT_INSTALLATION).has("ServiceAccount security/palisade")).toBe(false);
});

test("the control plane is known by name, and its controllers by their own role", () => {
  expect(isControlPlane("Group system:masters", "ClusterRole/any")).toBe(true);
  expect(isControlPlane("User system:kube-controller-manager", "ClusterRole/any")).toBe(true);
  const signer = "ServiceAccount kube-system/bootstrap-signer";
  expect(isControlPlane(signer, "ClusterRole/system:controller:bootstrap-signer")).toBe(true);
  expect(isControlPlane(signer, "ClusterRole/cluster-admin")).toBe(false);
  expect(
    isControlPlane("ServiceAccount shop/expand-controller", "ClusterRole/system:controller:expand-controller"),
  ).toBe(false);
});
