import { expect, test } from "@jest/globals";
import { listenersFor } from "./listeners.ts";

const gateway = (...hostnames: readonly (string | undefined)[]) => ({
  namespace: "edge",
  name: "public",
  listeners: hostnames.map((hostname, index) => ({ name: `l${index}`, hostname })),
});

test.each([
  ["no name", undefined, true],
  ["the name itself", "a.example.com", true],
  ["another name", "b.example.com", false],
  ["a star for one label", "*.example.com", true],
  ["a star for more than one", "*.com", true],
  ["a star elsewhere", "*.example.org", false],
])("a listener for %s serves a.example.com: %p", (_what, hostname, expected) => {
  expect(listenersFor(gateway(hostname), "a.example.com")).toHaveLength(expected ? 1 : 0);
});

test("a star stands for at least one label", () => {
  expect(listenersFor(gateway("*.example.com"), "example.com")).toEqual([]);
});

test("a route names no more parents than it may", () => {
  expect(listenersFor(gateway(...Array.from({ length: 40 }, () => undefined)), "a.example.com")).toHaveLength(32);
});
