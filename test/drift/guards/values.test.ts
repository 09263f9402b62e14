import { describe, expect, test } from "@jest/globals";
import { trialsOf } from "./keys.ts";
import { type OpenApiDocument, pathsOf, rootOf, schemasOf, textOf } from "./schema.ts";
import { valueAt, writesOf } from "./values.ts";

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

const DOCUMENT: OpenApiDocument = {
  components: {
    schemas: {
      "x.Thing": {
        properties: {
          metadata: { allOf: [ref("x.Meta")] },
          size: { type: "integer" },
          on: { type: "boolean" },
          mode: { type: "string", description: 'One of "Fast" or Slow.' },
          parts: { type: "array", items: ref("x.Part"), "x-kubernetes-list-map-keys": ["name"] },
          words: { type: "array", items: { type: "string" } },
          inner: ref("x.Inner"),
        },
        "x-kubernetes-group-version-kind": [{ group: "x", version: "v1", kind: "Thing" }],
      },
      "x.Meta": { properties: { labels: { additionalProperties: { type: "string" } } } },
      "x.Part": { required: ["name"], properties: { name: { type: "string" }, again: ref("x.Part") } },
      "x.Inner": { properties: { deep: { type: "string", enum: ["one", "two"] } } },
    },
  },
};

const schemas = schemasOf([DOCUMENT]);
const root = rootOf({ group: "x", version: "v1", kind: "Thing" }, schemas);
const paths = pathsOf(root, schemas);

const LIVE = { metadata: { labels: { app: "web" } }, on: true, parts: [{ name: "first" }], inner: { deep: "one" } };

function writes(text: string, live: object = LIVE) {
  const trial = trialsOf(paths).find((one) => one.text === text);
  if (trial === undefined) throw new Error(`there is no ${text}`);
  return writesOf(live, trial.path, schemas, trial.key);
}

const first = (text: string, live: object = LIVE): unknown => writes(text, live)[0]?.object;

test("every field, item and value of a kind is a path, and a type inside itself is not entered again", () => {
  expect(paths.map(({ steps }) => textOf(steps))).toEqual([
    "metadata",
    "metadata.labels",
    "metadata.labels{}",
    "size",
    "on",
    "mode",
    "parts",
    "parts[]",
    "parts[].name",
    "parts[].again",
    "words",
    "words[]",
    "inner",
    "inner.deep",
  ]);
});

test("a kind that no document describes is an error", () => {
  expect(() => rootOf({ group: "x", version: "v2", kind: "Thing" }, schemas)).toThrow("no document describes Thing");
});

describe("a write", () => {
  test("is another value than that which stands", () => {
    expect(first("on")).toEqual({ ...LIVE, on: false });
    expect(first("inner.deep")).toEqual({ ...LIVE, inner: { deep: "two" } });
    expect(first("size")).toEqual({ ...LIVE, size: 1 });
  });

  test("of a field takes the item that is there, and of an item a new one", () => {
    expect(first("parts[].name")).toEqual({ ...LIVE, parts: [{ name: "probe" }] });
    expect(first("parts[]")).toEqual({ ...LIVE, parts: [{ name: "first" }, { name: "probe" }] });
  });

  test("makes what is not there on the way to it, with what is required", () => {
    expect(first("parts[].name", {})).toEqual({ parts: [{ name: "probe" }] });
    expect(first("words[]", {})).toEqual({ words: ["probe"] });
    expect(first("inner.deep", {})).toEqual({ inner: { deep: "one" } });
  });

  test("takes away what has fields and is there; what is not there is written by them", () => {
    const { inner: _, ...without } = LIVE;
    expect(first("inner")).toEqual(without);
    expect(writes("inner", {})).toEqual([]);
  });

  test("of a map adds a key, and tries those that have a meaning one by one", () => {
    expect(first("metadata.labels{}")).toEqual({ ...LIVE, metadata: { labels: { app: "web", probe: "probe" } } });
    const key = "palisade.dev/adopt";
    expect(valueAt(first(`metadata.labels{${key}}`), ["metadata", "labels", `{${key}}`])).toBe("probe");
  });

  test("tries what the description names", () => {
    const modes = writes("mode").map(({ object }) => valueAt(object, ["mode"]));
    expect(modes).toEqual(expect.arrayContaining(["Fast", "Slow"]));
  });

  test("differs from the live object where it says so", () => {
    expect(writes("parts[]")[0]?.scope).toEqual(["parts"]);
    expect(writes("parts[].name")[0]?.scope).toEqual(["parts", "[]", "name"]);
    expect(writes("inner.deep", {})[0]?.scope).toEqual(["inner"]);
  });
});
