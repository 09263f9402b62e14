/** Pages as the commands write them, of manifests and of what a cluster holds. */

import { type Audit, Auditor } from "../../src/audit/audit.ts";
import { auditData } from "../../src/commands/audit/model.ts";
import { type HeldReading, holdingsOf } from "../../src/commands/report/holdings.ts";
import { pageOf, reportData } from "../../src/commands/report/page.ts";
import { unusualOf } from "../../src/commands/report/unusual.ts";
import { parseManifests } from "../../src/manifests/parse.ts";
import { earlierAnswer, rememberedIn } from "../../src/report/comparison.ts";
import { reachMatrix } from "../../src/report/reach-matrix.ts";
import { UnusualCollector } from "../../src/unusual/cluster-reading.ts";

export interface PageOptions {
  readonly now: number;
  readonly source?: string;
  /** An earlier page, as {@link APage.data} has it. */
  readonly since?: unknown;
}

export interface APage {
  readonly html: string;
  /** The answer of `-o json`. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly audit: Audit;
  readonly matrix: ReturnType<typeof reachMatrix>;
}

export const auditPage = (files: Readonly<Record<string, string>>, options: PageOptions): APage =>
  pageOfAudit(auditedFiles(files, options.now), { source: Object.keys(files).join(", "), ...options });

export function pageOfAudit(audit: Audit, { now, source = "", since }: PageOptions): APage {
  const matrix = reachMatrix(audit.graph);
  const data = auditData(audit);
  const html = pageOf({
    answer: { kind: "Audit", data },
    title: "Palisade audit",
    source,
    now,
    audit,
    matrix,
    earlier: since === undefined ? undefined : earlierAnswer.parse(since),
  });
  return { html, data: { kind: "Audit", ...data }, audit, matrix };
}

export function clusterPage(
  files: Readonly<Record<string, string>>,
  reading: HeldReading,
  { now, source = "cluster.example.com", since }: PageOptions,
): APage {
  const collector = new UnusualCollector();
  const audit = auditedFiles(files, now, collector);
  const matrix = reachMatrix(audit.graph);
  const earlier = since === undefined ? undefined : earlierAnswer.parse(since);
  const holds = holdingsOf(reading, now, rememberedIn(earlier));
  const found = collector.finish({ server: { major: 1, minor: 37 }, nowMs: now, isWhole: true });
  const unusual = unusualOf({ reading: found, denials: [], unknown: [] }, reading);
  const data = reportData({ audit, matrix, holds, unusual, now });
  const html = pageOf({
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
  return { html, data: { kind: "Report", ...data }, audit, matrix };
}

function auditedFiles(files: Readonly<Record<string, string>>, nowMs: number, collector?: UnusualCollector): Audit {
  const auditor = new Auditor({ namespace: "default", nowMs });
  const unread = Object.entries(files).flatMap(([file, text]) => {
    const parsed = parseManifests(file, text);
    for (const manifest of parsed.manifests) {
      auditor.add(manifest);
      collector?.add(manifest.object);
    }
    return parsed.unread;
  });
  const audit = auditor.finish();
  return { ...audit, unread: [...unread, ...audit.unread] };
}
