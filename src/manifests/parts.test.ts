import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { stringify } from "yaml";
import { type Parsed, parseManifests, type Step } from "./parse.ts";
import { parsedParts } from "./parts.ts";

/** What was found, with a few of its lines. */
const shown = ({ manifests, foreign, unread }: Pick<Parsed, "manifests" | "foreign" | "unread">) => ({
  manifests: manifests.map(({ object, lineOf }) => ({
    object,
    lines: ([[], ["kind"], ["metadata", "name"], ["data", "text"]] as readonly (readonly Step[])[]).map(lineOf),
  })),
  foreign: foreign.map(({ value, lineOf }) => ({ value, line: lineOf([]) })),
  unread,
});

function inParts(text: string) {
  const parts = [...parsedParts("f", text)];
  const all = <K extends "manifests" | "foreign" | "unread">(key: K) =>
    parts.flatMap((part) => part[key] as Parsed[K][number][]);
  return {
    count: parts.length,
    ...shown({ manifests: all("manifests"), foreign: all("foreign"), unread: all("unread") }),
  };
}

const object = fc
  .record({
    name: fc.stringMatching(/^[a-z]{1,8}$/),
    text: fc.constantFrom("a", "a\n\nb\n", "- a\n- b\n", "kind: List\n", "---\n", "# no comment"),
  })
  .map(({ name, text }) => ({ apiVersion: "v1", data: { text }, kind: "ConfigMap", metadata: { name } }));

test("a List as kubectl prints it is read an object at a time, to the same objects and lines", () => {
  fc.assert(
    fc.property(fc.array(object, { minLength: 1, maxLength: 5 }), (items) => {
      const text = stringify(
        { apiVersion: "v1", items, kind: "List", metadata: { resourceVersion: "" } },
        { indentSeq: false },
      );
      const { count, ...found } = inParts(text);
      expect(found).toEqual(shown(parseManifests("f", text)));
      expect(count).toBe(items.length);
    }),
  );
});

test("a List as kubectl prints it in JSON too", () => {
  fc.assert(
    fc.property(fc.array(object, { minLength: 1, maxLength: 5 }), (items) => {
      const list = { apiVersion: "v1", items, kind: "List", metadata: { resourceVersion: "" } };
      const text = `${JSON.stringify(list, undefined, 4)}\n`;
      const { count, ...found } = inParts(text);
      expect(found).toEqual(shown(parseManifests("f", text)));
      expect(count).toBe(items.length);
    }),
  );
});

test("documents are read one at a time, to the same objects and lines", () => {
  fc.assert(
    fc.property(fc.array(object, { minLength: 1, maxLength: 5 }), fc.boolean(), (items, isMarked) => {
      const text = (isMarked ? "---\n" : "# first\n") + items.map((one) => stringify(one)).join("---\n");
      const { count, ...found } = inParts(text);
      expect(found).toEqual(shown(parseManifests("f", text)));
      expect(count).toBeGreaterThanOrEqual(items.length);
    }),
  );
});

test.each([
  ["an empty file", ""],
  [
    "JSON",
    '{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}]}',
  ],
  [
    "JSON that was cut off",
    '{\n    "apiVersion": "v1",\n    "items": [\n        {\n            "apiVersion": "v1",\n            "kind": "ConfigMap",\n            "metadata": {"name": "a"}\n        },\n        {\n            "apiVersion": "v1",\n',
  ],
  [
    "a List of another form",
    "kind: List\napiVersion: v1\nitems:\n  - {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n",
  ],
  [
    "a List with an anchor",
    "apiVersion: v1\nitems:\n- &a\n  apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: a}\nkind: List\n",
  ],
  [
    "a broken document among others",
    "apiVersion: v1\nkind: [\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
  ],
  ["a Compose file", "# ours\n---\nservices: {web: {image: nginx}}\n"],
])("%s is read as ever", (_, text) => {
  const { count: _count, ...found } = inParts(text);
  expect(found).toEqual(shown(parseManifests("f", text)));
});
