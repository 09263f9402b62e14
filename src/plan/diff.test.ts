import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { diff, formatPath, itemNameIn } from "./diff.ts";

const told = (desired: unknown, live: unknown): readonly string[] =>
  diff(desired, live).map(({ kind, path }) => `${kind} ${formatPath(path)}`);

describe("a difference", () => {
  test.each([
    { name: "none between equal values", desired: { a: [1, { b: 2 }] }, live: { a: [1, { b: 2 }] }, expected: [] },
    { name: "none between absent, null and empty", desired: { a: {}, b: null }, live: { a: { c: [] } }, expected: [] },
    { name: "none where empty meets empty of another type", desired: { a: [] }, live: { a: {} }, expected: [] },
    { name: "of a value", desired: { a: 1 }, live: { a: 2 }, expected: ["changed a"] },
    { name: "of a type", desired: { a: [1] }, live: { a: "1" }, expected: ["changed a"] },
    { name: "of an absent field", desired: { a: 1 }, live: {}, expected: ["missing a"] },
    { name: "of an empty field", desired: { a: [1] }, live: { a: {} }, expected: ["missing a"] },
    { name: "of an added field", desired: {}, live: { a: 1 }, expected: ["foreign a"] },
    { name: "of a field filled by others", desired: { a: {} }, live: { a: [1] }, expected: ["foreign a"] },
    { name: "of an added item", desired: { a: [1] }, live: { a: [1, 2] }, expected: ["foreign a[1]"] },
    { name: "of a removed item", desired: { a: [1, 2] }, live: { a: [1] }, expected: ["missing a[1]"] },
    { name: "of an item", desired: { a: [1, 2] }, live: { a: [1, 3] }, expected: ["changed a[1]"] },
    {
      name: "of named items, whatever their order",
      desired: { a: [{ name: "x", v: 1 }, { name: "y" }] },
      live: { a: [{ name: "z" }, { name: "x", v: 2 }] },
      expected: ["changed a[name=x].v", "missing a[name=y]", "foreign a[name=z]"],
    },
    {
      name: "of the order alone",
      desired: { a: [{ name: "x" }, { name: "y" }] },
      live: { a: [{ name: "y" }, { name: "x" }] },
      expected: ["changed a"],
    },
    {
      name: "by position where two items have one name",
      desired: { a: [{ name: "x" }, { name: "x" }] },
      live: { a: [{ name: "x" }, { name: "y" }] },
      expected: ["changed a[1].name"],
    },
    {
      name: "by position where an item has no name",
      desired: { a: [{ name: "x" }] },
      live: { a: [{ v: 1 }] },
      expected: ["missing a[0].name", "foreign a[0].v"],
    },
  ])("is $name", ({ desired, live, expected }) => {
    expect(told(desired, live)).toEqual(expected);
  });

  test("is none of any value with itself", () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => expect(diff(value, structuredClone(value))).toEqual([])));
  });
});

test("a path reads as people write it", () => {
  expect(formatPath(["spec", "template", "containers", "[name=web]", "image"])).toBe(
    "spec.template.containers[name=web].image",
  );
  expect(formatPath(["metadata", "labels", "app.kubernetes.io/name"])).toBe("metadata.labels[app.kubernetes.io/name]");
  expect(formatPath(["data", "a/b", "[0]"])).toBe("data[a/b][0]");
  expect(formatPath([])).toBe("");
});

test("an item's name is in the steps that choose by it alone", () => {
  expect(itemNameIn("[name=web]")).toBe("web");
  expect(itemNameIn("[name=]")).toBe("");
  expect(itemNameIn("[0]")).toBeUndefined();
  expect(itemNameIn("name=web")).toBeUndefined();
});
