/**
 * Every rendered set of values is taken by a real API server, with no field that it does not know. On a cluster of its own, which serves the kinds of
 * the Prometheus operator.
 */
import { beforeAll, expect, test } from "@jest/globals";
import { listOf, mustKubectl } from "../cluster/kubectl.ts";
import { NAMESPACE, renderChart, VALUE_SETS } from "../support/chart.ts";
import { helmBinary } from "../support/helm.ts";
import { useCluster } from "../support/use-palisade.ts";

const { cluster } = useCluster({ crds: ["servicemonitors", "prometheusrules"] });

beforeAll(async () => {
  await helmBinary(4);
  // A pod is admitted for an account that exists, and a dry run makes none.
  const account = {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "palisade-check", namespace: NAMESPACE },
  };
  await mustKubectl(cluster, ["apply", "-f", "-"], { input: JSON.stringify(account) });
}, 600_000);

test.each(Object.entries(VALUE_SETS))("values %s", async (_name, values) => {
  const objects = await renderChart(4, values);
  const apply = ["apply", "--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict", "-f", "-"];
  const said = await mustKubectl(cluster, apply, { input: listOf(objects) });
  expect(said.trim().split("\n")).toHaveLength(objects.length);
  expect(said).not.toContain("Warning");
});
