/** Draws a figure over the number of workloads, for both contenders: an SVG that needs no script and no font of its own. */

export interface Series {
  readonly name: string;
  readonly color: string;
  readonly points: readonly (readonly [workloads: number, value: number])[];
}

const WIDTH = 640;
const HEIGHT = 320;
const LEFT = 64;
const RIGHT = 16;
const TOP = 40;
const BOTTOM = 44;
const TICKS = 5;

/** Both axes begin at their least; that of the workloads is logarithmic. */
export function plotOf(title: string, unit: string, series: readonly Series[]): string {
  const all = series.flatMap(({ points }) => points);
  const sizes = [...new Set(all.map(([workloads]) => workloads))].sort((a, b) => a - b);
  const top = ceiling(Math.max(...all.map(([, value]) => value)));
  const [least = 1, most = 1] = [sizes[0], sizes.at(-1)];
  const span = Math.log(most / least) || 1;
  const x = (workloads: number): number => LEFT + (Math.log(workloads / least) / span) * (WIDTH - LEFT - RIGHT);
  const y = (value: number): number => HEIGHT - BOTTOM - (value / top) * (HEIGHT - TOP - BOTTOM);
  const marks = Array.from({ length: TICKS + 1 }, (_, index) => (top * index) / TICKS);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="20" font-size="14">${title}</text>`,
    ...marks.map(
      (mark) =>
        `<path d="M${LEFT} ${at(y(mark))}H${WIDTH - RIGHT}" stroke="#dddddd"/><text x="${LEFT - 8}" y="${at(y(mark) + 4)}" text-anchor="end">${Number(mark.toPrecision(3))}</text>`,
    ),
    ...sizes.map(
      (size) =>
        `<text x="${at(x(size))}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${size.toLocaleString("en-US")}</text>`,
    ),
    `<text x="${WIDTH - RIGHT}" y="${HEIGHT - 8}" text-anchor="end">workloads; ${unit}</text>`,
    ...series.flatMap(({ name, color, points }, index) => [
      `<polyline fill="none" stroke="${color}" stroke-width="2" points="${points.map(([size, value]) => `${at(x(size))},${at(y(value))}`).join(" ")}"/>`,
      ...points.map(([size, value]) => `<circle cx="${at(x(size))}" cy="${at(y(value))}" r="3" fill="${color}"/>`),
      `<text x="${LEFT + 8 + index * 160}" y="${TOP + 8}" fill="${color}">${name}</text>`,
    ]),
    "</svg>",
    "",
  ].join("\n");
}

const at = (value: number): string => value.toFixed(1);

/** The next number of one, two or five and noughts. */
function ceiling(value: number): number {
  if (value <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10) * power;
}
