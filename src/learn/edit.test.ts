/** Whatever the form of a file: what was seen is in it afterwards, and without the inserted text it is the file from before. */
import { describe, expect, test } from "@jest/globals";
import { parse, parseAllDocuments } from "yaml";
import { type Edits, edited } from "./edit.ts";

const edits = (some: Partial<Edits>): Edits => ({ appends: [], marks: [], questions: [], ...some });

const head = "apiVersion: palisade.dev/v1alpha1\nkind: SecureWorkload\nmetadata: { name: web }\n";
const outbound = { path: ["access", "outbound"], entry: { workload: "db", port: 5432 }, mark: "seen" };
const inbound = { path: ["access", "inbound"], entry: { workload: "edge", port: 80 }, mark: "seen" };
const scratch = { path: ["scratch"], entry: { path: "/var/cache" }, mark: "written" };

const FORMS: Readonly<Record<string, string>> = {
  "no access": "spec:\n  image: a:1\n",
  "no access, and no line end": "spec:\n  image: a:1",
  "a comment after the last field": "spec:\n  image: a:1 # the newest\n# the end\n",
  "one direction, as a block":
    "spec:\n  access:\n    inbound:\n      - workload: b\n        port: 80 # b calls\n  image: a:1\n",
  "lists that are not indented":
    "spec:\n  access:\n    outbound:\n    - { workload: b, port: 1 } # why: b\n    inbound:\n    - gateway: true\n  image: a:1\n",
  "entries of one line":
    "spec:\n  image: a:1\n  access: { outbound: [{ workload: b, port: 1 }], inbound: [{ gateway: true }] } # both\n",
  "an empty list": "spec:\n  image: a:1\n  access:\n    outbound: []\n",
  "an empty map": "spec:\n  access: {}\n  image: a:1\n",
  "a list without a value": "spec:\n  image: a:1\n  access:\n    outbound:\n",
  "an access without a value, and fields behind": "spec:\n  access:\n  image: a:1\n",
  "one line": "spec: { image: 'a:1', command: ['#', \"x # y\"] }\n",
  "a text of several lines at the end":
    "spec:\n  image: a:1\n  files:\n    - path: /a\n      text: |\n        one # two\n        three\n",
  "a wide dash":
    "spec:\n  access:\n    outbound:\n      -   workload: b\n          port: 1\n\n  # the image\n  image: a:1\n",
  "tabs and quotes": 'spec:\n  "image": "a:1"   # tag\n  scratch:\n    - path: "/tmp"\n',
};

/** Whether `part` is `whole` with something taken out. */
function isWithin(part: string, whole: string): boolean {
  let at = 0;
  for (const character of whole) if (character === part[at]) at += 1;
  return at === part.length;
}

describe.each(Object.entries(FORMS))("a file with %s", (_name, form) => {
  const text = head + form;
  const before = parse(text) as { spec: { access?: { inbound?: object[]; outbound?: object[] }; scratch?: object[] } };

  test.each([
    ["outbound", [outbound]],
    ["both directions", [outbound, inbound]],
    ["two of one", [outbound, { ...outbound, entry: { host: "api.example.com", port: 443 } }]],
    ["scratch and access", [scratch, outbound, inbound]],
  ])("takes %s, and keeps every byte", (_what, appends) => {
    const after = edited(text, "web", edits({ appends }));
    const added = (path: string): readonly object[] =>
      appends.filter((one) => one.path.join(".") === path).map(({ entry }) => entry);
    const expected = structuredClone(before) as { spec: Record<string, unknown> };
    const access = { ...(before.spec.access ?? {}) } as Record<string, unknown>;
    for (const direction of ["inbound", "outbound"] as const) {
      const list = [...(before.spec.access?.[direction] ?? []), ...added(`access.${direction}`)];
      if (list.length > 0) access[direction] = list;
    }
    expected.spec["access"] = access;
    const folders = [...(before.spec.scratch ?? []), ...added("scratch")];
    if (folders.length > 0) expected.spec["scratch"] = folders;
    expect(parse(after)).toEqual(expected);
    expect(isWithin(text, after)).toBe(true);
    for (const { mark } of appends) expect(after).toContain(`learn: ${mark}`);
  });

  test("loses its marks, and nothing else, when it is edited again", () => {
    const marked = edited(text, "web", edits({ marks: [{ path: ["image"], mark: "seen" }], questions: ["say it"] }));
    expect(marked).not.toBe(text);
    expect(edited(marked, "web", edits({}))).toBe(text);
  });
});

test("entries are marked on their line, beside the comment that stands there", () => {
  const text = `${head}spec:\n  access:\n    outbound:\n      - { workload: b, port: 1 } # deployment.yaml:3: B_HOST\n      - workload: c\n        port: 2\n`;
  const marks = [
    { path: ["access", "outbound", 0], mark: "seen" },
    { path: ["access", "outbound", 1], mark: "not seen in 10 m" },
    { path: ["access", "outbound", 7], mark: "nowhere" },
  ];
  const once = edited(text, "web", edits({ marks }));
  expect(once).toContain("- { workload: b, port: 1 } # deployment.yaml:3: B_HOST; learn: seen\n");
  expect(once).toContain("- workload: c # learn: not seen in 10 m\n");
  expect(once).not.toContain("nowhere");
  expect(edited(once, "web", edits({ marks }))).toBe(once);
});

test("questions stand above the document, in one line each, and only the latest", () => {
  const text = `# yaml-language-server: $schema=x\n# TODO image: pin it\n${head}spec: { image: a }\n`;
  const asked = edited(text, "web", edits({ questions: ["access.outbound: which\nport?"] }));
  expect(asked).toBe(
    `# yaml-language-server: $schema=x\n# TODO image: pin it\n# TODO learn: access.outbound: which port?\n${head}spec: { image: a }\n`,
  );
  expect(edited(asked, "web", edits({ questions: ["other"] }))).toBe(
    asked.replace("access.outbound: which port?", "other"),
  );
});

test("only the document of that name is edited", () => {
  const other = "# first\napiVersion: v1\nkind: X\nmetadata: { name: other }\nspec: { image: b } # learn: seen\n---\n";
  const text = `${other}${head}spec:\n  image: a\n---\n# last\nmetadata: { name: last }\n`;
  const after = edited(text, "web", edits({ appends: [outbound] }));
  expect(after.startsWith(other)).toBe(true);
  expect(after.endsWith("---\n# last\nmetadata: { name: last }\n")).toBe(true);
  expect(parseAllDocuments(after)[1]?.toJS()).toMatchObject({ spec: { access: { outbound: [outbound.entry] } } });
  expect(edited(text, "nobody", edits({ appends: [outbound] }))).toBe(text);
});
