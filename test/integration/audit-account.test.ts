/** The account of the chart's CronJob on an API server: it may read all that an audit reads. That it may do nothing else, the test of the chart says. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, jest, test } from "@jest/globals";
import { auditRbacObjects } from "../../scripts/generators/rbac.ts";
import { ANSWERS } from "../../src/commands/answer-schemas.ts";
import { kubectl } from "../support/cluster.ts";
import { useCluster } from "../support/use-palisade.ts";

jest.setTimeout(180_000);

const NAMESPACE = "scheduled-audit";
const { cluster } = useCluster({ state: "bare", namespaces: [NAMESPACE] });

beforeAll(async () => {
  const items = auditRbacObjects(NAMESPACE);
  await kubectl(cluster, ["apply", "-f", "-"], { input: { apiVersion: "v1", kind: "List", items } });
});

afterAll(async () => {
  await kubectl(cluster, ["delete", "clusterrole,clusterrolebinding", "palisade-audit", "--ignore-not-found"]);
});

test("an audit under it reads everything", async () => {
  const kubeconfig = await cluster.serviceAccountKubeconfig(NAMESPACE, "palisade-audit");
  const main = join(import.meta.dirname, "../../src/main.ts");
  const words = [main, "audit", "--kubeconfig", kubeconfig, "-o", "json"];
  const { stdout } = await promisify(execFile)(process.execPath, words).catch(
    (error: { readonly stdout: string }) => error,
  );
  const { unread, objects, findings } = ANSWERS.Audit.parse(JSON.parse(stdout));
  expect(unread).toEqual([]);
  expect(objects).toBeGreaterThan(50);
  // Its own rights are none that an attacker would want.
  expect(findings.flatMap(({ members }) => members).filter(({ object }) => object.includes("palisade-audit"))).toEqual(
    [],
  );
});
