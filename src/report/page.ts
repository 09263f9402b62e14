/**
 * The report as one HTML file: no server, no network, no script but its own. Its Content-Security-Policy names the digests of its one style and
 * its one script, and lets nothing else in. Pure.
 */
import { createHash } from "node:crypto";
import type { Comparison } from "./comparison.ts";
import { dataScript, html, Markup } from "./markup.ts";
import type { Holdings } from "./model.ts";
import type { ReachMatrix } from "./pairs.ts";
import { SCRIPT } from "./script.ts";
import { anchorOf, chainsSection, filterForm, rulesSection } from "./sections/findings.ts";
import { holdsSection } from "./sections/holds.ts";
import { reachSection } from "./sections/reach.ts";
import { sinceSection } from "./sections/since.ts";
import { type Judgement, summarySection, unreadSection } from "./sections/summary.ts";
import { unusualSection } from "./sections/unusual.ts";
import { STYLE } from "./style.ts";
import type { Unusual } from "./unusual-model.ts";

export interface ReportPage {
  readonly title: string;
  /** What was read: some files, or a cluster. */
  readonly source: string;
  /** RFC 3339. */
  readonly made: string;
  readonly version: string;
  /** The same in its machine-readable form, which the page carries. */
  readonly answer: Readonly<Record<string, unknown>>;
  readonly judgement: Judgement;
  readonly matrix: ReachMatrix;
  readonly holds: Holdings | undefined;
  readonly unusual?: Unusual | undefined;
  readonly comparison: Comparison | undefined;
}

export function reportPage(page: ReportPage): string {
  const { title, source, made, version, answer, judgement, matrix, holds, unusual, comparison } = page;
  const { findings } = judgement;
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${title}: ${source}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the findings</a>
<header><h1>${title}</h1>
<p>${source}, <time datetime="${made}">${made}</time>, palisade ${version}</p>
<nav aria-label="parts of this page"><ul>${partsOf(page).map(([id, name]) => html`<li><a href="#${id}">${name}</a></li>`)}</ul></nav></header>
<main id="main" tabindex="-1">
${summarySection(judgement, matrix)}
${unreadSection(judgement, holds)}
${comparison === undefined ? "" : sinceSection(comparison, holds, anchorsOf(findings))}
${filterForm(findings)}
${chainsSection(findings)}
${reachSection(matrix)}
${holds === undefined ? "" : holdsSection(holds)}
${unusual === undefined ? "" : unusualSection(unusual)}
${rulesSection(findings)}
</main>
${dataScript("answer", answer)}
${dataScript("matrix-data", matrix)}
<script>${new Markup(SCRIPT)}</script>
</body>
</html>
`.text;
}

const digestOf = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

const POLICY = [
  "default-src 'none'",
  `script-src ${digestOf(SCRIPT)}`,
  `style-src ${digestOf(STYLE)}`,
  "base-uri 'none'",
  "form-action 'none'",
].join("; ");

const partsOf = ({ holds, unusual, comparison }: ReportPage): readonly (readonly [string, string])[] => [
  ...(comparison === undefined ? [] : [["since", "Since the last report"] as const]),
  ["chains", "Attack chains"],
  ["reach", "Who reaches whom"],
  ...(holds === undefined ? [] : [["holds", "What Palisade holds"] as const]),
  ...(unusual === undefined ? [] : [["unusual", "Unusual"] as const]),
  ["rules", "Broken rules"],
];

const anchorsOf = (findings: Judgement["findings"]): ReadonlyMap<string, string> =>
  new Map(findings.flatMap((finding) => finding.members.map(({ id }) => [id, anchorOf(finding)] as const)));
