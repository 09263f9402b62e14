/** A reachability matrix as people read it, and as a difference shows it. */
import type { Flow } from "./policy-evaluator.ts";
import { nameOf } from "./reachability.ts";

const LEGEND = `Rows connect to columns: + open, . closed, - no policy's matter.
A workload's own column is another pod of it. A pod's own node always reaches it, whatever stands here for "node".
`;

/** One line for each destination port, then one for each source, in the order of the flows. */
export function matrixText(flows: readonly Flow[]): string {
  const sources = distinct(flows.map(({ source }) => nameOf(source)));
  const width = Math.max(...sources.map(({ length }) => length));
  const columns = distinct(flows.map(columnOf));
  const numbers = columns.map((_, index) => String(index + 1).padStart(3)).join("");
  const legend = columns.map((column, index) => `${String(index + 1).padStart(3)}  ${column}\n`).join("");
  const rows = sources.map((source) => {
    const marks = flows.filter((flow) => nameOf(flow.source) === source).map(({ mark }) => shown(mark));
    return `${source.padEnd(width)}${marks.map((mark) => mark.padStart(3)).join("")}\n`;
  });
  return `${LEGEND}\n${legend}\n${"".padEnd(width)}${numbers}\n${rows.join("")}`;
}

const columnOf = ({ destination, port }: Flow): string => `${nameOf(destination)}:${port.port}/${port.protocol}`;

/** Half open is closed. */
const shown = (mark: Flow["mark"]): string => (mark === "<" || mark === ">" ? "." : mark);

const distinct = (names: readonly string[]): readonly string[] => [...new Set(names)];
