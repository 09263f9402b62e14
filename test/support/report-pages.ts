/** Pages as the commands write them, of manifests and of what a cluster holds. */

import { type Audit, Auditor } from "../../src/audit/audit.ts";
import { auditData } from "../../src/commands/audit/model.ts";
import { type HeldReading, holdingsOf } from "../../src/commands/report/holdings.ts";
import { pageOf, reportData } from "../../src/commands/report/page.ts";
import { parseManifests } from "../../src/manifests/parse.ts";
import { earlierAnswer, rememberedIn } from "../../src/report/comparison.ts";
import { reachMatrix } from "../../src/report/reach-matrix.ts";

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
  const audit = auditedFiles(files, now);
  const matrix = reachMatrix(audit.graph);
  const earlier = since === undefined ? undefined : earlierAnswer.parse(since);
  const holds = holdingsOf(reading, now, rememberedIn(earlier));
  const data = reportData(audit, matrix, holds, now);
  const html = pageOf({
    answer: { kind: "Report", data },
    title: "Palisade report",
    source,
    now,
    audit,
    matrix,
    holds,
    earlier,
  });
  return { html, data: { kind: "Report", ...data }, audit, matrix };
}

function auditedFiles(files: Readonly<Record<string, string>>, nowMs: number): Audit {
  const auditor = new Auditor({ namespace: "default", nowMs });
  const unread = Object.entries(files).flatMap(([file, text]) => {
    const parsed = parseManifests(file, text);
    for (const manifest of parsed.manifests) auditor.add(manifest);
    return parsed.unread;
  });
  const audit = auditor.finish();
  return { ...audit, unread: [...unread, ...audit.unread] };
}
