/** The matrix of who reaches whom: namespaces first, then the workloads of one cell, then the evidence of one pair. */
import { type Counts, Pairs, type ReachMatrix, type State } from "../pairs.ts";
import { button, dataOf, element } from "./elements.ts";
import { showNamespaces, showPair } from "./evidence.ts";
import { type Cell, drawGrid } from "./grid.ts";
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
    rows: asked.map((at) => matrix.namespaces[at] ?? ""),
    columns: asked.map((at) => matrix.namespaces[at] ?? ""),
    cellOf: (row, column) => cellOfCounts(view, asked[row] ?? 0, asked[column] ?? 0),
    open: (row, column) => {
      const [from, to] = [asked[row] ?? 0, asked[column] ?? 0];
      showNamespaces(view, { from, to, expand: () => drawWorkloads(view, from, to) });
    },
  });
}

/** A single workload has no pair in its own namespace. */
function cellOfCounts({ matrix }: View, from: number, to: number): Cell | undefined {
  const counts = matrix.counts[from]?.[to];
  if (counts === undefined || counts.open + counts.declared + counts.closed === 0) return undefined;
  const state = worstOf(counts);
  const text = state === "closed" ? "–" : `${state === "open" ? counts.open : counts.declared}`;
  const label = `from ${matrix.namespaces[from]} to ${matrix.namespaces[to]}: ${countsText(counts)}`;
  return { className: state, text, label };
}

const worstOf = ({ open, declared }: Counts): State => (open > 0 ? "open" : declared > 0 ? "declared" : "closed");

const SIGNS: Readonly<Record<State, string>> = { open: "o", declared: "d", closed: "–" };

function drawWorkloads(view: View, from: number, to: number): void {
  const { matrix, grid, tools, evidence, pairs, inNamespace } = view;
  evidence.hidden = true;
  const [rows, columns] = [inNamespace[from] ?? [], inNamespace[to] ?? []];
  const nameOf = (at: number | undefined): string => shortName(matrix.workloads[at ?? -1]?.id ?? "");
  const back = button("back to namespaces", () => {
    drawNamespaces(view, "");
    grid.querySelector<HTMLElement>("[tabindex='0']")?.focus();
  });
  tools.replaceChildren(back, `Workloads of ${matrix.namespaces[from]} to workloads of ${matrix.namespaces[to]}`);
  drawGrid(grid, {
    label: `reach from workloads of ${matrix.namespaces[from]} to those of ${matrix.namespaces[to]}`,
    rows: rows.map(nameOf),
    columns: columns.map(nameOf),
    cellOf: (row, column) => {
      const [source, destination] = [rows[row] ?? 0, columns[column] ?? 0];
      if (source === destination) return undefined;
      const state = pairs.worst(source, destination);
      const label = `from ${nameOf(source)} to ${nameOf(destination)}: ${state}`;
      return { className: state, text: SIGNS[state], label };
    },
    open: (row, column) => showPair(view, rows[row] ?? 0, columns[column] ?? 0),
  });
  grid.querySelector<HTMLElement>("[tabindex='0']")?.focus();
}

/** `Kind/name`. */
const shortName = (id: string): string => {
  const [kind = "", , name = ""] = id.split("/");
  return `${kind}/${name}`;
};
