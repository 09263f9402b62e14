/** Every rendered set of values is taken by a real API server, with no field that it does not know. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { TestCluster } from "../cluster/index.ts";
import { listOf, mustKubectl } from "../cluster/kubectl.ts";
import { NAMESPACE, renderChart, VALUE_SETS } from "../support/chart.ts";
import { installPalisade, sharedCluster } from "../support/cluster.ts";
import { installCrds, removeCrds } from "../support/crds.ts";
import { HELM_VERSIONS, helmBinary } from "../support/helm.ts";

const MONITORING = ["servicemonitors", "prometheusrules"];

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await sharedCluster();
  for (const version of HELM_VERSIONS) await helmBinary(version);
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
  for (const file of MONITORING) await removeCrds(cluster, file);
  await cluster.kubectl(["delete", "serviceaccount", "palisade-check", "-n", NAMESPACE]);
});

test.each(Object.entries(VALUE_SETS))("values %s", async (_name, values) => {
  const objects = await renderChart(4, values);
  const apply = ["apply", "--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict", "-f", "-"];
  const said = await mustKubectl(cluster, apply, { input: listOf(objects) });
  expect(said.trim().split("\n")).toHaveLength(objects.length);
  expect(said).not.toContain("Warning");
});
