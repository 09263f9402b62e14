/** `palisade audit`: attack chains and broken rules of files or of a cluster, worst first. Reads with the caller's rights. */
import { readFileSync } from "node:fs";
import { type Audit, Auditor } from "../audit/audit.ts";
import type { Finding } from "../audit/finding.ts";
import { junitOf } from "../audit/formats/junit.ts";
import { openReports } from "../audit/formats/open-reports.ts";
import { sarifOf } from "../audit/formats/sarif.ts";
import { findingsText } from "../audit/formats/text.ts";
import { isAtLeast, SEVERITIES, type Severity } from "../audit/severity.ts";
import type { ForeignDocument, Unread } from "../manifests/parse.ts";
import { parsedParts } from "../manifests/parts.ts";
import { reachMatrix } from "../report/reach-matrix.ts";
import { VERSION } from "../version.ts";
import { type Answer, couldNotLook, type Given, messageOf, wrongUse } from "./answer.ts";
import { auditData, auditReport } from "./audit/model.ts";
import { sayUnread, textsOf } from "./files.ts";
import { earlierIn, pageOf } from "./report/page.ts";

const NEXT = "palisade audit --help";

/** Findings are those at or above `--fail-on`, and whatever could not be read. */
export async function audit(given: Given): Promise<Answer> {
  const { flags } = given;
  const known = knownIn(flags["baseline"]);
  const earlier = earlierIn(flags["since"], "audit");
  const namespace = flags["namespace"] === undefined ? undefined : String(flags["namespace"]);
  if (namespace !== undefined && flags["allNamespaces"] === true)
    throw wrongUse("--all-namespaces: takes no --namespace beside it", `palisade audit -n ${namespace}`);
  const from = flags["from"] === undefined ? undefined : String(flags["from"]);
  const auditor = new Auditor({ namespace: namespace ?? "default", from, nowMs: Date.now() });
  const unread =
    flags["filename"] === undefined ? await running(given, namespace, auditor) : await inFiles(given, auditor);
  const judged = auditor.finish(known);
  if (from !== undefined && !judged.workloads.includes(from))
    throw wrongUse(`--from ${from}: there is no such workload; write Kind/namespace/name`, sayFrom(judged));
  const whole: Audit = { ...judged, unread: [...unread, ...judged.unread] };
  const isScoped = flags["filename"] === undefined && namespace !== undefined;
  const shown = isScoped ? { ...whole, findings: within(whole.findings, namespace) } : whole;
  const answer = answerOf(given, shown);
  const html = (): string =>
    pageOf({
      answer,
      title: "Palisade audit",
      source: sourceOf(flags),
      now: Date.now(),
      audit: shown,
      matrix: reachMatrix(shown.graph),
      earlier,
    });
  return { ...answer, forms: { ...answer.forms, html } };
}

/** What was read, for people. */
function sourceOf({ filename, namespace, context = "the current context" }: Given["flags"]): string {
  if (filename !== undefined) return [filename].flat().map(String).join(", ");
  return `${namespace === undefined ? "" : `namespace ${String(namespace)} of `}the cluster of ${String(context)}`;
}

const sayFrom = ({ workloads: [first] }: Audit): string =>
  first === undefined ? NEXT : `palisade audit --from ${first}`;

/** Identities of an earlier report. */
function knownIn(path: unknown): ReadonlySet<string> {
  if (path === undefined) return new Set();
  let text: string;
  try {
    text = readFileSync(String(path), "utf8");
  } catch (error) {
    throw couldNotLook(messageOf(error), NEXT);
  }
  const parsed = auditReport.safeParse(jsonIn(text));
  if (!parsed.success)
    throw wrongUse(
      `--baseline ${String(path)}: is no report of palisade audit -o json`,
      "palisade audit -o json > baseline.json",
    );
  return new Set(parsed.data.findings.flatMap(({ members }) => members.map(({ id }) => id)));
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Files are read one after another, an object at a time, and none is kept. */
async function inFiles(given: Given, auditor: Auditor): Promise<readonly Unread[]> {
  const unread: Unread[] = [];
  let count = 0;
  for (const { file, text } of await textsOf(given, "filename", NEXT))
    for (const parsed of parsedParts(file, text)) {
      for (const manifest of parsed.manifests) auditor.add(manifest);
      count += parsed.manifests.length;
      unread.push(...parsed.unread, ...parsed.foreign.map(unreadForeign));
    }
  const [first] = unread;
  if (count === 0 && first !== undefined) throw couldNotLook(sayUnread(first), NEXT);
  if (count === 0) throw wrongUse("there is no Kubernetes object in these files", NEXT);
  return unread;
}

const unreadForeign = ({ file }: ForeignDocument): Unread => ({
  file,
  line: 1,
  problem: "is no Kubernetes object: convert reads it",
});

/** Loads what asks a cluster only here. */
async function running(given: Given, namespace: string | undefined, auditor: Auditor): Promise<readonly Unread[]> {
  const { readCluster } = await import("./audit/live.ts");
  return await readCluster(given, namespace, auditor);
}

/** Of one namespace, posture of what is in others or in none is left out. */
export function within(findings: readonly Finding[], namespace: string): readonly Finding[] {
  return findings.flatMap((finding) => {
    if (finding.kind === "chain") return [finding];
    const [first, ...rest] = finding.members.filter(({ object }) => object.split("/")[1] === namespace);
    return first === undefined ? [] : [{ ...finding, members: [first, ...rest] as const }];
  });
}

function answerOf({ flags }: Given, whole: Audit): Answer {
  const { findings, known } = whole;
  const bound = severityIn(flags["failOn"]);
  const failing = findings.some(({ severity }) => isAtLeast(severity, bound));
  const hasFindings = failing || whole.unread.length > 0;
  const isDetailed = flags["details"] === true;
  return {
    kind: "Audit",
    data: auditData(whole),
    text: findings.length === 0 ? `nothing found in ${whole.objects} objects` : findingsText(findings, isDetailed),
    forms: {
      sarif: () => JSON.stringify(sarifOf(findings, VERSION), undefined, 2),
      junit: () => junitOf(findings, whole.unread),
      openreports: () => JSON.stringify({ apiVersion: "v1", kind: "List", items: openReports(findings) }, undefined, 2),
    },
    hasFindings,
    talk: [...whole.unread.map(sayUnread), ...(known > 0 ? [`${known} known findings are left out`] : [])],
    ...(hasFindings || findings.length > 0 ? { next: nextFor(flags, isDetailed) } : {}),
  };
}

/** The flag's choices let no other value through. */
const severityIn = (value: unknown): Severity => SEVERITIES.find((severity) => severity === value) ?? "info";

function nextFor(flags: Given["flags"], isDetailed: boolean): string {
  const files = [flags["filename"] ?? []].flat().map((path) => ` -f ${String(path)}`);
  if (!isDetailed) return `palisade audit${files.join("")} --details`;
  return files.length > 0 ? `palisade convert${files.join("")}` : "palisade convert --from-cluster -n NAMESPACE";
}
