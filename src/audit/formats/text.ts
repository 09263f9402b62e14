/** Findings for people: chains and signs of mining one by one, the rest a line for each severity unless details are asked for. No name moves the cursor. Pure. */
import type { Finding, Member } from "../finding.ts";
import type { Named } from "../named.ts";
import { placeText } from "../place.ts";
import { isAtLeast, SEVERITIES, type Severity } from "../severity.ts";

const WIDTH = Math.max(...SEVERITIES.map((severity) => severity.length)) + 2;
const INDENT = " ".repeat(WIDTH);
const GONE = "GONE".padEnd(WIDTH);

/** How many equal ones a line names. */
const MAX_NAMED = 4;

/** `gone` are those of an earlier report that are not found any more. */
export function findingsText(findings: readonly Finding[], isDetailed: boolean, gone: readonly Named[] = []): string {
  const found = SEVERITIES.flatMap((severity) => {
    const own = findings.filter((finding) => finding.severity === severity);
    const alone = own.filter((finding) => isDetailed || isAlone(finding));
    const rest = own.filter((finding) => !alone.includes(finding));
    return [...alone.flatMap(linesOf), ...(rest.length === 0 ? [] : summaryOf(severity, rest))];
  });
  return [...found, ...goneLines(gone, isDetailed)]
    .map((line) => line.replace(/[\p{Cc}\p{Bidi_Control}]+/gu, "?"))
    .join("\n");
}

/** Chains one by one, the rest counted unless details are asked for. */
function goneLines(gone: readonly Named[], isDetailed: boolean): readonly string[] {
  const shown = gone.filter(({ kind }) => isDetailed || kind === "chain");
  const more = gone.length - shown.length;
  const lines = shown.map(({ severity, words }) => `${GONE}${words} (was ${severity})`);
  return more === 0 ? lines : [...lines, `${GONE}${more} broken ${more === 1 ? "rule" : "rules"}`];
}

const isAlone = ({ kind, severity }: Finding): boolean => kind === "chain" || isAtLeast(severity, "high");

const head = (severity: Severity, words: string): string => `${severity.toUpperCase().padEnd(WIDTH)}${words}`;

function linesOf(finding: Finding): readonly string[] {
  const { kind, severity, rule, words, members, chain, palisade, fix } = finding;
  if (kind === "posture")
    return [
      head(severity, `${words} (${rule})`),
      ...members.map((member) => `${INDENT}${memberText(member)}`),
      `${INDENT}fix: ${fix}`,
    ];
  const [, ...others] = members;
  return [
    head(severity, words),
    ...(others.length === 0 ? [] : [`${INDENT}also: ${named(others.map((member) => member.words))}`]),
    ...(chain === undefined ? [] : [`${INDENT}cut: ${chain.cut}`]),
    ...(palisade === undefined ? [] : [`${INDENT}palisade: ${palisade}`]),
  ];
}

const memberText = ({ object, place, words }: Member): string =>
  `${place.file === "" ? object : `${placeText(place)} ${object}`}: ${words}`;

function named(names: readonly string[]): string {
  const shown = [...new Set(names)];
  const more = shown.length - MAX_NAMED;
  return `${shown.slice(0, MAX_NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function summaryOf(severity: Severity, findings: readonly Finding[]): readonly string[] {
  const objects = new Set(findings.flatMap(({ members }) => members.map(({ object }) => object)));
  const rules = findings
    .toSorted((a, b) => b.members.length - a.members.length || (a.rule < b.rule ? -1 : 1))
    .map(({ rule, members }) => `${rule} ${members.length}`);
  const many = objects.size === 1 ? `${[...objects][0]} breaks` : `${objects.size} objects break`;
  return [head(severity, `${many} ${rules.length === 1 ? "a rule" : `${rules.length} rules`}: ${rules.join(", ")}`)];
}
