/** A table of cells that the arrow keys move in, as the grid pattern of ARIA has it. Only a window of it is drawn. */
import { button, element } from "./elements.ts";

/** How many rows and columns are drawn at once. */
const WINDOW = 40;

export interface Cell {
  readonly className: string;
  readonly text: string;
  /** What a screen reader says. */
  readonly label: string;
}

export interface Grid {
  readonly label: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** Undefined where there is nothing to say, as from a workload to itself. */
  readonly cellOf: (row: number, column: number) => Cell | undefined;
  readonly open: (row: number, column: number) => void;
}

interface Corner {
  readonly row: number;
  readonly column: number;
}

/** Draws into `place`, and again whenever the window moves. */
export function drawGrid(place: HTMLElement, grid: Grid, corner: Corner = { row: 0, column: 0 }): void {
  const rows = windowOf(grid.rows, corner.row);
  const columns = windowOf(grid.columns, corner.column);
  const table = element("table", {
    role: "grid",
    "aria-label": grid.label,
    "aria-rowcount": String(grid.rows.length + 1),
    "aria-colcount": String(grid.columns.length + 1),
  });
  table.append(headOf(grid, columns), bodyOf(grid, rows, columns));
  listen(table, grid);
  const frame = element("div", { class: "grid" }, table);
  place.replaceChildren(...stepsOf(place, grid, corner), frame);
  const [first] = table.querySelectorAll("td");
  first?.setAttribute("tabindex", "0");
}

const windowOf = (names: readonly string[], from: number): readonly number[] =>
  names.slice(from, from + WINDOW).map((_, at) => from + at);

function headOf({ columns: names }: Grid, columns: readonly number[]): HTMLElement {
  const cells = columns.map((column) =>
    element(
      "th",
      { scope: "col", role: "columnheader", title: names[column] ?? "", "aria-colindex": String(column + 2) },
      element("span", {}, names[column] ?? ""),
    ),
  );
  const corner = element("th", { scope: "col", role: "columnheader" }, "from \\ to");
  return element("thead", {}, element("tr", { role: "row", "aria-rowindex": "1" }, corner, ...cells));
}

function bodyOf(grid: Grid, rows: readonly number[], columns: readonly number[]): HTMLElement {
  return element(
    "tbody",
    {},
    ...rows.map((row) =>
      element(
        "tr",
        { role: "row", "aria-rowindex": String(row + 2) },
        element("th", { scope: "row", role: "rowheader", title: grid.rows[row] ?? "" }, grid.rows[row] ?? ""),
        ...columns.map((column) => cellOf(grid, row, column)),
      ),
    ),
  );
}

function cellOf(grid: Grid, row: number, column: number): HTMLElement {
  const cell = grid.cellOf(row, column);
  return element(
    "td",
    {
      role: "gridcell",
      tabindex: "-1",
      "aria-colindex": String(column + 2),
      "data-row": String(row),
      "data-column": String(column),
      class: cell?.className ?? "self",
      "aria-label": cell?.label ?? "the same workload",
    },
    cell?.text ?? "",
  );
}

const MOVES: Readonly<Record<string, readonly [rows: number, columns: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  Home: [0, -WINDOW],
  End: [0, WINDOW],
  PageUp: [-WINDOW, 0],
  PageDown: [WINDOW, 0],
};

function listen(table: HTMLTableElement, grid: Grid): void {
  table.addEventListener("click", ({ target }) => {
    const cell = cellAt(target);
    if (cell !== undefined) activate(table, cell, grid);
  });
  table.addEventListener("keydown", (event) => {
    const cell = cellAt(event.target);
    if (cell === undefined) return;
    if (event.key === "Enter" || event.key === " ") activate(table, cell, grid);
    else if (MOVES[event.key] === undefined) return;
    else move(table, cell, MOVES[event.key] ?? [0, 0]);
    event.preventDefault();
  });
}

function cellAt(target: EventTarget | null): HTMLTableCellElement | undefined {
  const cell = target instanceof Element ? target.closest("td") : null;
  return cell ?? undefined;
}

function activate(table: HTMLTableElement, cell: HTMLTableCellElement, { open }: Grid): void {
  focus(table, cell);
  if (cell.className === "self") return;
  for (const other of table.querySelectorAll("[aria-selected]")) other.removeAttribute("aria-selected");
  cell.setAttribute("aria-selected", "true");
  open(Number(cell.dataset["row"]), Number(cell.dataset["column"]));
}

function move(table: HTMLTableElement, cell: HTMLTableCellElement, [rows, columns]: readonly [number, number]): void {
  const body = table.tBodies[0];
  const row = cell.parentElement;
  if (body === undefined || !(row instanceof HTMLTableRowElement)) return;
  const within = (at: number, length: number): number => Math.min(Math.max(at, 0), length - 1);
  const target = body.rows[within(row.sectionRowIndex + rows, body.rows.length)];
  const next = target?.cells[within(cell.cellIndex - 1 + columns, target.cells.length - 1) + 1];
  if (next !== undefined) focus(table, next);
}

function focus(table: HTMLTableElement, cell: HTMLTableCellElement): void {
  table.querySelector("[tabindex='0']")?.setAttribute("tabindex", "-1");
  cell.setAttribute("tabindex", "0");
  cell.focus();
}

/** Nothing where all of it is in the window. */
function stepsOf(place: HTMLElement, grid: Grid, { row, column }: Corner): readonly HTMLElement[] {
  const step = (name: string, count: number, at: number, to: (from: number) => Corner): readonly HTMLElement[] =>
    count <= WINDOW
      ? []
      : [
          button(`previous ${name}`, () => drawGrid(place, grid, to(Math.max(0, at - WINDOW))), at === 0),
          element("span", {}, `${name} ${at + 1} to ${Math.min(at + WINDOW, count)} of ${count}`),
          button(`next ${name}`, () => drawGrid(place, grid, to(at + WINDOW)), at + WINDOW >= count),
        ];
  const tools = [
    ...step("rows", grid.rows.length, row, (from) => ({ row: from, column })),
    ...step("columns", grid.columns.length, column, (from) => ({ row, column: from })),
  ];
  return tools.length === 0 ? [] : [element("div", { class: "tools window" }, ...tools)];
}
