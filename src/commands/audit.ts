/** `palisade audit`: attack chains and broken rules of files or of a cluster, worst first. Reads with the caller's rights. */
import { type Audit, Auditor } from "../audit/audit.ts";
import type { Finding } from "../audit/finding.ts";
import { junitOf } from "../audit/formats/junit.ts";
import { openReports } from "../audit/formats/open-reports.ts";
import { sarifOf } from "../audit/formats/sarif.ts";
import { findingsText } from "../audit/formats/text.ts";
import { lacking, type Named, namedIn } from "../audit/named.ts";
import { isAtLeast, SEVERITIES, type Severity } from "../audit/severity.ts";
import type { ForeignDocument, Unread } from "../manifests/parse.ts";
import { parsedParts } from "../manifests/parts.ts";
import { sayUnread } from "../manifests/say-unread.ts";
import { shellWord } from "../manifests/shell-word.ts";
import { type EarlierAnswer, namedBefore } from "../report/comparison.ts";
import { reachMatrix } from "../report/reach-matrix.ts";
import { VERSION } from "../version.ts";
import { type Answer, couldNotLook, type Given, sameFiles, wrongUse } from "./answer.ts";
import { auditData } from "./audit/model.ts";
import { textsOf } from "./files.ts";
import { earlierIn, pageOf } from "./report/page.ts";

const NEXT = "palisade audit --help";

/** Findings are those at or above `--fail-on`, and whatever could not be read. */
export async function audit(given: Given): Promise<Answer> {
  const asked = askedIn(given);
  const whole = await judged(given, asked);
  const { scope, earlier } = asked;
  const shown = scope === undefined ? whole : { ...whole, findings: within(whole.findings, scope) };
  const answer = answerOf(given, shown, earlier && goneSince(earlier, whole, scope));
  const html = (): string =>
    pageOf({
      answer,
      title: "Palisade audit",
      source: sourceOf(given.flags),
      now: Date.now(),
      audit: shown,
      matrix: reachMatrix(shown.graph),
      earlier,
    });
  return { ...answer, forms: { ...answer.forms, html } };
}

interface Asked {
  readonly namespace: string | undefined;
  /** The one namespace of a cluster that is asked about. */
  readonly scope: string | undefined;
  readonly from: string | undefined;
  readonly earlier: EarlierAnswer | undefined;
  /** Identities of what is left out. */
  readonly known: ReadonlySet<string>;
}

/** What contradicts itself is refused before anything is read. */
function askedIn(given: Given): Asked {
  const { filename, allNamespaces, ...flags } = given.flags;
  const [namespace, from] = [flags["namespace"], flags["from"]].map((one) => (one === undefined ? one : String(one)));
  const [baseline, earlier] = [earlierIn(given, "baseline", "audit"), earlierIn(given, "since", "audit")];
  if (namespace !== undefined && allNamespaces === true)
    throw wrongUse("--all-namespaces: takes no --namespace beside it", `palisade audit -n ${namespace}`);
  if (earlier !== undefined && from !== undefined)
    throw wrongUse("--since: takes no --from beside it, since a report does not say where it began", NEXT);
  const known = [baseline, earlier].flatMap((one) => (one === undefined ? [] : namedBefore(one)));
  return {
    namespace,
    scope: filename === undefined ? namespace : undefined,
    from,
    earlier,
    known: new Set(known.map(({ id }) => id)),
  };
}

async function judged(given: Given, { namespace, from, known }: Asked): Promise<Audit> {
  const auditor = new Auditor({ namespace: namespace ?? "default", from, nowMs: Date.now() });
  const isOfFiles = given.flags["filename"] !== undefined;
  const unread = isOfFiles ? await inFiles(given, auditor) : await running(given, namespace, auditor);
  const audited = auditor.finish(known);
  if (from !== undefined && !audited.workloads.includes(from))
    throw wrongUse(`--from ${from}: there is no such workload; write Kind/namespace/name`, sayFrom(audited));
  return { ...audited, unread: [...unread, ...audited.unread] };
}

/** Of one namespace only what stood in it: of others nothing was read. */
function goneSince(
  earlier: EarlierAnswer,
  { findings, leftOut }: Audit,
  namespace: string | undefined,
): readonly Named[] {
  const gone = lacking(namedBefore(earlier), [...namedIn(findings), ...leftOut]);
  return namespace === undefined ? gone : gone.filter(({ object }) => object.split("/")[1] === namespace);
}

/** What was read, for people. */
function sourceOf({ filename, namespace, context = "the current context" }: Given["flags"]): string {
  if (filename !== undefined) return [filename].flat().map(String).join(", ");
  return `${namespace === undefined ? "" : `namespace ${String(namespace)} of `}the cluster of ${String(context)}`;
}

const sayFrom = ({ workloads: [first] }: Audit): string =>
  first === undefined ? NEXT : `palisade audit --from ${shellWord(first)}`;

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

function answerOf({ flags }: Given, whole: Audit, gone: readonly Named[] | undefined): Answer {
  const { findings } = whole;
  const bound = severityIn(flags["failOn"]);
  const failing = findings.some(({ severity }) => isAtLeast(severity, bound));
  const hasFindings = failing || whole.unread.length > 0;
  const isDetailed = flags["details"] === true;
  return {
    kind: "Audit",
    data: auditData(whole, gone),
    text: textOf(whole, isDetailed, gone),
    forms: {
      sarif: () => JSON.stringify(sarifOf(findings, whole.unread, VERSION), undefined, 2),
      junit: () => junitOf(findings, whole.unread),
      openreports: () =>
        JSON.stringify({ apiVersion: "v1", kind: "List", items: openReports(findings, whole.unread) }, undefined, 2),
    },
    hasFindings,
    talk: [...whole.unread.map(sayUnread), ...saySince(whole, gone)],
    ...(hasFindings || findings.length > 0 ? { next: nextFor(flags, isDetailed) } : {}),
  };
}

function textOf({ findings, objects }: Audit, isDetailed: boolean, gone: readonly Named[] = []): string {
  const found = findingsText(findings, isDetailed, gone);
  const read = `${objects} ${objects === 1 ? "object" : "objects"}`;
  return findings.length > 0 ? found : [`nothing found in ${read}`, found].join("\n").trim();
}

/** What may not be read is not gone. */
function saySince({ leftOut, unread }: Audit, gone: readonly Named[] = []): readonly string[] {
  return [
    ...(leftOut.length > 0 ? [`${leftOut.length} known findings are left out`] : []),
    ...(gone.length > 0 && unread.length > 0
      ? [`${gone.length} findings were not found again, but not everything could be read: they may still stand`]
      : []),
  ];
}

/** The flag's choices let no other value through. */
const severityIn = (value: unknown): Severity => SEVERITIES.find((severity) => severity === value) ?? "info";

function nextFor(flags: Given["flags"], isDetailed: boolean): string {
  const files = sameFiles({ flags });
  if (!isDetailed) return `palisade audit${files} --details`;
  return files !== "" ? `palisade convert${files}` : "palisade convert --from-cluster -n NAMESPACE";
}
