/** Alerts, runbooks and dashboard are written by hand; the code says which metrics and reasons there are. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { REASONS } from "../../src/crds/v1alpha1/conditions.ts";
import { LOG_KEYS } from "../../src/observability/log-keys.ts";
import { ALERTS, PANELS, QUERIES } from "../../test/support/alerts.ts";
import { metricsIn } from "../../test/support/metrics-in.ts";
import { type MetricDescription, registeredMetrics } from "./registered-metrics.ts";

const ROOT = join(import.meta.dirname, "../..");
const HEADINGS = ["Meaning", "Impact", "Diagnosis", "Mitigation", "When to ignore it"];

const METRICS = registeredMetrics();
/** As they are scraped; `up` is Prometheus' own. */
const SERIES: ReadonlySet<string> = new Set([
  "up",
  ...METRICS.flatMap(({ name, type }) =>
    type === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  ),
]);

const pages = (): readonly string[] =>
  readdirSync(join(ROOT, "docs/runbooks")).filter((file) => file.startsWith("Palisade"));

test("every alert has a runbook, and every runbook an alert", () => {
  expect([...pages()].sort()).toEqual(ALERTS.map(({ alert }) => `${alert}.md`).sort());
  expect(new Set(ALERTS.map(({ alert }) => alert)).size).toBe(ALERTS.length);
});

test("the index of the runbooks lists the alerts in their order, with severity, summary and a reason for the threshold", () => {
  const index = readFileSync(join(ROOT, "docs/runbooks/README.md"), "utf8");
  const rows = [...index.matchAll(/^\| \[.*$/gm)].map(([row]) => row.split(" | "));
  expect(rows.map((cells) => cells.slice(0, 3))).toEqual(
    ALERTS.map(({ alert, labels, annotations }) => [`| [${alert}](${alert}.md)`, labels.severity, annotations.summary]),
  );
  for (const [, , , threshold] of rows) expect(threshold).toMatch(/\w.* \|$/);
});

test.each(ALERTS)("the runbook of $alert has every section", ({ alert, annotations }) => {
  expect(annotations.runbook_url).toBe(`RUNBOOK_BASE/${alert}.md`);
  const text = readFileSync(join(ROOT, "docs/runbooks", `${alert}.md`), "utf8");
  expect(text.split("\n")[0]).toBe(`# ${alert}`);
  expect([...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)).toEqual(HEADINGS);
  const diagnosis = text.slice(text.indexOf("## Diagnosis"), text.indexOf("## Mitigation"));
  expect(diagnosis).toMatch(/^kubectl /m);
});

test.each(ALERTS)(
  "$alert fires in a test, has a known severity, and asks for existing metrics",
  ({ alert, expr, labels }) => {
    const cases = readdirSync(join(ROOT, "test/alerts"))
      .filter((file) => file.endsWith(".yaml"))
      .map((file) => readFileSync(join(ROOT, "test/alerts", file), "utf8"))
      .join("\n");
    expect(cases).toContain(`'{alertname="${alert}"}', value: 1`);
    expect(["critical", "warning", "info"]).toContain(labels.severity);
    expect(metricsIn(expr)).not.toEqual([]);
    expect(metricsIn(expr).filter((metric) => !SERIES.has(metric))).toEqual([]);
  },
);

/** The words of a matcher like `reason=~"A|B"`. */
const reasonsIn = (expr: string): readonly string[] =>
  [...expr.matchAll(/\breason=~?"([^"]*)"/g)].flatMap(([, words = ""]) => words.split("|"));

test("every reason that an alert or a panel names exists", () => {
  const named = [...ALERTS.map(({ expr }) => expr), ...QUERIES].flatMap(reasonsIn);
  expect(named).toContain("WriteRefused");
  expect(named.filter((reason) => !(reason in REASONS))).toEqual([]);
});

/** Labels that Prometheus adds itself. */
const SCRAPED = ["job", "instance", "le"];

test("every label by which an alert or a panel groups is one of its metrics", () => {
  const unknown = [...ALERTS.map(({ expr }) => expr), ...QUERIES].flatMap((expr) => {
    const known = METRICS.filter(({ name }) => expr.includes(name)).flatMap(({ labels }) => labels);
    const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, labels = ""]) => labels.split(/, */));
    return grouped.filter((label) => ![...SCRAPED, ...known].includes(label));
  });
  expect(unknown).toEqual([]);
});

test("the dashboard asks for existing metrics, of the chosen job alone", () => {
  const asked = QUERIES.map(metricsIn);
  expect(asked.filter((metrics) => metrics.length === 0)).toEqual([]);
  expect(asked.flat().filter((metric) => !SERIES.has(metric))).toEqual([]);
  expect(QUERIES.filter((expr) => !expr.includes('job=~"$job"'))).toEqual([]);
});

test("every panel has a description, queries and a place of its own", () => {
  const drawn = PANELS.filter(({ type }) => type !== "row");
  expect(drawn.filter(({ description = "", targets = [] }) => description === "" || targets.length === 0)).toEqual([]);
  expect(new Set(PANELS.map(({ id }) => id)).size).toBe(PANELS.length);
  const cells = PANELS.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(Math.max(...PANELS.map(({ gridPos }) => gridPos.x + gridPos.w))).toBe(24);
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

test("the guide shows a log line of each level, with keys that there are", () => {
  const guide = readFileSync(join(ROOT, "docs/guides/observability.md"), "utf8");
  const lines = [...guide.matchAll(/^\{"level".*$/gm)].map(([line]) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.map((line) => line["level"])).toEqual(["error", "warn", "info", "debug"]);
  const known = new Set(["level", "time", "msg", ...Object.keys(LOG_KEYS)]);
  expect(lines.flatMap(Object.keys).filter((key) => !known.has(key))).toEqual([]);
});
