/**
 * Every rendered set of values is taken by a real API server, with no field that it does not know. On a cluster of its own, which serves the kinds of
 * the Prometheus operator.
 */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startCluster, type TestCluster } from "../cluster/index.ts";
import { listOf, mustKubectl } from "../cluster/kubectl.ts";
import { NAMESPACE, renderChart, VALUE_SETS } from "../support/chart.ts";
import { installPalisade } from "../support/cluster.ts";
import { installCrds } from "../support/crds.ts";
import { helmBinary } from "../support/helm.ts";

const MONITORING = ["servicemonitors", "prometheusrules"];

let cluster: TestCluster;

beforeAll(async () => {
  await helmBinary(4);
  cluster = await startCluster();
  await installPalisade(cluster);
  for (const file of MONITORING) await installCrds(cluster, file);
  // A pod is admitted for an account that exists, and a dry run makes none.
  const account = {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "palisade-check", namespace: NAMESPACE },
  };
  await mustKubectl(cluster, ["apply", "-f", "-"], { input: JSON.stringify(account) });
}, 600_000);

afterAll(async () => {
  await cluster?.stop();
});

test.each(Object.entries(VALUE_SETS))("values %s", async (_name, values) => {
  const objects = await renderChart(4, values);
  const apply = ["apply", "--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict", "-f", "-"];
  const said = await mustKubectl(cluster, apply, { input: listOf(objects) });
  expect(said.trim().split("\n")).toHaveLength(objects.length);
  expect(said).not.toContain("Warning");
});
