/** What others may write on what is guarded: everything there is, tried in a theatre. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ADMISSION_POLICIES } from "../../../src/reconcilers/admission/policies.ts";
import type { Theatre } from "../theatre.ts";
import { type Judged, judged } from "./judged.ts";
import { type Coverage, coveragePage, outworn, unjudged } from "./page.ts";
import { tryEveryPath } from "./run.ts";
import { furnishStage, openWriters, standing, WHOLE } from "./stage.ts";
import { coverageOf, readCluster } from "./verbs.ts";

const PAGE = join(import.meta.dirname, "..", "..", "..", "docs", "reference", "guard-coverage.md");

/** Needs a theatre whose policies hold and whose operator runs. */
export async function coverGuards(theatre: Theatre, lists: Judged, say: (text: string) => void): Promise<Coverage> {
  const stage = await theatre.take();
  await furnishStage(theatre, stage.namespace);
  const writers = await openWriters(theatre);
  try {
    const objects = await standing(stage.admin, stage.namespace, WHOLE);
    const { gitVersion } = await stage.admin.transport.request<{ readonly gitVersion: string }>({
      method: "GET",
      path: "/version",
    });
    return {
      version: gitVersion,
      results: await tryEveryPath(objects, stage.namespace, { client: writers.of, onKind: (text) => say(`  ${text}`) }),
      verbs: coverageOf(await readCluster(writers.of("wide")), ADMISSION_POLICIES, lists),
    };
  } finally {
    await writers.close();
  }
}

/** Writes the page. True where everything is judged, and every entry of the list is needed. */
export async function reportGuards(theatre: Theatre, say: (text: string) => void): Promise<boolean> {
  const lists = judged();
  const coverage = await coverGuards(theatre, lists, say);
  const complaints = [
    ...unjudged(coverage, lists).map((text) => `unjudged: ${text}`),
    ...outworn(coverage, lists).map((text) => `on the list for nothing: ${text}`),
  ];
  for (const complaint of complaints) say(`  ${complaint}`);
  writeFileSync(PAGE, coveragePage(coverage, lists));
  return complaints.length === 0;
}
