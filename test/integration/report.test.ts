/** `palisade report` on a cluster that Palisade holds, with the rights of an administrator and of somebody who has few. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, jest, test } from "@jest/globals";
import { SEVERITIES } from "../../src/audit/severity.ts";
import { ANSWERS } from "../../src/commands/answer-schemas.ts";
import { SECURE_WORKLOAD } from "../../src/crds/group.ts";
import { until } from "../cluster/index.ts";
import { kubectl } from "../support/cluster.ts";
import { typePalisade } from "../support/palisade-command.ts";
import { usePalisade } from "../support/use-palisade.ts";

jest.setTimeout(240_000);

const { cluster, client } = usePalisade({ namespaces: ["shop"] });
const folder = mkdtempSync(join(tmpdir(), "palisade-report-"));
afterAll(() => rmSync(folder, { recursive: true }));

const workload = (name: string): object => ({
  apiVersion: "palisade.dev/v1alpha1",
  kind: "SecureWorkload",
  metadata: { name, namespace: "shop" },
  spec: { image: `registry.example.com/shop/${name}:1.4.2`, ports: [{ name: "http", port: 8080 }] },
});

test("names what Palisade holds and corrected, and carries the numbers that it shows", async () => {
  await client.create(SECURE_WORKLOAD, workload("web") as never);
  const names = (): Promise<string> =>
    kubectl(cluster, ["get", "deployment", "web", "-n", "shop", "--ignore-not-found", "-o", "name"]);
  await until(async () => (await names()) !== "", "the Deployment web");
  await kubectl(cluster, ["scale", "deployment", "web", "-n", "shop", "--replicas=7"]);
  const file = join(folder, "report.html");
  const json = () => typePalisade(cluster, ["report", "-o", "json"]);
  const told = async (): Promise<number> =>
    ANSWERS.Report.parse(JSON.parse((await json()).stdout)).holds.corrections.total;
  await until(async () => (await told()) > 0, "the correction");
  const answer = ANSWERS.Report.parse(JSON.parse((await json()).stdout));
  expect(answer.holds.workloads.map((one) => one.workload)).toEqual(["shop/web"]);
  expect(answer.holds.corrections.latest[0]).toMatchObject({ workload: "shop/web", object: "Deployment/web" });
  expect(answer.holds.namespaces.map(({ name }) => name)).toContain("shop");
  const { stdout } = await typePalisade(cluster, ["report", file]);
  expect(stdout).toContain(`written to ${file}`);
  const html = readFileSync(file, "utf8");
  expect(html).toContain("Deployment/web");
  for (const severity of SEVERITIES) {
    const own = answer.audit.findings.filter((finding) => finding.severity === severity).length;
    expect(html).toContain(`data-count="${severity}"><span class="number">${own}</span>`);
  }
});

test("says what the caller may not read, and reports on the rest", async () => {
  const { code, stdout } = await typePalisade(cluster, ["report", "-n", "shop", "-o", "json"], "alice");
  expect(code).toBe(1);
  const { holds, audit } = ANSWERS.Report.parse(JSON.parse(stdout));
  expect(holds.unread.map(({ what }) => what)).toContain("securityexceptions.palisade.dev");
  expect(audit.unread.length).toBeGreaterThan(0);
});
