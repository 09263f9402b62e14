/** What was learned, for people. Pure. */
import type { Finding, Verdict } from "../../learn/compare.ts";
import type { Write } from "../../learn/edits-for.ts";
import { sayRule } from "../../learn/permissions.ts";
import type { UsedRights } from "../../learn/used-rights.ts";

const HEADS: Readonly<Record<Verdict, string>> = {
  SeenNotDeclared: "seen, not declared",
  DeclaredAndSeen: "declared and seen",
  DeclaredNotSeen: "declared, not seen",
};

export interface Printed {
  readonly findings: readonly Finding[];
  readonly rights: UsedRights | undefined;
  readonly writes: readonly (Write & { readonly declared: boolean })[];
  /** Whose names need no namespace. */
  readonly namespace: string;
}

export function learningText({ findings, rights, writes, namespace }: Printed): string {
  const short = (name: string): string => (name.startsWith(`${namespace}/`) ? name.slice(namespace.length + 1) : name);
  const verdicts = Object.keys(HEADS) as readonly Verdict[];
  const edges = verdicts.flatMap((verdict) => section(HEADS[verdict], edgeLines(findings, verdict, short)));
  const permissions = verdicts.flatMap((verdict) =>
    section(`permissions: ${HEADS[verdict]}`, ruleLines(rights, verdict, short)),
  );
  return [
    ...edges,
    ...permissions,
    ...section(
      "granted by roles, and not used",
      (rights?.unused ?? []).flatMap(({ account, by, rules }) =>
        rules.map((rule) => `${account}: ${sayRule(rule)} (${by})`),
      ),
    ),
    ...section(
      "directories that are written",
      writes.map(
        ({ workload, directory, declared }) => `${short(workload)}: ${directory}${declared ? "" : ", not declared"}`,
      ),
    ),
  ].join("\n");
}

const section = (head: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [`${head}: ${lines.length}`, ...lines.map((line) => `  ${line}`)];

function edgeLines(findings: readonly Finding[], verdict: Verdict, short: (name: string) => string): readonly string[] {
  return findings
    .filter((finding) => finding.verdict === verdict)
    .map(({ from, to, port, protocol, evidence, lacks }) => {
      const where = `${short(from)} -> ${short(to)}${port === undefined ? "" : `:${port}`}${protocol === "TCP" ? "" : ` ${protocol}`}`;
      const missing = lacks.map(({ workload, direction }) => `${short(workload)} access.${direction}`).join(", ");
      const notes = [missing === "" ? "" : `not in ${missing}`, evidence[0] ?? ""].filter((note) => note !== "");
      return notes.length === 0 ? where : `${where}  (${notes.join("; ")})`;
    })
    .sort();
}

const ruleLines = (
  rights: UsedRights | undefined,
  verdict: Verdict,
  short: (name: string) => string,
): readonly string[] =>
  (rights?.findings ?? [])
    .filter((finding) => finding.verdict === verdict)
    .map(({ workload, rule, clusterRead }) =>
      clusterRead === undefined
        ? `${short(workload)}: ${sayRule(rule)}`
        : `${short(workload)}: ${sayRule(rule)} in the whole cluster`,
    )
    .sort();
