/** Draws what every contest so far measured, over the number of workloads, beside its results. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Contest, ContestResult } from "./index.ts";
import { plotOf, type Series } from "./plot.ts";

interface Figure {
  readonly file: string;
  readonly title: string;
  readonly unit: string;
  readonly of: (result: ContestResult) => number;
}

const FIGURES: readonly Figure[] = [
  { file: "memory", title: "Resident memory with all workloads", unit: "MiB", of: ({ memory }) => memory.steady },
  { file: "tampering", title: "Tampering until undone, p50", unit: "ms", of: ({ tampering }) => tampering.p50Ms },
  { file: "tampering-p99", title: "Tampering until undone, p99", unit: "ms", of: ({ tampering }) => tampering.p99Ms },
  {
    file: "changes",
    title: "Change of a spec until in the child, p50",
    unit: "ms",
    of: ({ changes }) => changes.p50Ms,
  },
];

const CONTENDERS = [
  { contender: "controller-runtime", name: "controller-runtime", color: "#d55e00" },
  { contender: "palisade", name: "Palisade", color: "#0072b2" },
] as const;

export function drawContests(results: string): void {
  const contests = readdirSync(results)
    .filter((file) => /^contest-[0-9]+\.json$/.test(file))
    .map((file) => JSON.parse(readFileSync(join(results, file), "utf8")) as Contest)
    .sort((a, b) => a.workloads - b.workloads);
  for (const { file, title, unit, of } of FIGURES) {
    const series = CONTENDERS.map(
      ({ contender, name, color }): Series => ({
        name,
        color,
        points: contests.flatMap(({ workloads, results: measured }) =>
          measured.filter((result) => result.contender === contender).map((result) => [workloads, of(result)] as const),
        ),
      }),
    );
    writeFileSync(join(results, `contest-${file}.svg`), plotOf(title, unit, series));
  }
}
