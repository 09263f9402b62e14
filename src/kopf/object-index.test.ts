import { ObjectIndex } from "./object-index.ts";

const anObject = (name: string, app: string) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, labels: { app } },
});

const byApp = () => new ObjectIndex(({ metadata }) => ({ [metadata.labels?.["app"] ?? ""]: metadata.name }));

test("it gives what the objects under a key gave, and follows changes and deletions", () => {
  const index = byApp();
  index.put("n/a", anObject("a", "web"));
  index.put("n/b", anObject("b", "web"));
  expect([...index.get("web")].sort()).toEqual(["a", "b"]);
  index.put("n/a", anObject("a", "db"));
  expect([index.get("web"), index.get("db")]).toEqual([["b"], ["a"]]);
  index.put("n/b", undefined);
  expect(index.get("web")).toEqual([]);
});

test("what every JavaScript object inherits is no key of it", () => {
  const index = byApp();
  index.put("n/a", anObject("a", "web"));
  expect([index.get("toString"), index.get("constructor")]).toEqual([[], []]);
});

test("an object whose function throws is left out rather than kept as it was", () => {
  const index = new ObjectIndex(({ metadata }) => {
    if (metadata.labels?.["app"] === "bad") throw new Error("bad");
    return { all: metadata.name };
  });
  index.put("n/a", anObject("a", "web"));
  expect(() => index.put("n/a", anObject("a", "bad"))).toThrow("bad");
  expect(index.get("all")).toEqual([]);
});
