/** What is read fast is read as the parser of all of YAML reads it, values and lines; anything else is left to that. */
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { Document, isScalar, visit } from "yaml";
import { blockDocument } from "./block.ts";
import { parseManifests, type Step } from "./parse.ts";

const key = fc.oneof(
  fc.constantFrom(
    "name",
    "app.kubernetes.io/name",
    "x-y",
    "spec",
    "a",
    "on",
    "y",
    "$ref",
    "1",
    "null",
    "true",
    "with space",
    "a:b",
    "__proto__",
    "<<",
  ),
  fc.string({ maxLength: 6 }),
);
const scalar = fc.oneof(
  fc.constantFrom<unknown>(
    "web",
    "100m",
    "128Mi",
    "10.0.0.0/8",
    "1.2.3",
    "true",
    "yes",
    "Off",
    "null",
    "~",
    "0644",
    "1e3",
    "0x1f",
    ".5",
    "-1",
    "--flag=x",
    "-",
    "a: b",
    "a #b",
    "*",
    "&a",
    "!x",
    "@x",
    "%x",
    ">",
    "|",
    "{}",
    "[]",
    "",
    " ",
    "a:",
    "'",
    '"',
    "line\nnext\n",
    "line\n\n  deeper\n",
    "no end\nnext",
    "#",
    "?",
    "? x",
    "=",
    "<<",
    "$(X)",
    "{a}",
    "[a]",
    "1_000",
    "12:30:45",
    "2001-01-01",
    "\t",
    "tab\there",
  ),
  fc.constantFrom<unknown>(0, 1, -1, 1.5, 1e21, 8080, true, false, null),
  fc.string({ maxLength: 10 }),
  fc.integer(),
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: "small" },
    scalar,
    fc.array(tie("tree"), { maxLength: 3 }),
    fc.dictionary(key, tie("tree"), { maxKeys: 4 }),
  ),
}));
const options = fc.record({
  flow: fc.boolean(),
  comment: fc.constantFrom("", " # a comment"),
  indentSeq: fc.boolean(),
  lineWidth: fc.constantFrom(0, 20),
  indent: fc.constantFrom(2, 4),
  singleQuote: fc.constantFrom(null, true),
});

const document = fc
  .record({ spec: tree, data: tree, options, start: fc.constantFrom("", "---\n", "# a comment\n", "\n") })
  .map(({ spec, data, options: { flow, comment, ...form }, start }) => {
    const written = new Document({ apiVersion: "v1", kind: "Thing", metadata: { name: "x" }, spec, data });
    visit(written, {
      Seq: (_, node) => {
        node.flow = flow && node.items.every(isScalar);
      },
    });
    return `${start}${written.toString({ ...form, flowCollectionPadding: false }).replace(/^( *name: x)$/m, `$1${comment}`)}`;
  });

/** Every path of a value, and one that goes on where it ends. */
function pathsIn(value: unknown, path: readonly Step[] = []): readonly (readonly Step[])[] {
  if (typeof value !== "object" || value === null) return [path, [...path, "further"]];
  const entries: readonly (readonly [Step, unknown])[] = Array.isArray(value)
    ? value.map((one, at) => [at, one] as const)
    : Object.entries(value);
  return [path, ...entries.flatMap(([step, one]) => pathsIn(one, [...path, step]))];
}

let [read, all] = [0, 0];

test("values and lines are those of the whole parser", () => {
  fc.assert(
    fc.property(document, (text) => {
      all += 1;
      const fast = blockDocument(text);
      if (fast === undefined) return;
      read += 1;
      const { manifests, unread } = parseManifests("x.yaml", text);
      expect(unread).toEqual([]);
      expect(fast.value).toEqual(manifests[0]?.object);
      for (const path of pathsIn(fast.value))
        expect([path, fast.lineOf(path)]).toEqual([path, manifests[0]?.lineOf(path)]);
    }),
    { numRuns: 3_000 },
  );
  // It is of no use if it reads nothing.
  expect(read / all).toBeGreaterThan(0.1);
});

test.each([
  ["an anchor", "a: &x 1\nb: *x\n"],
  ["a flow", "a: {b: c}\n"],
  ["a folded text", "a: >\n  b\n"],
  ["a text on two lines", "a: b\n  c\n"],
  ["a text on two lines in a list", "a:\n  - b\n    c\n"],
  ["a key twice", "a: 1\na: 2\n"],
  ["a tag", "a: !!str 1\n"],
  ["two documents", "a: 1\n---\nb: 2\n"],
  ["a comment after the sign of a literal", "a: | # c\n  b\n"],
  ["a flow in a flow", "a: [b, [c]]\n"],
  ["a flow on two lines", "a: [b,\n  c]\n"],
  ["a flow that ends in a comma", "a: [b, ]\n"],
  ["a flow of maps", "a: [b: c]\n"],
  ["a tab before a comment", "a: b\t# c\n"],
  ["a tab", "a:\n\tb: c\n"],
  ["a merge", "a:\n  <<: b\n"],
  ["an escape", 'a: "\\n"\n'],
  ["a key without a value", "a:\nb: 1\n"],
  ["a literal with a sign of its own", "a: |2\n    b\n"],
  ["a literal that keeps its end", "a: |+\n  b\n\n"],
  ["a literal without an end", "a: |\n  b"],
  ["a template", "a: {{ .Values.a }}\n"],
  ["a list at the top", "- a\n"],
  ["a key that is a question", "? a\n: b\n"],
  ["deeper than it begins", "  a: 1\n b: 2\n"],
])("%s is left to the whole parser", (_, text) => {
  expect(blockDocument(text)).toBeUndefined();
});

test.each([
  ["a comment after a value", "a: b # c\nd: 8080 # e\nf: {} # g\n"],
  ["a comment after quotes that hold its sign", "a: \"b # c\" # d\ne: 'f # g' # h\n"],
  ["a sign of a comment in a word", "a: b#c\nd: e#\n"],
  ["a comment after a key", "a: # b\n  c: d\ne: # f\n  - g # h\n"],
  ["a list on a line", "a: [\"b, c\", 'd', e, 1, true, 0.5x, --f=g, ./h]\ni: [ j , k ] # l\n"],
  ["lists on lines of a list", 'a:\n  - [b]\n  - c: ["", d-e]\n    f: [-g]\n'],
])("%s is read as the whole parser reads it", (_, text) => {
  const object = `apiVersion: v1\nkind: Thing\nmetadata: {}\nspec:\n${text.replace(/^(?=.)/gm, "  ")}`;
  const { value, lineOf } = blockDocument(object) ?? { value: {}, lineOf: () => 0 };
  const [whole] = parseManifests("x.yaml", object.replace("metadata: {}", "metadata: { name: x }")).manifests;
  expect((value as { spec?: unknown }).spec).toEqual(whole?.object["spec"]);
  for (const path of pathsIn(value).filter(([first]) => first === "spec"))
    expect([path, lineOf(path)]).toEqual([path, whole?.lineOf(path)]);
});

test("what kubectl prints is read", () => {
  const text = `apiVersion: v1
data:
  app.properties: |
    level=info

    name=web
  key: "1"
kind: ConfigMap
metadata:
  annotations: {}
  creationTimestamp: "2026-01-01T00:00:00Z"
  name: web
spec:
  ports:
  - name: http
    port: 8080
    args:
    - --flag=1
  - port: 9090
`;
  expect(blockDocument(text)?.value).toEqual({
    apiVersion: "v1",
    data: { "app.properties": "level=info\n\nname=web\n", key: "1" },
    kind: "ConfigMap",
    metadata: { annotations: {}, creationTimestamp: "2026-01-01T00:00:00Z", name: "web" },
    spec: { ports: [{ name: "http", port: 8080, args: ["--flag=1"] }, { port: 9090 }] },
  });
  expect(blockDocument(text)?.lineOf(["spec", "ports", 1, "port"])).toBe(19);
});
