/** `--since` and `--baseline`: what is new, the same in every format. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { parse } from "yaml";
import { aPod, aService, audited, bound, documents } from "../../test/support/audited.ts";
import { namedIn } from "../audit/named.ts";
import type { Answer, OtherFormat } from "./answer.ts";
import { ANSWERS } from "./answer-schemas.ts";
import { auditData } from "./audit/model.ts";
import { audit } from "./audit.ts";

const folder = mkdtempSync(join(tmpdir(), "palisade-since-"));
afterAll(() => rmSync(folder, { recursive: true }));

function written(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const asked = (flags: Readonly<Record<string, unknown>>): Promise<Answer> =>
  audit({
    words: [],
    flags,
    input: async function* () {},
    readInput: async () => "",
    signal: new AbortController().signal,
  });

const PARTS = [
  aPod("web"),
  aPod("web", { hostPID: true }),
  aPod("db", {}, { image: "redis:7.2", securityContext: { privileged: true } }),
  aService("db", 6379, { type: "NodePort" }),
  aService("web", 8080, { type: "LoadBalancer" }),
  bound("web", [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }]),
  bound("db", [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }], false),
];
const objects = fc.subarray(PARTS, { minLength: 1 }).map((some) => documents(...some));

const allIds = (text: string): readonly string[] => namedIn(audited(text).findings).map(({ id }) => id);

const reportOf = (text: string): string =>
  JSON.stringify({ apiVersion: "cli.palisade.dev/v1", kind: "Audit", ...auditData(audited(text)) });

/** How each format holds identities. */
const FORMS: Readonly<Record<OtherFormat, (text: string) => readonly string[]>> = {
  sarif: (text) => [...text.matchAll(/"palisade\/v1": "([^"]+)"/g)].map(([, id = ""]) => id),
  junit: (text) => [...text.matchAll(/ name="[^"]* ([\w-]{16})"/g)].map(([, id = ""]) => id),
  openreports: (text) => [...text.matchAll(/"id": "([^"]+)"/g)].map(([, id = ""]) => id),
  html: (text) =>
    namedIn(ANSWERS.Audit.parse(JSON.parse(/ id="answer">([^<]*)</.exec(text)?.[1] ?? "")).findings).map(
      ({ id }) => id,
    ),
};

test("every format holds what the earlier report does not, and nothing else", async () => {
  await fc.assert(
    fc.asyncProperty(objects, objects, async (before, after) => {
      const since = written("before.json", reportOf(before));
      const answer = await asked({ filename: [written("after.yaml", after)], since });
      const [was, is] = [new Set(allIds(before)), allIds(after)];
      const expected = is.filter((id) => !was.has(id)).sort();
      const json = ANSWERS.Audit.parse({ apiVersion: "cli.palisade.dev/v1", kind: answer.kind, ...answer.data });
      expect(
        namedIn(json.findings)
          .map(({ id }) => id)
          .sort(),
      ).toEqual(expected);
      expect(parse(JSON.stringify(json))).toEqual(json);
      for (const [format, idsIn] of Object.entries(FORMS))
        expect([format, [...idsIn(answer.forms?.[format as OtherFormat]?.() ?? "")].sort()]).toEqual([
          format,
          expected,
        ]);
      const goneIds = json.gone?.map(({ id }) => id).sort();
      expect(goneIds).toEqual([...was].filter((id) => !is.includes(id)).sort());
      expect(answer.hasFindings).toBe(expected.length > 0);
      for (const { kind, words } of json.gone ?? [])
        if (kind === "chain") expect(answer.text).toContain(`GONE      ${words}`);
    }),
    { numRuns: 60 },
  );
});

test("a report made with --since is a whole one to the next: what stayed is not new again", async () => {
  const [first, second, third] = [
    documents(aPod("a")),
    documents(aPod("a"), aPod("b")),
    documents(aPod("a"), aPod("b"), aPod("c")),
  ];
  const monday = written("monday.json", reportOf(first));
  const tuesday = await asked({ filename: [written("tuesday.yaml", second)], since: monday });
  const since = written("tuesday.json", JSON.stringify({ kind: tuesday.kind, ...tuesday.data }));
  for (const flag of ["since", "baseline"]) {
    const wednesday = await asked({ filename: [written("wednesday.yaml", third)], [flag]: since });
    const { findings, gone } = ANSWERS.Audit.parse({
      apiVersion: "cli.palisade.dev/v1",
      kind: "Audit",
      ...wednesday.data,
    });
    expect([...new Set(namedIn(findings).map(({ object }) => object))]).toEqual(["Pod/shop/c"]);
    expect(gone).toEqual(flag === "since" ? [] : undefined);
  }
});

test("a moved file and moved lines are nothing new", async () => {
  const since = written("lines.json", reportOf(documents(...PARTS.slice(1))));
  const moved = written("moved.yaml", documents("# a comment\n\n", ...PARTS.slice(1).toReversed()));
  expect(await asked({ filename: [moved], since })).toMatchObject({
    hasFindings: false,
    data: { findings: [], gone: [] },
  });
});

test("a file that links lead to several times, or in a circle, is read once", async () => {
  const tree = join(folder, "tree");
  mkdirSync(join(tree, "..data"), { recursive: true });
  writeFileSync(join(tree, "..data", "web.YAML"), aPod("web"));
  symlinkSync(join("..data", "web.YAML"), join(tree, "web.YAML"));
  symlinkSync(".", join(tree, "again"));
  const { data } = await asked({ filename: [tree] });
  expect(ANSWERS.Audit.parse({ apiVersion: "cli.palisade.dev/v1", kind: "Audit", ...data }).objects).toBe(1);
});

test("what could not be read is not said to be gone", async () => {
  const since = written("whole.json", reportOf(documents(...PARTS)));
  const { talk } = await asked({ filename: [written("half.yaml", `${aPod("web")}\n---\n{`)], since });
  expect(talk?.at(-1)).toMatch(/^\d+ findings were not found again, but not everything could be read/);
});

test("--since takes no --from, and no file that is no report", async () => {
  const [file, report] = [written("web.yaml", aPod("web")), written("report.json", reportOf(aPod("web")))];
  await expect(asked({ filename: [file], since: report, from: "Pod/shop/web" })).rejects.toThrow(
    "--since: takes no --from",
  );
  for (const flag of ["since", "baseline"]) {
    await expect(asked({ filename: [file], [flag]: file })).rejects.toThrow(`--${flag} ${file}: is no answer of`);
    await expect(asked({ filename: [file], [flag]: join(folder, "none.json") })).rejects.toThrow("none.json");
  }
});

test("an earlier answer of another version is refused, and one that holds more is read", async () => {
  const file = written("web.yaml", aPod("web"));
  const answer = JSON.parse(reportOf(aPod("web"))) as object;
  for (const flag of ["since", "baseline"]) {
    const other = written("v2.json", JSON.stringify({ ...answer, apiVersion: "cli.palisade.dev/v2" }));
    await expect(asked({ filename: [file], [flag]: other })).rejects.toThrow(
      `--${flag} ${other}: is of cli.palisade.dev/v2, and this palisade reads cli.palisade.dev/v1`,
    );
    const cut = written("cut.json", reportOf(aPod("web")).slice(0, -9));
    await expect(asked({ filename: [file], [flag]: cut })).rejects.toThrow("is no answer of");
    const corrections = { total: 0, latest: [], later: true };
    const report = { kind: "Report", made: "2026-11-30T12:00:00Z", audit: { ...answer, later: true } };
    const more = written("more.json", JSON.stringify({ ...report, holds: { corrections, later: true } }));
    expect(await asked({ filename: [file], [flag]: more })).toMatchObject({ hasFindings: false });
  }
});

test("one object is one, and only SecureWorkloads are nothing to find fault with", async () => {
  const own = {
    apiVersion: "palisade.dev/v1alpha1",
    kind: "SecureWorkload",
    metadata: { name: "web", namespace: "shop" },
    spec: { image: "registry.example.com/shop/web:1.0.0" },
  };
  const file = written("own.yaml", JSON.stringify(own));
  expect(await asked({ filename: [file] })).toMatchObject({ hasFindings: false, text: "nothing found in 1 object" });
});
