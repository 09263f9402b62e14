import { expect, test } from "@jest/globals";
import { HostClaims } from "./host-claims.ts";

test("a claim knows its claimants, until they let go", () => {
  const claims = new HostClaims();
  claims.set("a/x", ["h/", "h/api"]);
  claims.set("b/y", ["h/"]);
  expect([...claims.claimants("h/")].sort()).toEqual(["a/x", "b/y"]);
  expect(claims.rivals().toSorted()).toEqual(["a/x", "b/y"]);
  claims.set("a/x", ["h/api"]);
  expect([...claims.claimants("h/")]).toEqual(["b/y"]);
  expect(claims.rivals()).toEqual([]);
  claims.set("a/x", []);
  expect(claims.workloads()).toEqual(["b/y"]);
});

test("rivals are told when somebody joins, leaves or moves, and nobody when nothing moves", () => {
  const claims = new HostClaims();
  const told: (readonly string[])[] = [];
  claims.onChange((workloads) => told.push(workloads));
  claims.set("a/x", ["h/"]);
  expect(told).toEqual([]);
  claims.set("b/y", ["h/"]);
  claims.set("b/y", ["h/"]);
  claims.set("a/x", []);
  claims.set("c/z", ["other/"]);
  expect(told).toEqual([["a/x"], ["b/y"]]);
});

test("what is asked for is not what is kept", () => {
  const claims = new HostClaims();
  claims.set("a/x", ["h/"]);
  claims.claimants("h/").clear();
  expect([...claims.claimants("h/")]).toEqual(["a/x"]);
});
