/** The page and the rows for people. Pure. */
import { printable } from "../print.ts";
import type { CorrectionEntry, Page, Pod, Row, Trouble, Way } from "./model.ts";
import { NOT_SEEN } from "./troubles.ts";

type Cells = readonly string[];

/** How many pods a page lists. */
const MAX_PODS = 20;

export function pageText(page: Page): string {
  const parts = [
    headOf(page),
    section("trouble", page.troubles.flatMap(troubleLines)),
    section(
      "not read",
      page.unread.map(({ what, message }) => `${what}: ${message}`),
    ),
    section("children", aligned(page.children.map(({ kind, name, standing }) => [`${kind}/${name}`, standing]))),
    podsPart(page),
    section("access", accessLines(page)),
    section("rights", rightsLines(page.rights)),
    section("exceptions", page.exceptions.map(exceptionLine)),
    correctionsPart(page.corrections),
    section("added to pods by the cluster", mutationLines(page)),
    section("unusual", page.unusual),
    section("hardening", hardeningLines(page)),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

export function rowsText(rows: readonly Row[], hasNamespaces: boolean): string {
  if (rows.length === 0) return "";
  const head = ["NAME", "READY", "REASON", "ACCESS", "PODS", "EXCEPTIONS", "CORRECTIONS", "TROUBLE"];
  const cells = rows.map((row) => [...(hasNamespaces ? [row.namespace] : []), ...rowCells(row)]);
  return aligned([[...(hasNamespaces ? ["NAMESPACE"] : []), ...head], ...cells]).join("\n");
}

const rowCells = (row: Row): Cells => [
  row.name,
  row.ready,
  reasonWord(row),
  accessWord(row),
  `${row.podsReady}/${row.podsWanted}`,
  String(row.exceptions),
  String(row.corrections),
  row.troubles.length === 0 ? "-" : row.troubles.join(","),
];

/** What was said of an earlier spec is not the whole of it. */
const reasonWord = ({ reason, isSeen }: Row): string =>
  isSeen || reason === NOT_SEEN ? reason : `${reason},${NOT_SEEN}`;

function accessWord({ access, missing }: Row): string {
  if (missing > 0) return `${missing} missing`;
  return access === "True" ? "agreed" : "unknown";
}

/** Every line is shown as it is: what comes from the cluster moves no cursor. */
const section = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? "" : [title, ...lines.map((line) => `  ${printable(line)}`)].join("\n");

export function aligned(rows: readonly Cells[]): readonly string[] {
  const widths = rows.reduce<readonly number[]>(
    (known, cells) => cells.map((cell, column) => Math.max(known[column] ?? 0, cell.length)),
    [],
  );
  return rows.map((cells) =>
    printable(cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")).trimEnd(),
  );
}

function headOf({ workload, type, image, digest, ready, generation, observedGeneration }: Page): string {
  const [namespace, name] = workload.split("/");
  const seen =
    observedGeneration >= generation
      ? `generation ${generation}, seen by the operator`
      : `generation ${generation}, not seen by the operator yet (last seen: ${observedGeneration})`;
  const running = digest === undefined ? image : `${image} (${digest})`;
  return section(`SecureWorkload ${name} in namespace ${namespace}`, [
    `Ready is ${ready.status}: ${ready.reason}: ${ready.message}`,
    `${type}, ${running}`,
    seen,
  ]);
}

/** A message ends with what to do; `palisade explain` and the runbook say more. */
const troubleLines = ({ condition, status, reason, message, meaning, next, runbook }: Trouble): readonly string[] => [
  `${condition} is ${status}: ${reason}`,
  `  ${message}`,
  ...(meaning === undefined ? [] : [`  meaning: ${meaning}`]),
  `  type: ${next}`,
  ...(runbook === undefined ? [] : [`  for the platform team: ${runbook}`]),
];

function podsPart({ pods: { ready, wanted, items } }: Page): string {
  const shown = items.slice(0, MAX_PODS);
  const table = aligned(shown.map(podCells));
  const lines = table.flatMap((line, index) => {
    const { why, next } = shown[index] ?? {};
    return why === undefined ? [line] : [line, `  ${why}`, ...(next === undefined ? [] : [`  type: ${next}`])];
  });
  const more = items.length > shown.length ? [`and ${items.length - shown.length} more`] : [];
  return section("pods", [`${ready} of ${wanted} ready`, ...lines, ...more]);
}

const podCells = ({ name, phase, ready, containers, restarts }: Pod): Cells => [
  name,
  phase,
  `${ready}/${containers} containers ready`,
  `${restarts} restarts`,
];

function accessLines({ access: { ways, exposed } }: Page): readonly string[] {
  return [
    ...aligned(ways.map(wayCells)),
    ...exposed.map(
      ({ host, path, isGranted }) => `exposed at ${host}${path}: ${isGranted ? "granted" : "not granted"}`,
    ),
  ];
}

const wayCells = ({ direction, peer, port, state, note }: Way): Cells => [
  direction === "inbound" ? "from" : "to",
  peer,
  port ?? "every port",
  note === undefined ? state : `${state}: ${note}`,
];

function rightsLines({ declared, match, message }: Page["rights"]): readonly string[] {
  const lines = declared.length === 0 ? ["none in the Kubernetes API"] : declared;
  return [...lines, `RightsMatch is ${match}: ${message}`];
}

function exceptionLine({ name, lifts, user, expires, leftSeconds }: Page["exceptions"][number]): string {
  const what = [
    ...(lifts.length === 0 ? [] : [`lifts ${lifts.join(", ")}`]),
    ...(user === undefined ? [] : [`lets ${user} enter the pods`]),
  ].join(" and ");
  const left = leftSeconds === 0 ? "has ended; its pods are still to be replaced" : `${lasting(leftSeconds)} left`;
  return `${name} ${what} until ${expires} (${left})`;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** In the two largest units. */
export function lasting(seconds: number): string {
  if (seconds < MINUTE) return "less than a minute";
  const units = [
    [DAY, "d"],
    [HOUR, "h"],
    [MINUTE, "m"],
  ] as const;
  const counts = units.map(([size, unit], index) => {
    const within = index === 0 ? seconds : seconds % (units[index - 1]?.[0] ?? seconds);
    return { count: Math.floor(within / size), unit };
  });
  const first = counts.findIndex(({ count }) => count > 0);
  return counts
    .slice(first, first + 2)
    .filter(({ count }) => count > 0)
    .map(({ count, unit }) => `${count}${unit}`)
    .join(" ");
}

function correctionsPart({ total, latest }: Page["corrections"]): string {
  if (total === 0 && latest.length === 0) return "";
  return section("corrections", [`${total} since the workload was created`, ...latest.map(correctionLine)]);
}

function correctionLine({ time, times, action, object, fields, case: driftCase, by }: CorrectionEntry): string {
  const where = fields.length === 0 ? "" : `: ${fields.join(", ")}`;
  const which = driftCase === undefined ? "" : ` (drift case ${driftCase})`;
  const often = times === 1 ? "" : `, ${times} times`;
  return `${time} ${action} ${object}${where}${which}; ${by ?? "field manager unknown"}${often}`;
}

const mutationLines = ({ podMutations }: Page): readonly string[] =>
  podMutations === undefined
    ? []
    : [podMutations.fields.join(", "), `possible sources: ${podMutations.by.join(", ") || "unknown"}`];

/** The amounts are Palisade's own; the rest of the summary is in the data. */
const hardeningLines = ({ hardening }: Page): readonly string[] =>
  hardening === undefined
    ? []
    : [
        `${hardening.rules} rules hold for every pod`,
        ...hardening.summary.filter((line) => /^(amounts by default|lifted by exception)/.test(line)),
      ];
