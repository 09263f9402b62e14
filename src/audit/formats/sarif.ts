/** Findings as SARIF 2.1.0: a result for each object that a finding names. Pure. */
import type { Unread } from "../../manifests/parse.ts";
import { sayUnread } from "../../manifests/say-unread.ts";
import type { Finding, Member } from "../finding.ts";
import type { Place } from "../place.ts";
import type { Severity } from "../severity.ts";

const LEVELS: Readonly<Record<Severity, "error" | "warning" | "note">> = {
  critical: "error",
  high: "error",
  medium: "warning",
  low: "note",
  info: "note",
};

/** As code hosts sort alerts: a score of CVSS for each severity. */
const SCORES: Readonly<Record<Severity, string>> = {
  critical: "9.5",
  high: "8.0",
  medium: "5.5",
  low: "3.0",
  info: "1.0",
};

/** What could not be read is no result, but the run did not succeed. */
export function sarifOf(findings: readonly Finding[], unread: readonly Unread[], version: string): object {
  // Worst first: of a rule the worst finding says how bad it is.
  const rules = [...Map.groupBy(findings, ({ rule }) => rule).values()].flatMap(([worst]) => worst ?? []).map(ruleOf);
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "palisade", version, rules } },
        invocations: [
          { executionSuccessful: unread.length === 0, toolExecutionNotifications: unread.map(notificationOf) },
        ],
        results: findings.flatMap((finding) => finding.members.map((member) => resultOf(finding, member))),
      },
    ],
  };
}

const ruleOf = ({ rule, reason, fix, attack, cis, severity }: Finding): object => ({
  id: rule,
  shortDescription: { text: rule },
  fullDescription: { text: reason },
  help: { text: fix },
  properties: {
    tags: ["security", ...attack.map((id) => `ATT&CK ${id}`), ...cis.map((id) => `CIS ${id}`)],
    "security-severity": SCORES[severity],
  },
});

const notificationOf = (unread: Unread): object => ({
  level: "error",
  message: { text: sayUnread(unread) },
});

const resultOf = (finding: Finding, member: Member): object => ({
  ruleId: finding.rule,
  level: LEVELS[finding.severity],
  message: { text: messageOf(finding, member) },
  locations: [locationOf(member.place)],
  partialFingerprints: { "palisade/v1": member.id },
  properties: { severity: finding.severity, kind: finding.kind, object: member.object },
  ...(finding.chain === undefined
    ? {}
    : {
        codeFlows: [
          {
            threadFlows: [
              {
                locations: finding.chain.links.map(({ words, places: [place] }) => ({
                  location: { ...locationOf(place ?? member.place), message: { text: words } },
                })),
              },
            ],
          },
        ],
      }),
});

/** What one object's finding says, in every format of one line. */
export const messageOf = ({ kind, words, members, chain }: Finding, member: Member): string => {
  if (kind === "posture") return `${member.object}: ${member.words}`;
  const of = members[0] === member ? words : `${member.words}, as: ${words}`;
  return chain === undefined ? of : `${of}; cut: ${chain.cut}`;
};

const locationOf = ({ file, line, object }: Place): object => ({
  ...(file === "" || file === "-"
    ? {}
    : { physicalLocation: { artifactLocation: { uri: uriOf(file) }, region: { startLine: Math.max(line, 1) } } }),
  logicalLocations: [{ fullyQualifiedName: object, kind: "resource" }],
});

/** A reference to a path: no name in it is a scheme, a query or a fragment. */
const uriOf = (file: string): string => file.split("/").map(encodeURIComponent).join("/");
