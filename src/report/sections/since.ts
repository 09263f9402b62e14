/** The last report beside this one: findings that appeared and went, and corrections in between. Pure. */
import type { Named } from "../../audit/named.ts";
import type { Comparison } from "../comparison.ts";
import { html, type Markup } from "../markup.ts";
import type { Holdings } from "../model.ts";
import { table } from "./holds.ts";

const SHOWN = 200;

/** `anchors` leads from an identity to what is on this page. */
export function sinceSection(
  { made, appeared, gone, stayed, severities, corrections }: Comparison,
  holds: Holdings | undefined,
  anchors: ReadonlyMap<string, string>,
): Markup {
  return html`<section id="since" aria-labelledby="since-title">
<h2 id="since-title">Since the last report</h2>
<p>${made === undefined ? "It does not say when it was made." : html`It was made at <time datetime="${made}">${made}</time>.`} <b data-since="appeared">${appeared.length}</b> findings appeared, <b data-since="gone">${gone.length}</b> are gone, <b data-since="stayed">${stayed}</b> stayed.</p>
${table(
  ["severity", "then", "now"],
  severities.map(({ severity, before, now }) => [severity, before, now]),
)}
${drift(corrections, holds)}
<div class="beside"><div><h3>Appeared <span class="count">${appeared.length}</span></h3>${list(appeared, anchors)}</div>
<div><h3>Gone <span class="count">${gone.length}</span></h3>${list(gone, new Map())}</div></div>
</section>`;
}

function drift(corrections: Comparison["corrections"], holds: Holdings | undefined): Markup | string {
  if (corrections === undefined || holds === undefined) return "";
  return table(["drift", "then", "now"], [["corrections", corrections.before, holds.corrections.total]]);
}

function list(all: readonly Named[], anchors: ReadonlyMap<string, string>): Markup {
  if (all.length === 0) return html`<p class="none">None.</p>`;
  const more = all.length - SHOWN;
  return html`<ul class="named">${all.slice(0, SHOWN).map((one) => {
    const anchor = anchors.get(one.id);
    const words = anchor === undefined ? one.words : html`<a href="#${anchor}">${one.words}</a>`;
    return html`<li class="${one.severity}"><span class="severity">${one.severity}</span> ${words} <code>${one.rule}</code></li>`;
  })}</ul>${more > 0 ? html`<p class="more">and ${more} more</p>` : ""}`;
}
