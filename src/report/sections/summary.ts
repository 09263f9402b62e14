/** The first thing on the page: how many findings of each severity, what was read, and what could not be. Pure. */
import type { Audit } from "../../audit/audit.ts";
import { SEVERITIES } from "../../audit/severity.ts";
import { html, type Markup } from "../markup.ts";
import type { Holdings } from "../model.ts";
import { type ReachMatrix, totalOf } from "../pairs.ts";

export interface Judgement extends Pick<Audit, "findings" | "unread" | "leftOut" | "objects"> {}

export function summarySection({ findings, objects, leftOut }: Judgement, matrix: ReachMatrix): Markup {
  const { declared, open, closed } = totalOf(matrix);
  return html`<section id="summary" aria-label="summary">
<ul class="tiles">${SEVERITIES.map((severity) => {
    const own = findings.filter((finding) => finding.severity === severity);
    return html`<li class="tile ${severity}" data-count="${severity}"><span class="number">${own.length}</span> <span class="severity">${severity}</span></li>`;
  })}</ul>
<p>${objects} objects were read, ${matrix.workloads.length} workloads in ${matrix.namespaces.length} namespaces among them. Of ${declared + open + closed} pairs of workloads ${declared} are declared, ${open} open and ${closed} closed.${leftOut.length === 0 ? "" : ` ${leftOut.length} known findings are left out.`}</p>
</section>`;
}

/** Nothing that could not be read counts as clean. */
export function unreadSection({ unread }: Pick<Judgement, "unread">, holds: Holdings | undefined): Markup | string {
  const lines = [
    ...unread.map(({ file, line, problem }) => [line > 1 ? `${file}:${line}` : file, problem] as const),
    ...(holds?.unread ?? []).map(({ what, problem }) => [what, problem] as const),
  ];
  if (lines.length === 0) return "";
  return html`<section id="unread" class="warning" aria-labelledby="unread-title">
<h2 id="unread-title">Not read <span class="count">${lines.length}</span></h2>
<p>This page says nothing about the following, and what is in it is unknown.</p>
<ul>${lines.map(([what, problem]) => html`<li><code>${what}</code> ${problem}</li>`)}</ul>
</section>`;
}
