import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { ALERTS } from "../../src/observability/alerts.ts";
import { DASHBOARD } from "../../src/observability/dashboard.ts";
import { metricsIn } from "../../test/support/metrics-in.ts";
import { dashboardFile } from "./dashboard.ts";
import { type MetricDescription, registeredMetrics } from "./registered-metrics.ts";

const ROOT = join(import.meta.dirname, "../..");
const HEADINGS = ["Meaning", "Impact", "Diagnosis", "Mitigation", "When it is no problem"];

const METRICS = registeredMetrics();
/** As they are scraped; `up` is Prometheus' own. */
const SERIES: ReadonlySet<string> = new Set([
  "up",
  ...METRICS.flatMap(({ name, type }) =>
    type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  ),
]);

const pages = (): readonly string[] => readdirSync(join(ROOT, "docs/runbooks")).filter((file) => file !== "README.md");

test("every alert has a runbook, and every runbook an alert", () => {
  expect([...pages()].sort()).toEqual(ALERTS.map(({ name }) => `${name}.md`).sort());
  expect(new Set(ALERTS.map(({ name }) => name)).size).toBe(ALERTS.length);
});

test.each(ALERTS.map(({ name }) => name))("the runbook of %s says all that is asked of it", (name) => {
  const text = readFileSync(join(ROOT, "docs/runbooks", `${name}.md`), "utf8");
  expect(text.split("\n")[0]).toBe(`# ${name}`);
  expect([...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)).toEqual(HEADINGS);
  const diagnosis = text.slice(text.indexOf("## Diagnosis"), text.indexOf("## Mitigation"));
  expect(diagnosis).toMatch(/^kubectl /m);
});

test.each(ALERTS)("$name fires in a test, and asks for metrics that there are", ({ name, expr }) => {
  const cases = readdirSync(join(ROOT, "test/alerts"))
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => readFileSync(join(ROOT, "test/alerts", file), "utf8"))
    .join("\n");
  expect(cases).toContain(`'{alertname="${name}"}', value: 1`);
  expect(metricsIn(expr)).not.toEqual([]);
  expect(metricsIn(expr).filter((metric) => !SERIES.has(metric))).toEqual([]);
});

test("the dashboard asks for metrics that there are", () => {
  const queries = DASHBOARD.flatMap(({ panels }) => panels).flatMap(({ queries }) => queries);
  const asked = queries.map(({ expr }) => metricsIn(expr));
  expect(asked.filter((metrics) => metrics.length === 0)).toEqual([]);
  expect(asked.flat().filter((metric) => !SERIES.has(metric))).toEqual([]);
});

interface Drawn {
  readonly id: number;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

test("the panels of the dashboard have their own places", () => {
  const { panels } = JSON.parse(dashboardFile.render()) as { readonly panels: readonly Drawn[] };
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(Math.max(...panels.map(({ gridPos }) => gridPos.x + gridPos.w))).toBe(24);
});

/** prom-client's own, which count what is there now. */
const NO_COUNTERS = /^nodejs_active_(handles|requests|resources)_total$/;

test.each(METRICS)("$name is named as Prometheus asks", ({ name, type, help, labels }: MetricDescription) => {
  expect(name).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)+$/);
  if (!NO_COUNTERS.test(name)) expect(name.endsWith("_total")).toBe(type === "counter");
  expect(name).not.toMatch(/_(ms|milliseconds|minutes|hours|kb|mb)(_|$)/);
  expect(help).toMatch(/\.$/);
  for (const label of labels) expect(label).toMatch(/^(?!job$|instance$|le$|quantile$)[a-z][a-z_]*$/);
});
