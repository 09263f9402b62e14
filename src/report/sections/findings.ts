/** Chains as boxes in a row, and broken rules, worst first. Pure. */
import { type End, TECHNIQUES } from "../../audit/edges/edge.ts";
import type { Finding, FoundChain, Member } from "../../audit/finding.ts";
import { type Place, placeText } from "../../audit/place.ts";
import { SEVERITIES } from "../../audit/severity.ts";
import { html, type Markup } from "../markup.ts";

/** Of each finding; the rest is written when somebody opens it. */
const MEMBERS = 5;

/** Findings are referred to by the identity of their first object, which stays the same from report to report. */
export const anchorOf = ({ members: [{ id }] }: Finding): string => `finding-${id}`;

export function chainsSection(findings: readonly Finding[]): Markup {
  const chains = [...findings.entries()].filter(([, { kind }]) => kind === "chain");
  return html`<section id="chains" aria-labelledby="chains-title">
<h2 id="chains-title">Attack chains <span class="count">${chains.length}</span></h2>
<p class="about">Each row is one way from where an attacker begins to what they end with. <em>Cut</em> is the cheapest link that every chain to this end shares.</p>
${chains.length === 0 ? html`<p class="none">No chain was found.</p>` : chains.map(([at, finding]) => chainOf(finding, at))}
</section>`;
}

export function rulesSection(findings: readonly Finding[]): Markup {
  const rules = [...findings.entries()].filter(([, { kind }]) => kind === "posture");
  return html`<section id="rules" aria-labelledby="rules-title">
<h2 id="rules-title">Broken rules <span class="count">${rules.length}</span></h2>
<p class="about">What breaks a rule and is no link of a chain yet.</p>
${rules.length === 0 ? html`<p class="none">No rule is broken.</p>` : rules.map(([at, finding]) => ruleOf(finding, at))}
</section>`;
}

/** What filters look at. */
const attributesOf = ({ severity, kind, chain, members, evidence }: Finding): Markup =>
  html` data-kind="${kind}" data-severity="${severity}" data-start="${chain?.start}" data-end="${chain?.end}" data-namespaces="${namespacesOf(members, evidence).join(" ")}"`;

function namespacesOf(members: readonly Member[], evidence: readonly Place[]): readonly string[] {
  const objects = [...members.map(({ object }) => object), ...evidence.map(({ object }) => object)];
  return [...new Set(objects.flatMap((object) => namespaceIn(object) ?? []))].sort();
}

/** `Kind/namespace/name`. */
export function namespaceIn(object: string): string | undefined {
  const parts = object.split("/");
  return parts.length === 3 ? parts[1] : undefined;
}

function chainOf(finding: Finding, at: number): Markup {
  const { severity, words, chain, palisade, reason, members } = finding;
  const anchor = anchorOf(finding);
  const [, ...others] = members;
  return html`<article class="finding ${severity}" id="${anchor}"${attributesOf(finding)} aria-labelledby="${anchor}-title">
<h3 id="${anchor}-title"><span class="severity">${severity}</span> <a href="#${anchor}">${titleOf(finding)}</a></h3>
<p class="reason">${reason}</p>
${chain === undefined ? html`<p>${words}</p>` : boxesOf(chain)}
<dl class="lines">${chain === undefined ? "" : line("cut", chain.cut)}${palisade === undefined ? "" : line("palisade", palisade)}${referencesOf(finding)}</dl>
${others.length === 0 ? "" : membersOf(others, { at, skip: 1, title: `${others.length} more like this` })}
</article>`;
}

const titleOf = ({ chain, words }: Finding): string =>
  chain === undefined ? words : `${chain.start} to ${endText(chain.end)}`;

const endText = (end: End): string => (end === "secrets" ? "Secrets" : `the ${end}`);

/** From start to end. A reader hears the same: the row is an ordered list. */
function boxesOf({ start, end, login, links }: FoundChain): Markup {
  return html`<ol class="chain" aria-label="chain of ${links.length} links">
<li class="box start"><span class="kind">begins with</span><span class="words">${start}</span></li>
${links.map(
  ({ edge, words, places }) =>
    html`<li class="box"><span class="kind">${edge}</span><span class="words">${words}</span>${placesOf(places)}</li>`,
)}
<li class="box end"><span class="kind">ends with</span><span class="words">${end}</span></li>
</ol>
${login === undefined ? "" : html`<p class="login ${login}">${LOGIN[login]}</p>`}`;
}

const LOGIN = {
  none: "login: none on the way",
  unknown: "login: unknown whether a program on the way asks for one",
  some: "login: a program on the way asks for one",
} as const;

const PLACES = 3;

function placesOf(places: readonly Place[]): Markup | string {
  if (places.length === 0) return "";
  const more = places.length - PLACES;
  return html`<ul class="places">${places.slice(0, PLACES).map((place) => html`<li>${placeOf(place)}</li>`)}${more > 0 ? html`<li>and ${more} more</li>` : ""}</ul>`;
}

const placeOf = (place: Place): Markup =>
  html`<code>${placeText(place)}</code>${place.path === "" ? "" : html` <span class="path">${place.path}</span>`}`;

const line = (name: string, text: string | Markup): Markup => html`<div><dt>${name}</dt><dd>${text}</dd></div>`;

function referencesOf({ attack, cis, driftCases }: Finding): readonly Markup[] {
  return [
    ...(attack.length === 0 ? [] : [line("ATT&CK", attack.map((id) => `${id} ${TECHNIQUES[id]}`).join(", "))]),
    ...(cis.length === 0 ? [] : [line("CIS", cis.join(", "))]),
    ...(driftCases.length === 0 ? [] : [line("drift cases", driftCases.join(", "))]),
  ];
}

function ruleOf(finding: Finding, at: number): Markup {
  const { severity, words, rule, reason, fix, palisade, members } = finding;
  const anchor = anchorOf(finding);
  return html`<article class="finding ${severity}" id="${anchor}"${attributesOf(finding)} aria-labelledby="${anchor}-title">
<h3 id="${anchor}-title"><span class="severity">${severity}</span> <a href="#${anchor}">${words}</a>${words === rule ? "" : html` <code>${rule}</code>`}</h3>
<p class="reason">${reason}</p>
<dl class="lines">${line("fix", fix)}${palisade === undefined ? "" : line("palisade", palisade)}${referencesOf(finding)}</dl>
${membersOf(members, { at, skip: 0, title: members.length === 1 ? "1 object" : `${members.length} objects` })}
</article>`;
}

interface MemberList {
  /** Position of the finding in the answer. */
  readonly at: number;
  readonly skip: number;
  readonly title: string;
}

function membersOf(members: readonly Member[], { at, skip, title }: MemberList): Markup {
  const more = members.length - MEMBERS;
  return html`<details class="members" data-finding="${at}" data-skip="${skip}"><summary>${title}</summary>
<ul>${members.slice(0, MEMBERS).map(memberOf)}</ul>${more > 0 ? html`<p class="more">and ${more} more</p>` : ""}</details>`;
}

const memberOf = ({ object, words, place }: Member): Markup =>
  html`<li><code>${object}</code>${words === object ? "" : html` ${words}`}${place.file === "" ? "" : html` <span class="path">${placeText(place)}</span>`}</li>`;

/** One select or set of boxes for each thing that findings differ in. */
export function filterForm(findings: readonly Finding[]): Markup {
  const namespaces = new Set(findings.flatMap(({ members, evidence }) => namespacesOf(members, evidence)));
  const [starts, ends] = [
    new Set(findings.flatMap(({ chain }) => chain?.start ?? [])),
    new Set(findings.flatMap(({ chain }) => chain?.end ?? [])),
  ];
  return html`<form id="filter" role="search" aria-label="filter findings" hidden>
<label class="text">Text <input type="search" name="text" autocomplete="off" spellcheck="false"></label>
<fieldset><legend>Severity</legend>${SEVERITIES.map(
    (severity) => html`<label><input type="checkbox" name="severity" value="${severity}" checked> ${severity}</label>`,
  )}</fieldset>
${select("namespace", [...namespaces].sort())}${select("start", [...starts])}${select("end", [...ends])}
<button type="reset">Reset</button>
<output id="shown" role="status"></output>
</form>`;
}

const select = (name: string, values: readonly string[]): Markup =>
  html`<label>${name} <select name="${name}"><option value="">any</option>${values.map((value) => html`<option value="${value}">${value}</option>`)}</select></label>`;
