/** What Palisade holds: namespaces by enrolment, corrections over time, exceptions, and what is not sealed and why. Pure. */
import { ENROLMENTS } from "../../crds/v1alpha1/enrolment.ts";
import { html, type Markup } from "../markup.ts";
import type { HeldCorrection, HeldException, HeldNamespace, Holdings } from "../model.ts";

export function holdsSection(holds: Holdings): Markup {
  return html`<section id="holds" aria-labelledby="holds-title">
<h2 id="holds-title">What Palisade holds</h2>
${enrolments(holds.namespaces)}
${notSealed(holds.namespaces)}
${troubles(holds)}
${corrections(holds.corrections)}
${exceptions(holds.exceptions)}
</section>`;
}

const STATES = [...[...ENROLMENTS].reverse(), "None", "Unknown"] as const;
const SAID = {
  Sealed: "sealed",
  Guarding: "guarding",
  Observing: "observing",
  None: "not enrolled",
  Unknown: "unknown",
};

function enrolments(namespaces: readonly HeldNamespace[]): Markup {
  return html`<h3>Namespaces by enrolment</h3>
<ul class="tiles">${STATES.map((state) => {
    const own = namespaces.filter(({ enrolment }) => enrolment === state);
    return html`<li class="tile" data-enrolment="${state}"><span class="number">${own.length}</span> ${SAID[state]}</li>`;
  })}</ul>
${table(
  ["namespace", "enrolment", "workloads"],
  namespaces.map(({ name, enrolment, workloads }) => [name, enrolment, workloads]),
)}`;
}

function notSealed(namespaces: readonly HeldNamespace[]): Markup {
  const rows = namespaces
    .filter(({ enrolment, found }) => enrolment !== "Sealed" || found.length > 0)
    .map((one) => [one.name, one.enrolment, whyOf(one)]);
  return html`<h3>Not sealed, and why</h3>
${rows.length === 0 ? html`<p class="none">Every namespace with workloads is sealed.</p>` : table(["namespace", "enrolment", "why"], rows)}`;
}

function whyOf({ enrolment, heldBackBy, more, leavesObserving, found, workloads }: HeldNamespace): string {
  if (found.length > 0) return `sealed, with foreign objects in it: ${listed(found, more)}`;
  if (heldBackBy.length > 0) return `foreign objects: ${listed(heldBackBy, more)}`;
  if (leavesObserving !== undefined) return `leaves Observing at ${leavesObserving}`;
  if (enrolment === "Unknown") return "the namespace may not be read";
  if (enrolment === "None" && workloads === 0) return "no SecureWorkload runs in it";
  return enrolment === "None"
    ? "not enrolled yet"
    : "the SecurityBaseline holds it there, or its status does not say why";
}

const listed = (names: readonly string[], more: number | undefined): string =>
  `${names.join(", ")}${more === undefined ? "" : ` and ${more} more`}`;

function troubles({ workloads }: Holdings): Markup {
  const own = workloads.filter((one) => one.ready !== "True" || one.troubles.length > 0);
  return html`<h3>Workloads <span class="count">${workloads.length}</span></h3>
${
  own.length === 0
    ? html`<p class="none">Every workload is ready and as it should be.</p>`
    : table(
        ["workload", "ready", "reason", "to look at"],
        own.map(({ workload, ready, reason, troubles: all }) => [workload, ready, reason, all.join(", ")]),
      )
}`;
}

const HOUR_MS = 3_600_000;
const HOURS = 24;

/** By day where they are of more than a day, else by hour. */
export function perPeriod(
  latest: readonly HeldCorrection[],
): readonly { readonly period: string; readonly times: number }[] {
  const times = latest.map(({ time }) => Date.parse(time)).filter((time) => !Number.isNaN(time));
  const isLong = Math.max(...times) - Math.min(...times) > HOURS * HOUR_MS;
  const counts = new Map<string, number>();
  for (const { time, times: often } of latest.toReversed()) {
    const period = isLong ? time.slice(0, 10) : `${time.slice(0, 10)} ${time.slice(11, 13)}:00`;
    counts.set(period, (counts.get(period) ?? 0) + often);
  }
  return [...counts].map(([period, often]) => ({ period, times: often }));
}

function corrections({ total, latest }: Holdings["corrections"]): Markup {
  const periods = perPeriod(latest);
  const most = Math.max(1, ...periods.map(({ times }) => times));
  return html`<h3>Corrections <span class="count" data-corrections="total">${total}</span></h3>
<p class="about">Since the workloads were created. Events end after an hour: of earlier ones only the last of each workload is known, and what an earlier report held.</p>
${
  periods.length === 0
    ? html`<p class="none">None is known.</p>`
    : html`<table class="bars"><thead><tr><th scope="col">time (UTC)</th><th scope="col">corrections</th></tr></thead><tbody>${periods.map(
        ({ period, times }) =>
          html`<tr><th scope="row">${period}</th><td><meter min="0" max="${most}" value="${times}">${times}</meter> ${times}</td></tr>`,
      )}</tbody></table>
<details><summary>the last ${latest.length}</summary>${table(
        ["time", "workload", "what", "fields", "by"],
        latest.map((one) => [
          one.time,
          one.workload,
          `${one.action} ${one.object}${caseOf(one)}`,
          one.fields.join(", "),
          one.by ?? "unknown",
        ]),
      )}</details>`
}`;
}

const caseOf = ({ case: number, times }: HeldCorrection): string =>
  `${number === undefined ? "" : ` (drift case ${number})`}${times > 1 ? `, ${times} times` : ""}`;

function exceptions(all: readonly HeldException[]): Markup {
  return html`<h3>Exceptions <span class="count">${all.length}</span></h3>
${
  all.length === 0
    ? html`<p class="none">There is none.</p>`
    : table(["exception", "workload", "what", "in force", "days left"], all.map(exceptionRow))
}`;
}

function exceptionRow({ name, workload, lifts, user, active, reason, daysLeft, expires }: HeldException) {
  const what = [...lifts, ...(user === undefined ? [] : [`${user} may enter`])].join(", ");
  const left = daysLeft === undefined ? "unknown" : `${daysLeft} (${expires ?? ""})`;
  return [name, workload, what, IN_FORCE[active](reason), left];
}

const IN_FORCE: Readonly<Record<HeldException["active"], (reason: string) => string>> = {
  True: () => "yes",
  False: (reason) => `no: ${reason}`,
  Unknown: (reason) => `unknown: ${reason}`,
};

export const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): Markup =>
  html`<div class="scroll"><table><thead><tr>${head.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>${rows.map(
    ([first, ...rest]) => html`<tr><th scope="row">${first}</th>${rest.map((cell) => html`<td>${cell}</td>`)}</tr>`,
  )}</tbody></table></div>`;
