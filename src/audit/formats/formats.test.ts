/** Every format tells the same findings, of whatever was read. */
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { parse } from "yaml";
import { aPod, aService, audited, bound, documents } from "../../../test/support/audited.ts";
import { pageOfAudit } from "../../../test/support/report-pages.ts";
import { ANSWER_VERSION } from "../../commands/answer.ts";
import { ANSWERS } from "../../commands/answer-schemas.ts";
import { auditData } from "../../commands/audit/model.ts";
import type { Audit } from "../audit.ts";
import type { Finding } from "../finding.ts";
import { junitOf } from "./junit.ts";
import { openReports } from "./open-reports.ts";
import { sarifOf } from "./sarif.ts";
import { findingsText } from "./text.ts";

const name = fc.constantFrom("web", "redis", "web-2", "db");
const container = fc.constantFrom<object>(
  {},
  { image: "redis:7.2" },
  { image: "nginx" },
  { securityContext: { privileged: true } },
  { env: [{ name: "DB_PASSWORD", value: '<b>&"\u0007' }] },
);
const pod = fc
  .record({
    name,
    container,
    spec: fc.constantFrom<object>(
      {},
      { hostPID: true },
      { automountServiceAccountToken: true, serviceAccountName: "web" },
    ),
  })
  .map((one) => aPod(one.name, one.spec, one.container));
const service = fc
  .record({ name, type: fc.constantFrom("ClusterIP", "NodePort", "LoadBalancer") })
  .map((one) => aService(one.name, 6379, { type: one.type }));
const rights = fc.constantFrom(
  bound("web", [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }]),
  bound("web", [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }], false),
);
const text = fc.array(fc.oneof(pod, service, rights), { minLength: 1, maxLength: 6 }).map((all) => documents(...all));

const idsOf = (findings: readonly Finding[]): readonly string[] =>
  findings.flatMap(({ members }) => members.map(({ id }) => id)).sort();

interface Sarif {
  readonly runs: readonly {
    readonly results: readonly {
      readonly ruleId: string;
      readonly partialFingerprints: Readonly<Record<string, string>>;
    }[];
  }[];
}

test("JSON, SARIF, JUnit, HTML and OpenReports hold the same findings, each once", () => {
  fc.assert(
    fc.property(text, (objects) => {
      const audit = audited(objects);
      const { findings } = audit;
      const expected = idsOf(findings);
      expect(new Set(expected).size).toBe(expected.length);
      const json = ANSWERS.Audit.parse({ apiVersion: ANSWER_VERSION, kind: "Audit", ...auditData(audit) });
      expect(json.findings.flatMap(({ members }) => members.map(({ id }) => id)).sort()).toEqual(expected);
      const { runs } = sarifOf(findings, [], "1.0.0") as Sarif;
      const results = runs.flatMap((run) => run.results);
      expect(results.map((one) => one.partialFingerprints["palisade/v1"]).sort()).toEqual(expected);
      const junit = junitOf(findings, []);
      expect([...junit.matchAll(/ name="[^"]* ([\w-]{16})"/g)].map(([, id]) => id).sort()).toEqual(expected);
      for (const raw of ["\u0007", "<b>"]) expect(junit).not.toContain(raw);
      const { html } = pageOfAudit(audit, { now: 0 });
      const carried = JSON.parse(/ id="answer">([^<]*)</.exec(html)?.[1] ?? "") as Pick<Audit, "findings">;
      expect(idsOf(carried.findings)).toEqual(expected);
      for (const raw of ["\u0007", "<b>"]) expect(html).not.toContain(raw);
      const reports = openReports(findings, []) as readonly {
        readonly results?: readonly { readonly properties: { readonly id: string } }[];
      }[];
      expect(reports.flatMap(({ results: own = [] }) => own.map(({ properties }) => properties.id)).sort()).toEqual(
        expected,
      );
    }),
    { numRuns: 150 },
  );
});

test("the text tells each chain in words, and of each rule how many break it", () => {
  fc.assert(
    fc.property(text, (objects) => {
      const { findings } = audited(objects);
      const [short, long] = [findingsText(findings, false), findingsText(findings, true)];
      for (const { kind, words, rule, members, severity } of findings) {
        if (kind === "chain") expect(short).toContain(`${severity.toUpperCase().padEnd(10)}${words}`);
        else if (severity !== "high") expect(short).toContain(`${rule} ${members.length}`);
        for (const member of kind === "posture" ? members : [])
          expect(long).toContain(`${member.object}: ${member.words}`);
      }
    }),
    { numRuns: 150 },
  );
});

test("no name moves the cursor or turns a line around", () => {
  const pods = aPod("\u001b[2J\u202eweb\r\nCRITICAL", {}, { securityContext: { privileged: true } });
  for (const isDetailed of [false, true]) {
    const told = findingsText(audited(pods).findings, isDetailed);
    expect(told).toContain("?[2J?web?CRITICAL");
    expect(told.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
  }
});

test("a baseline leaves out what it holds and nothing else", () => {
  fc.assert(
    fc.property(text, text, (before, after) => {
      const known = new Set(idsOf(audited(before).findings));
      const all = idsOf(audited(documents(before, after)).findings);
      const { findings, leftOut } = audited(documents(before, after), {}, known);
      const expected = all.filter((id) => !known.has(id));
      expect(idsOf(findings)).toEqual(expected);
      expect(leftOut.map(({ id }) => id).sort()).toEqual(all.filter((id) => known.has(id)));
      // No line names what is left out.
      for (const { kind, words, members } of findings)
        if (kind === "chain" && words.startsWith("code in")) expect(words).toContain(members[0].words);
    }),
    { numRuns: 60 },
  );
});

test("reports of OpenReports stand in the namespace of what they are about", () => {
  const { findings } = audited(
    documents(aPod("web"), bound("web", [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }])),
  );
  const reports = openReports(findings, []).map(({ kind, metadata }) => [kind, metadata.namespace]);
  expect(reports).toEqual(
    expect.arrayContaining([
      ["Report", "shop"],
      ["ClusterReport", undefined],
    ]),
  );
  expect(parse(JSON.stringify(openReports(findings, [])))).toEqual(openReports(findings, []));
});

const UNREAD = [
  { file: "half.yaml", line: 7, problem: "cannot be parsed" },
  { file: "", line: 0, problem: "nodes may not be listed" },
];

test("what could not be read is in every format, and no run with it is clean", () => {
  const { invocations } = (sarifOf([], UNREAD, "1.0.0") as { runs: [{ invocations: unknown }] }).runs[0];
  expect(invocations).toEqual([
    {
      executionSuccessful: false,
      toolExecutionNotifications: [
        { level: "error", message: { text: "half.yaml:7 cannot be parsed" } },
        { level: "error", message: { text: "nodes may not be listed" } },
      ],
    },
  ]);
  expect(sarifOf([], [], "1.0.0")).toMatchObject({ runs: [{ invocations: [{ executionSuccessful: true }] }] });
  expect(openReports([], UNREAD)).toMatchObject([
    {
      kind: "ClusterReport",
      summary: { fail: 0, error: 2 },
      results: [
        { policy: "unread", result: "error", message: "half.yaml:7 cannot be parsed" },
        { policy: "unread", result: "error", message: "nodes may not be listed" },
      ],
    },
  ]);
  expect(junitOf([], UNREAD)).toContain('tests="2" failures="0" errors="2"');
});

interface SarifRun {
  readonly tool: { readonly driver: { readonly rules: readonly SarifRule[] } };
  readonly results: readonly SarifResult[];
}
interface SarifRule {
  readonly id: string;
  readonly properties: { readonly "security-severity": string };
}
interface SarifResult {
  readonly ruleId: string;
  readonly level: string;
  readonly properties: { readonly severity: string };
  readonly locations: readonly SarifLocation[];
}
interface SarifLocation {
  readonly physicalLocation?: {
    readonly artifactLocation: { readonly uri: string };
    readonly region: { readonly startLine: number };
  };
  readonly logicalLocations: readonly object[];
}

test("SARIF names each rule once and as bad as its worst finding, and no place before the first line", () => {
  fc.assert(
    fc.property(text, (objects) => {
      const { findings } = audited(objects);
      const { runs } = sarifOf(findings, [], "1.0.0") as { readonly runs: readonly SarifRun[] };
      for (const { tool, results } of runs) {
        const { rules } = tool.driver;
        expect(rules.map(({ id }) => id).sort()).toEqual([...new Set(results.map(({ ruleId }) => ruleId))].sort());
        for (const { id, properties } of rules) {
          const score = Math.max(...results.filter(({ ruleId }) => ruleId === id).map(scoreOf));
          expect([id, Number(properties["security-severity"])]).toEqual([id, score]);
        }
        for (const { level, locations } of results) {
          expect(["error", "warning", "note"]).toContain(level);
          expect(locations).toHaveLength(1);
          for (const { physicalLocation } of locations)
            expect(physicalLocation?.region.startLine).toBeGreaterThanOrEqual(1);
        }
      }
    }),
    { numRuns: 60 },
  );
});

const scoreOf = ({ properties: { severity } }: SarifResult): number =>
  ({ critical: 9.5, high: 8, medium: 5.5, low: 3, info: 1 })[severity] ?? Number.NaN;

test.each([
  ["a#b?c/d%e f.yaml", "a%23b%3Fc/d%25e%20f.yaml"],
  ["prod:web.yaml", "prod%3Aweb.yaml"],
  ["/work/app.yaml", "/work/app.yaml"],
])("a file called %s is a path to SARIF, and nothing else", (file, uri) => {
  const { findings } = audited(aPod("web"));
  const moved = findings.map((finding): Finding => {
    const [first] = finding.members;
    return { ...finding, members: [{ ...first, place: { ...first.place, file } }] };
  });
  const { runs } = sarifOf(moved, [], "1.0.0") as { readonly runs: readonly SarifRun[] };
  const uris = runs.flatMap(({ results }) =>
    results.flatMap(({ locations }) => locations.map((one) => one.physicalLocation?.artifactLocation.uri)),
  );
  expect(new Set(uris)).toEqual(new Set([uri]));
});

test("a place in no file is a name alone, in SARIF and in JUnit", () => {
  const { findings } = audited(aPod("web"));
  const live = findings.map((finding): Finding => {
    const [first] = finding.members;
    return { ...finding, members: [{ ...first, place: { ...first.place, file: "", line: 0 } }] };
  });
  const { runs } = sarifOf(live, [], "1.0.0") as { readonly runs: readonly SarifRun[] };
  for (const { locations } of runs.flatMap(({ results }) => results))
    expect(locations).toEqual([{ logicalLocations: [{ fullyQualifiedName: "Pod/shop/web", kind: "resource" }] }]);
  expect(junitOf(live, [])).not.toMatch(/ (file|line)="/);
});
