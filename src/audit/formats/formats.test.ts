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
      const { runs } = sarifOf(findings, "1.0.0") as Sarif;
      const results = runs.flatMap((run) => run.results);
      expect(results.map((one) => one.partialFingerprints["palisade/v1"]).sort()).toEqual(expected);
      const junit = junitOf(findings, []);
      expect([...junit.matchAll(/ name="[^"]* ([\w-]{16})"/g)].map(([, id]) => id).sort()).toEqual(expected);
      for (const raw of ["\u0007", "<b>"]) expect(junit).not.toContain(raw);
      const { html } = pageOfAudit(audit, { now: 0 });
      const carried = JSON.parse(/ id="answer">([^<]*)</.exec(html)?.[1] ?? "") as Pick<Audit, "findings">;
      expect(idsOf(carried.findings)).toEqual(expected);
      for (const raw of ["\u0007", "<b>"]) expect(html).not.toContain(raw);
      const reports = openReports(findings) as readonly {
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
  const reports = openReports(findings).map(({ kind, metadata }) => [kind, metadata.namespace]);
  expect(reports).toEqual(
    expect.arrayContaining([
      ["Report", "shop"],
      ["ClusterReport", undefined],
    ]),
  );
  expect(parse(JSON.stringify(openReports(findings)))).toEqual(openReports(findings));
});
