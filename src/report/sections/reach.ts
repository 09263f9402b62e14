/** The frame of the matrix. What stands in it is drawn in the browser, as far as somebody looks. Pure. */
import { html, type Markup } from "../markup.ts";
import { internetCounts, type ReachMatrix, totalOf } from "../pairs.ts";

export function reachSection(matrix: ReachMatrix): Markup {
  const { declared, open, closed } = totalOf(matrix);
  const outside = internetCounts(matrix);
  return html`<section id="reach" aria-labelledby="reach-title">
<h2 id="reach-title">Who reaches whom <span class="count">${matrix.workloads.length}</span></h2>
<p class="about">Rows reach columns; the first is the internet. From namespace to namespace first; open a cell for the workloads in it, and one of those for the evidence. By NetworkPolicies, and those of Cilium, Calico and administrators; what of them cannot be judged counts as open, and is said.</p>
<ul class="legend">
<li><span class="mark open" aria-hidden="true"></span> open: nothing closes the way <b data-state="open">${open}</b></li>
<li><span class="mark declared" aria-hidden="true"></span> declared: the SecureWorkloads at both ends say so; elsewhere a NetworkPolicy of the destination names the source <b data-state="declared">${declared}</b></li>
<li><span class="mark closed" aria-hidden="true"></span> closed <b data-state="closed">${closed}</b></li>
</ul>
<p>The internet reaches <b data-internet="all">${outside.open + outside.declared}</b> of ${matrix.workloads.length} workloads: <b data-internet="declared">${outside.declared}</b> declared, <b data-internet="open">${outside.open}</b> open.</p>
${matrix.workloads.length === 0 ? html`<p class="none">No workload was read.</p>` : html`<div id="matrix"></div>`}
<noscript><p class="none">The matrix is drawn by the script of this page, which does not run here.</p></noscript>
</section>`;
}
