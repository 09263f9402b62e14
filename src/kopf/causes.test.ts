import { causeOf, essenceOf, fieldOf, hashOf, readLastHandled } from "./causes.ts";
import type { KubeObject } from "./object.ts";

const KEY = "test.example/last-handled";

const anObject = (change: object = {}, metadata: object = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "Thing",
  metadata: { name: "a", ...metadata },
  spec: { size: 1 },
  ...change,
});

const handled = (object: KubeObject, fields: Record<string, string> = {}): KubeObject => ({
  ...object,
  metadata: {
    ...object.metadata,
    annotations: { ...object.metadata.annotations, [KEY]: JSON.stringify({ essence: essenceOf(object, KEY), fields }) },
  },
});

const cause = (object: KubeObject, resumed = false) =>
  causeOf(object, readLastHandled(object, KEY), essenceOf(object, KEY), resumed);

test("an object is created until it was handled, then resumed once, then at rest", () => {
  expect(cause(anObject())).toBe("create");
  expect(cause(handled(anObject()))).toBe("resume");
  expect(cause(handled(anObject()), true)).toBeUndefined();
});

test.each([
  { name: "spec", changed: { spec: { size: 2 } }, expected: "update" },
  { name: "a field outside spec", changed: { data: { a: "b" } }, expected: "update" },
  { name: "status", changed: { status: { ready: true } }, expected: undefined },
])("a change of $name means $expected", ({ changed, expected }) => {
  expect(cause({ ...handled(anObject()), ...changed }, true)).toBe(expected);
});

test("labels and annotations of people count, the server's and our own marks do not", () => {
  const before = handled(anObject());
  const withMeta = (metadata: object): KubeObject => ({ ...before, metadata: { ...before.metadata, ...metadata } });
  expect(cause(withMeta({ labels: { a: "b" } }), true)).toBe("update");
  expect(cause(withMeta({ annotations: { ...before.metadata.annotations, note: "x" } }), true)).toBe("update");
  expect(cause(withMeta({ resourceVersion: "9", generation: 3, finalizers: ["a/b"] }), true)).toBeUndefined();
});

test("a deletion goes before everything", () => {
  expect(cause(anObject({}, { deletionTimestamp: "2026-01-01T00:00:00Z" }))).toBe("delete");
});

test.each(["", "{", "null", "7", '"x"', '{"essence":1}', '{"essence":"a","fields":"b"}'])(
  "a broken mark (%s) makes the object new, and breaks nothing",
  (mark) => {
    expect(cause(anObject({}, { annotations: { [KEY]: mark } }))).toBe("create");
  },
);

test("the order of keys makes no other hash, the order of a list does", () => {
  expect(hashOf({ a: 1, b: { c: 2, d: 3 } })).toBe(hashOf({ b: { d: 3, c: 2 }, a: 1 }));
  expect(hashOf([1, 2])).not.toBe(hashOf([2, 1]));
});

test("a mark holds hashes, and never a value", () => {
  const object = handled(anObject({ data: { password: "hunter2" } }), { "data.password": hashOf("hunter2") });
  expect(JSON.stringify(object.metadata)).not.toContain("hunter2");
});

test("a path reads through objects and ends where there is nothing", () => {
  expect(fieldOf(anObject(), "spec.size")).toBe(1);
  expect(fieldOf(anObject(), "spec.size.deeper")).toBeUndefined();
});
