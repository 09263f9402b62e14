/**
 * `make drift`: carries out every attack of the list four ways, and writes docs/drift.md; then writes every path of what is guarded as every user, and
 * writes docs/reference/guard-coverage.md.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { percentile } from "../../bench/measure.ts";
import { ADMISSION_POLICIES } from "../../src/reconcilers/admission/policies.ts";
import { undoneAfterAbsence } from "./absence.ts";
import type { DriftCase } from "./case.ts";
import { DRIFT_CASES } from "./cases/index.ts";
import { reportGuards } from "./guards/index.ts";
import { runMatrix, type Trial, worstOf } from "./matrix.ts";
import { driftPage } from "./report.ts";
import { Theatre } from "./theatre.ts";

const REPEAT = Number(process.env["REPEAT"] ?? "20");
/** Only these numbers, for a look at a few; the page is then not written. `guards`: what is guarded, and no attack. */
const NAMED = process.argv.slice(2);
const ONLY = NAMED.filter((name) => name !== "guards").map(Number);
const PAGE = join(import.meta.dirname, "..", "..", "docs", "drift.md");

const say = (text: string): void => console.log(text);
const heading = (text: string): void => say(`\n\u001b[1m${text}\u001b[0m`);

const cases: readonly DriftCase[] =
  ONLY.length === 0 ? DRIFT_CASES : DRIFT_CASES.filter(({ number }) => ONLY.includes(number));

function tell({ number, attack, outcomes }: Trial): void {
  const times = outcomes.flatMap((outcome) => ("ms" in outcome ? [outcome.ms] : []));
  const [last] = outcomes.slice(-1);
  const by = last !== undefined && "by" in last ? ` by ${last.by}` : "";
  const took = times.length === 0 ? "" : `  ${Math.round(percentile(times, 0.5))} ms`;
  say(`  ${String(number).padStart(2)}  ${worstOf(outcomes).padEnd(8)} ${attack.title}${by}${took}`);
}

const isTenant = ({ user }: { readonly user: string }): boolean => user === "alice" || user === "bob";

async function guarded() {
  const theatre = await Theatre.open({ admission: ADMISSION_POLICIES, log: say });
  try {
    await theatre.untilGuarded();
    heading("as shipped");
    const shipped = await runMatrix(theatre, cases, { guarded: true, onTrial: tell });
    heading("with the narrow role");
    const narrow = await runMatrix(theatre, cases, { guarded: true, as: "carol", includes: isTenant, onTrial: tell });
    heading("with the operator stopped");
    await theatre.prepare(40);
    await theatre.stopOperator();
    const down = await runMatrix(theatre, cases, { guarded: true, patienceMs: 0, onTrial: tell });
    return { shipped, narrow, down };
  } finally {
    await theatre.close();
  }
}

async function unguarded() {
  const theatre = await Theatre.open({ admission: [], log: say });
  try {
    heading(`with the policies gone, each ${REPEAT} times`);
    await theatre.prepare(40);
    const arriving = await runMatrix(theatre, cases, { guarded: false, repeat: REPEAT, onTrial: tell });
    heading("after an absence of the operator");
    const afterAbsenceMs = await undoneAfterAbsence(theatre, cases);
    say(`  ${afterAbsenceMs.length} attacks undone, the last after ${Math.round(Math.max(...afterAbsenceMs))} ms`);
    return { arriving, afterAbsenceMs };
  } finally {
    await theatre.close();
  }
}

async function guards() {
  const theatre = await Theatre.open({ admission: ADMISSION_POLICIES, log: say });
  try {
    await theatre.untilGuarded();
    heading("every path of what is guarded, as every user");
    if (!(await reportGuards(theatre, say))) process.exitCode = 1;
  } finally {
    await theatre.close();
  }
}

if (NAMED.length === 0 || ONLY.length > 0) {
  const results = { ...(await guarded()), ...(await unguarded()) };
  if (NAMED.length === 0) writeFileSync(PAGE, driftPage(DRIFT_CASES, results));
}
if (NAMED.length === 0 || NAMED.includes("guards")) await guards();
