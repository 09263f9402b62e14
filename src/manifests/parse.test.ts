import { describe, expect, test } from "@jest/globals";
import { parseManifests } from "./parse.ts";

const object = (name: string): string => `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\n`;
const names = (text: string) =>
  parseManifests("a.yaml", text).manifests.map(({ object: { metadata } }) => metadata.name);
const problems = (text: string) =>
  parseManifests("a.yaml", text).unread.map(({ file, line, problem }) => `${file}:${line} ${problem}`);

describe("manifests", () => {
  test("are several in a file, and empty documents are none", () => {
    expect(names(`---\n${object("a")}---\n# nothing\n---\n${object("b")}`)).toEqual(["a", "b"]);
    expect(names("")).toEqual([]);
  });

  test("are what Lists hold, Lists in Lists too, and JSON", () => {
    const service = { apiVersion: "v1", kind: "Service", metadata: { name: "a" } };
    const inner = { apiVersion: "v1", kind: "ServiceList", items: [service] };
    expect(names(JSON.stringify({ apiVersion: "v1", kind: "List", items: [inner, service] }, undefined, 2))).toEqual([
      "a",
      "a",
    ]);
  });

  test("know the line of each path, in a List too, and of the nearest part where there is none", () => {
    const [first, second] = parseManifests("a.yaml", `${object("a")}---\n${object("b")}`).manifests;
    expect(first?.lineOf(["metadata", "name"])).toBe(4);
    expect(second?.lineOf(["metadata", "name"])).toBe(9);
    expect(second?.lineOf(["metadata", "labels", "app"])).toBe(second?.lineOf(["metadata"]));
    const list =
      "apiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: Service\n    metadata:\n      name: a\n";
    expect(parseManifests("a.yaml", list).manifests[0]?.lineOf(["metadata", "name"])).toBe(7);
  });

  test("that cannot be read are told, and the rest goes on", () => {
    expect(problems(`${object("a")}---\nkind: {{ .Values.kind }}\n---\nfoo: [\n---\n${object("b")}`)[0]).toMatch(
      /^a\.yaml:6 is a template: render it first/,
    );
    expect(names(`${object("a")}---\nkind: {{ .Values.kind }}\n---\n${object("b")}`)).toEqual(["a", "b"]);
    expect(problems("foo: [")[0]).toMatch(/^a\.yaml:\d cannot be parsed: /);
    expect(problems("a: 1\na: 2\n")[0]).toMatch(/cannot be parsed: Map keys must be unique/);
    expect(problems("hello: world\n")).toEqual([
      "a.yaml:1 is no Kubernetes object: it has no apiVersion, kind and name",
    ]);
  });

  test.each([
    'data: { rule: "{{ $labels.pod }} is down" }',
    "data:\n  config: |\n    {{ .Values.x }} of a chart in a chart\n  name: --fqdn-template={{.Name}}.example.com",
    "# {{ .Values.was }}",
  ])("are none of Helm's templates for holding those of others: %s", (text) => {
    expect(problems(object("a") + text)).toEqual([]);
    expect(names(object("a") + text)).toEqual(["a"]);
  });

  test.each([
    'data: { image: "{{ .Values.image }}:1" }',
    "data: { image: x{{ .Values.image }} }",
    "data: {{ toYaml .Values.data }}",
    "{{- if .Values.on }}\ndata: {}\n{{- end }}",
    `data: { name: '{{ include "shop.name" . }}' }`,
  ])("are templates of Helm, though some are YAML by accident: %s", (text) => {
    expect(problems(object("a") + text)).toEqual([expect.stringContaining("is a template: render it first")]);
  });

  test("may begin with a byte order mark each, as files that were put together do", () => {
    expect(names(`\uFEFF${object("a")}---\n\uFEFF${object("b")}`)).toEqual(["a", "b"]);
  });

  test.each(["*pa55", "|pa55", '"a" pa55', "@pa55", "]pa55", "pa55: pa55", "&pa55 &pa55 a"])(
    "that hold the value %s are told without it",
    (value) => {
      const [problem = "", ...others] = problems(`${object("a")}stringData:\n  password: ${value}\n`);
      expect(problem).toMatch(/^a\.yaml:\d cannot be (parsed|read): \w+/);
      expect([problem, others]).toEqual([expect.not.stringContaining("pa55"), []]);
    },
  );

  test("are read as Kubernetes reads them: words for true and false, merged keys", () => {
    const spec = (text: string): unknown => parseManifests("a.yaml", text).manifests[0]?.object["spec"];
    expect(spec(`${object("a")}spec: { a: yes, b: Off, c: "no", d: n, e: norway, f: 0644 }\n`)).toEqual({
      a: true,
      b: false,
      c: "no",
      d: false,
      e: "norway",
      f: 420,
    });
    const merged = "spec:\n  one: &one { a: 1, b: 2 }\n  two: { <<: *one, b: 3 }\n";
    expect(spec(object("a") + merged)).toEqual({ one: { a: 1, b: 2 }, two: { a: 1, b: 3 } });
    const { foreign } = parseManifests("compose.yaml", "services:\n  web: { image: web, restart: no }\n");
    expect(foreign[0]?.value).toEqual({ services: { web: { image: "web", restart: "no" } } });
  });

  test("with an alias that stands for nothing are told so", () => {
    expect(problems(`${object("a")}---\n${object("b")}spec: *a\n`)).toEqual([
      expect.stringMatching(/^a\.yaml:6 cannot be read: Unresolved alias/),
    ]);
  });

  test("with aliases that stand for too much are no object", () => {
    const lines = ["a: &a [x, x, x, x, x, x, x, x, x]"];
    for (let index = 1; index < 9; index += 1) {
      const before = String.fromCharCode(96 + index);
      const name = String.fromCharCode(97 + index);
      lines.push(`${name}: &${name} [${Array.from({ length: 9 }, () => `*${before}`).join(", ")}]`);
    }
    expect(problems(lines.join("\n"))).toHaveLength(1);
  });
});
