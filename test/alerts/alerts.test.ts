import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "@jest/globals";
import { stringify } from "yaml";
import { registryOfAll } from "../../scripts/generators/registered-metrics.ts";
import { QUERIES } from "../support/alerts.ts";
import { type Promtool, promtool } from "./promtool.ts";

const ALERTS = join(import.meta.dirname, "../../charts/palisade/files/alerts.yaml");
const CASES = readdirSync(import.meta.dirname).filter((file) => file.endsWith(".yaml"));

let run: Promtool;

beforeAll(async () => {
  run = await promtool();
}, 600_000);

test("Prometheus takes the rules", () => {
  const { ok, output } = run(["check", "rules", "--lint=all", "--lint-fatal", ALERTS]);
  expect(output).toContain("SUCCESS");
  expect(ok).toBe(true);
});

test.each(CASES)("alerts fire, and stay quiet, as %s says", (file) => {
  const { ok, output } = run(["test", "rules", join(import.meta.dirname, file)]);
  expect({ ok, output }).toEqual({ ok: true, output: expect.stringContaining("SUCCESS") });
});

test("a case that is not so is found", () => {
  const quiet = readFileSync(join(import.meta.dirname, "availability.yaml"), "utf8");
  const wrong = quiet
    .replace("../../charts/palisade/files/alerts.yaml", ALERTS)
    .replaceAll(/exp_samples: \[\{[^\]]*\]/g, "exp_samples: []");
  expect(wrong).not.toContain("{alertname=");
  const file = join(mkdtempSync(join(tmpdir(), "palisade-alerts-")), "wrong.yaml");
  writeFileSync(file, wrong);
  const { ok, output } = run(["test", "rules", file]);
  expect(ok).toBe(false);
  expect(output).toContain("PalisadeNoLeader");
});

/** As recording rules, which promtool parses; Grafana's variables as it would put them in. */
test("Prometheus understands every query of the dashboard", () => {
  const rules = QUERIES.map((expr, index) => ({
    record: `panel:query${index}`,
    expr: expr.replaceAll("$__rate_interval", "5m").replaceAll("$job", ".+"),
  }));
  const { ok, output } = run(["check", "rules"], stringify({ groups: [{ name: "dashboard", rules }] }));
  expect({ ok, output }).toEqual({ ok: true, output: expect.stringContaining(`${QUERIES.length} rules found`) });
});

/** prom-client's own metrics are not ours to name. */
test("Prometheus finds nothing to say about our metrics", async () => {
  const registry = registryOfAll();
  for (const { name } of registry.getMetricsAsArray()) {
    if (/^(process|nodejs)_/.test(name)) registry.removeSingleMetric(name);
  }
  expect(run(["check", "metrics"], await registry.metrics())).toEqual({ ok: true, output: "" });
});
