/** The matrix of who reaches whom: namespaces first, then the workloads of one cell, then the evidence of one pair. */
import { type Counts, internetState, Pairs, type ReachMatrix, type State } from "../pairs.ts";
import { button, dataOf, element } from "./elements.ts";
import { showNamespaces, showPair } from "./evidence.ts";
import { type Cell, drawGrid } from "./grid.ts";
import { countsFromInternet, showFromInternet, showNamespaceFromInternet, THE_INTERNET } from "./internet.ts";
import { countsText, type View } from "./view.ts";

export function startMatrix(): void {
  const place = document.getElementById("matrix");
  if (place === null) return;
  // Reading it takes a moment where there are thousands: nobody waits for it who does not look.
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
    observer.disconnect();
    start(place);
  });
  observer.observe(place);
  window.addEventListener("beforeprint", () => {
    observer.disconnect();
    if (place.childElementCount === 0) start(place);
  });
}

function start(place: HTMLElement): void {
  const matrix = dataOf<ReachMatrix>("matrix-data");
  if (matrix === undefined) return;
  const [tools, grid] = [element("div", { class: "tools" }), element("div")];
  const evidence = element("div", { id: "evidence", role: "region", "aria-label": "evidence", tabindex: "-1" });
  evidence.hidden = true;
  place.append(tools, grid, evidence);
  const inNamespace = matrix.namespaces.map((_, namespace) =>
    matrix.workloads.flatMap((one, at) => (one.namespace === namespace ? [at] : [])),
  );
  drawNamespaces({ matrix, pairs: new Pairs(matrix), inNamespace, tools, grid, evidence }, "");
}

/** Of namespaces whose name holds `text`. */
function drawNamespaces(view: View, text: string): void {
  const { matrix, grid, tools, evidence } = view;
  evidence.hidden = true;
  const asked = [...matrix.namespaces.keys()].filter((at) => (matrix.namespaces[at] ?? "").includes(text));
  const search = element("input", { type: "search", value: text, "aria-label": "namespaces that contain" });
  search.addEventListener("change", () => drawNamespaces(view, search.value.trim()));
  tools.replaceChildren("Namespaces that contain ", search);
  drawGrid(grid, {
    label: "reach from namespace to namespace",
    rows: [THE_INTERNET, ...asked.map((at) => matrix.namespaces[at] ?? "")],
    columns: asked.map((at) => matrix.namespaces[at] ?? ""),
    cellOf: (row, column) => {
      const to = asked[column] ?? 0;
      return row === 0
        ? cellOfCounts(view, [THE_INTERNET, to], countsFromInternet(view, to))
        : cellOfCounts(view, [matrix.namespaces[asked[row - 1] ?? -1], to], matrix.counts[asked[row - 1] ?? -1]?.[to]);
    },
    open: (row, column) => {
      const [source, to] = [asked[row - 1], asked[column] ?? 0];
      if (source === undefined) showNamespaceFromInternet(view, to, () => drawFromInternet(view, to));
      else showNamespaces(view, { from: source, to, expand: () => drawWorkloads(view, source, to) });
    },
  });
}

/** A single workload has no pair in its own namespace. */
function cellOfCounts(
  { matrix }: View,
  [from, to]: readonly [string | undefined, number],
  counts: Counts | undefined,
): Cell | undefined {
  if (counts === undefined || counts.open + counts.declared + counts.closed === 0) return undefined;
  const state = worstOf(counts);
  const text = state === "closed" ? "–" : `${state === "open" ? counts.open : counts.declared}`;
  return { className: state, text, label: `from ${from} to ${matrix.namespaces[to]}: ${countsText(counts)}` };
}

const worstOf = ({ open, declared }: Counts): State => (open > 0 ? "open" : declared > 0 ? "declared" : "closed");

const SIGNS: Readonly<Record<State, string>> = { open: "o", declared: "d", closed: "–" };

function drawWorkloads(view: View, from: number, to: number): void {
  const { matrix, pairs, inNamespace } = view;
  const [rows, columns] = [inNamespace[from] ?? [], inNamespace[to] ?? []];
  drawPairs(view, {
    words: `Workloads of ${matrix.namespaces[from]} to workloads of ${matrix.namespaces[to]}`,
    label: `reach from workloads of ${matrix.namespaces[from]} to those of ${matrix.namespaces[to]}`,
    rows: rows.map((at) => nameIn(view, at)),
    columns,
    stateOf: (row, at) => (rows[row] === at ? undefined : pairs.worst(rows[row] ?? 0, at)),
    open: (row, at) => showPair(view, rows[row] ?? 0, at),
  });
}

function drawFromInternet(view: View, to: number): void {
  const { matrix, inNamespace } = view;
  drawPairs(view, {
    words: `${THE_INTERNET} to workloads of ${matrix.namespaces[to]}`,
    label: `reach from ${THE_INTERNET} to workloads of ${matrix.namespaces[to]}`,
    rows: [THE_INTERNET],
    columns: inNamespace[to] ?? [],
    stateOf: (_, at) => internetState(matrix.internet[at]),
    open: (_, at) => showFromInternet(view, at),
  });
}

interface PairGrid {
  readonly words: string;
  readonly label: string;
  readonly rows: readonly string[];
  /** Positions of workloads. */
  readonly columns: readonly number[];
  /** Undefined from a workload to itself. */
  readonly stateOf: (row: number, at: number) => State | undefined;
  readonly open: (row: number, at: number) => void;
}

function drawPairs(view: View, { words, label, rows, columns, stateOf, open }: PairGrid): void {
  const { grid, tools, evidence } = view;
  evidence.hidden = true;
  const back = button("back to namespaces", () => {
    drawNamespaces(view, "");
    grid.querySelector<HTMLElement>("[tabindex='0']")?.focus();
  });
  tools.replaceChildren(back, words);
  drawGrid(grid, {
    label,
    rows,
    columns: columns.map((at) => nameIn(view, at)),
    cellOf: (row, column) => {
      const at = columns[column] ?? 0;
      const state = stateOf(row, at);
      if (state === undefined) return undefined;
      return { className: state, text: SIGNS[state], label: `from ${rows[row]} to ${nameIn(view, at)}: ${state}` };
    },
    open: (row, column) => open(row, columns[column] ?? 0),
  });
  grid.querySelector<HTMLElement>("[tabindex='0']")?.focus();
}

const nameIn = ({ matrix }: View, at: number): string => shortName(matrix.workloads[at]?.id ?? "");

/** `Kind/name`. */
const shortName = (id: string): string => {
  const [kind = "", , name = ""] = id.split("/");
  return `${kind}/${name}`;
};
