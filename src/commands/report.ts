/** `palisade report [FILE]`: what Palisade holds in a cluster and how it can be attacked, as one HTML file. Reads with the caller's rights. */
import { writeFileSync } from "node:fs";
import { systemClock } from "kopf-ts";
import { type Audit, Auditor } from "../audit/audit.ts";
import { isAtLeast, SEVERITIES } from "../audit/severity.ts";
import { sayUnread } from "../manifests/say-unread.ts";
import { rememberedIn } from "../report/comparison.ts";
import type { Holdings } from "../report/model.ts";
import { internetCounts, type ReachMatrix, totalOf } from "../report/pairs.ts";
import { reachMatrix } from "../report/reach-matrix.ts";
import { countOf } from "../report/sections/unusual.ts";
import type { Unusual } from "../report/unusual-model.ts";
import { UnusualCollector } from "../unusual/cluster-reading.ts";
import { type Answer, couldNotLook, type Given, messageOf } from "./answer.ts";
import { readCluster } from "./audit/live.ts";
import { within } from "./audit.ts";
import { configOf } from "./config-of.ts";
import { openApi } from "./open-api.ts";
import { answers } from "./reachable.ts";
import { type HeldReading, holdingsOf } from "./report/holdings.ts";
import { earlierIn, pageOf, reportData } from "./report/page.ts";
import { readHeld } from "./report/read.ts";
import { readUnusual, unusualOf } from "./report/unusual.ts";

const FILE = "palisade-report.html";
const NEXT = "palisade report --help";

/** Findings are those of the audit, workloads with trouble, and what could not be read. Writes the file unless another format is asked for. */
export async function report(given: Given): Promise<Answer> {
  const {
    words: [file = FILE],
    flags,
  } = given;
  const earlier = earlierIn(given, "since", "report");
  const now = systemClock.now();
  const { audit, held, unusual, source } = await readAll(given);
  const holds = holdingsOf(held, now, rememberedIn(earlier));
  const matrix = reachMatrix(audit.graph);
  const data = reportData({ audit, matrix, holds, unusual, now });
  const page = (): string =>
    pageOf({
      answer: { kind: "Report", data },
      title: "Palisade report",
      source,
      now,
      audit,
      matrix,
      holds,
      unusual,
      earlier,
    });
  const isWritten = flags["output"] === undefined || flags["output"] === "text";
  if (isWritten) write(file, page());
  return {
    kind: "Report",
    data,
    text: [
      ...summaryOf(audit, matrix, holds),
      `unusual: ${countOf(unusual)} facts`,
      ...(isWritten ? [`written to ${file}`] : []),
    ].join("\n"),
    forms: { html: page },
    hasFindings: isTroubled(audit, holds),
    talk: audit.unread.map(sayUnread),
    next: isWritten ? `open ${file}` : NEXT,
  };
}

interface Read {
  readonly audit: Audit;
  readonly unusual: Unusual;
  readonly held: HeldReading;
  readonly source: string;
}

async function readAll(given: Given): Promise<Read> {
  const { flags, signal } = given;
  const config = configOf(flags, NEXT);
  const { namespace } = config;
  const { transport: asking, client, connection, close } = await openApi(config, "report", signal);
  try {
    await answers(asking);
    const held = await readHeld(client, namespace);
    const auditor = new Auditor({ namespace: "default", nowMs: systemClock.now() });
    const collector = new UnusualCollector();
    for (const object of [...held.workloads, ...(held.baseline === undefined ? [] : [held.baseline])])
      auditor.add({ object, file: "", lineOf: () => 0 });
    const unread = await readCluster(given, namespace, {
      add: (manifest) => {
        auditor.add(manifest);
        collector.add(manifest.object);
      },
    });
    const kinds = unread.map(({ file }) => file);
    const found = await readUnusual(asking, { collector, namespace, unread: kinds, nowMs: systemClock.now() });
    const judged = auditor.finish();
    const findings = namespace === undefined ? judged.findings : within(judged.findings, namespace);
    return {
      audit: { ...judged, findings, unread: [...unread, ...judged.unread] },
      held,
      unusual: unusualOf(found, held),
      source: `${namespace === undefined ? "" : `namespace ${namespace} of `}${new URL(connection.server).host}`,
    };
  } finally {
    await close();
  }
}

function summaryOf(audit: Audit, matrix: ReachMatrix, holds: Holdings): readonly string[] {
  const counts = SEVERITIES.map(
    (severity) => `${audit.findings.filter((finding) => finding.severity === severity).length} ${severity}`,
  );
  const { declared, open, closed } = totalOf(matrix);
  const outside = internetCounts(matrix);
  const sealed = holds.namespaces.filter(({ enrolment }) => enrolment === "Sealed").length;
  return [
    `findings: ${counts.join(", ")}`,
    `pairs of workloads: ${open} open, ${declared} declared, ${closed} closed`,
    `workloads from the internet: ${outside.open} open, ${outside.declared} declared, ${outside.closed} closed`,
    `namespaces: ${sealed} of ${holds.namespaces.length} sealed`,
    `corrections: ${holds.corrections.total}`,
    `exceptions: ${holds.exceptions.length}`,
  ];
}

const isTroubled = ({ findings, unread }: Audit, holds: Holdings): boolean =>
  unread.length + holds.unread.length > 0 ||
  findings.some(({ severity }) => isAtLeast(severity, "info")) ||
  holds.workloads.some(({ ready, troubles }) => ready !== "True" || troubles.length > 0);

function write(file: string, page: string): void {
  try {
    writeFileSync(file, page);
  } catch (error) {
    throw couldNotLook(messageOf(error), NEXT);
  }
}
