/** What of nodes and containers is unusual: facts, on which nothing acts. Pure. */
import { NODE_FACTS } from "../../crds/v1alpha1/unusual.ts";
import { html, type Markup } from "../markup.ts";
import type { Unusual } from "../unusual-model.ts";
import { table } from "./holds.ts";

/** How many rows a table shows: the answer in the page holds all. */
const SHOWN = 100;

type Row = readonly (string | number)[];

export function unusualSection(unusual: Unusual): Markup {
  const { nodes, containers, entered, images, unnamed, denials, workloads, unknown } = unusual;
  return html`<section id="unusual" aria-labelledby="unusual-title">
<h2 id="unusual-title">Unusual <span class="count" data-unusual="all">${countOf(unusual)}</span></h2>
<p class="about">Facts about nodes and containers. None is a verdict alone, and nothing acts on them.</p>
${unknown.length === 0 ? "" : html`<ul class="named" data-unusual="unknown">${unknown.map((line) => html`<li>unknown: ${line}</li>`)}</ul>`}
${part(
  "Nodes",
  ["node", "fact", "found", "meaning"],
  nodes.map(({ name, fact, detail }) => [name, fact, detail, NODE_FACTS[fact]]),
)}
${part(
  "Containers that restart",
  ["pod", "container", "restarts", "ended with"],
  containers.map(({ pod, container, restarts, exits }) => [pod, container, restarts, exits.join(", ")]),
)}
${part(
  "Pods that were entered",
  ["pod", "ephemeral container"],
  entered.map(({ pod, container }) => [pod, container]),
)}
${part(
  "Image digests that differ",
  ["container", "pinned", "reported", "pods", "other pods"],
  images.map((one) => [one.container, one.pinned, one.reported, one.pods, one.others]),
)}
${part(
  "Images that no pod names",
  ["node", "images", "first"],
  unnamed.map(({ node, count, images: first }) => [node, count, first]),
)}
${part(
  "Refused requests",
  ["policy", "refused"],
  denials.map(({ policy, count }) => [policy, count]),
)}
${part(
  "SecureWorkloads",
  ["workload", "facts"],
  workloads.map(({ workload, facts }) => [workload, facts.join("; ")]),
)}
</section>`;
}

export const countOf = ({ nodes, containers, entered, images, unnamed, denials, workloads }: Unusual): number =>
  [nodes, containers, entered, images, unnamed, denials, workloads].reduce((sum, { length }) => sum + length, 0);

function part(title: string, head: readonly string[], rows: readonly Row[]): Markup {
  const more = rows.length - SHOWN;
  return html`<h3>${title} <span class="count">${rows.length}</span></h3>
${rows.length === 0 ? html`<p class="none">None was found.</p>` : table(head, rows.slice(0, SHOWN))}${more > 0 ? html`<p class="more">and ${more} more</p>` : ""}`;
}
