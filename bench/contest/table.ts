/** The results as one table: what was measured of each, and how many times the peer's Palisade's is. */
import type { Contest, ContestResult } from "./index.ts";

interface Row {
  readonly what: string;
  readonly unit: string;
  readonly of: (result: ContestResult) => number;
}

const ROWS: readonly Row[] = [
  { what: "create until all children, p50", unit: "s", of: ({ creation }) => creation.p50Ms / 1_000 },
  { what: "create until all children, p99", unit: "s", of: ({ creation }) => creation.p99Ms / 1_000 },
  { what: "… CPU", unit: "s", of: ({ creation }) => creation.cpuSeconds },
  { what: "… reads", unit: "", of: ({ creation }) => creation.reads },
  { what: "… writes", unit: "", of: ({ creation }) => creation.writes },
  { what: "change of a spec until in the child, p50", unit: "ms", of: ({ changes }) => changes.p50Ms },
  { what: "change of a spec until in the child, p99", unit: "ms", of: ({ changes }) => changes.p99Ms },
  { what: "… CPU for each", unit: "ms", of: ({ changes }) => (1_000 * changes.cpuSeconds) / changes.count },
  { what: "… reads for each", unit: "", of: ({ changes }) => changes.reads / changes.count },
  { what: "… writes for each", unit: "", of: ({ changes }) => changes.writes / changes.count },
  { what: "… told as drift", unit: "", of: ({ changes }) => changes.toldAsDrift },
  { what: "tampering until undone, p50", unit: "ms", of: ({ tampering }) => tampering.p50Ms },
  { what: "tampering until undone, p99", unit: "ms", of: ({ tampering }) => tampering.p99Ms },
  { what: "quiet: CPU for each minute", unit: "s", of: ({ quiet }) => (60 * quiet.cpuSeconds) / quiet.seconds },
  { what: "… writes for each minute, of the Lease", unit: "", of: ({ quiet }) => (60 * quiet.writes) / quiet.seconds },
  {
    what: "storm of strangers: share of a core",
    unit: "%",
    of: ({ storm }) => (100 * storm.cpuSeconds) / storm.seconds,
  },
  { what: "… memory grown", unit: "MiB", of: ({ storm }) => storm.grownMiB },
  { what: "restart until in sync", unit: "s", of: ({ restart }) => restart.seconds },
  { what: "… CPU", unit: "s", of: ({ restart }) => restart.cpuSeconds },
  { what: "RSS without a workload", unit: "MiB", of: ({ memory }) => memory.empty },
  { what: "RSS with all of them", unit: "MiB", of: ({ memory }) => memory.steady },
  { what: "RSS at most", unit: "MiB", of: ({ memory }) => memory.peak },
];

/** Lines of text, aligned. */
export function tableOf({ workloads, floor, results }: Contest): readonly string[] {
  const peer = results.find(({ contender }) => contender === "controller-runtime");
  const palisade = results.find(({ contender }) => contender === "palisade");
  if (peer === undefined || palisade === undefined) throw new Error("one of the two was not measured");
  const heading = line(`${workloads} workloads`, "controller-runtime", "Palisade", "ratio");
  const rows = ROWS.map(({ what, unit, of }) => {
    const [theirs, ours] = [of(peer), of(palisade)];
    const ratio = theirs > 0 ? (ours / theirs).toFixed(2) : "";
    return line(what, `${rounded(theirs)} ${unit}`, `${rounded(ours)} ${unit}`, ratio);
  });
  const raw = ([peer, palisade] as const).map(({ creation }) => [
    creation.p50Ms / floor.p50Ms,
    creation.p99Ms / floor.p99Ms,
  ]);
  const [[theirP50 = 0, theirP99 = 0] = [], [ourP50 = 0, ourP99 = 0] = []] = raw;
  return [
    heading,
    line("create: times the same objects raw, p50", theirP50.toFixed(2), ourP50.toFixed(2), ""),
    line("create: times the same objects raw, p99", theirP99.toFixed(2), ourP99.toFixed(2), ""),
    ...rows,
  ];
}

const line = (what: string, theirs: string, ours: string, ratio: string): string =>
  `${what.padEnd(42)}${theirs.padStart(20)}${ours.padStart(20)}${ratio.padStart(8)}`;

const rounded = (value: number): string =>
  value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
