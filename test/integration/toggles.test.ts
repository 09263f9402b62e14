/** A spec that changes faster than its children are written is nobody's drift, whatever the operator has on its way just then. */
import { expect, jest, test } from "@jest/globals";
import { SECURE_WORKLOAD } from "../../src/crds/group.ts";
import { until } from "../cluster/index.ts";
import { kubectl } from "../support/cluster.ts";
import { field, lookAt } from "../support/look.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

jest.setTimeout(180_000);

const namespace = "toggles";
/** As many as give each write the chance to be under way when the spec goes back. */
const TOGGLES = 400;
const [FEW, MANY] = [1, 2];

const { cluster, client } = usePalisade({ namespaces: [namespace], baseline: {} });
const look = lookAt(cluster, namespace);

const replicas = async (): Promise<unknown> => field(await look.get("deployment", "web"), "spec.replicas");

test("no toggle is told as drift, and the last one stands", async () => {
  await kubectl(cluster, ["apply", "-f", "-"], { input: aWorkload("web", namespace, { replicas: FEW }) });
  await until(async () => (await replicas()) === FEW, "the Deployment");
  for (let toggle = 0; toggle < TOGGLES; toggle += 1) {
    const spec = { replicas: toggle % 2 === 0 ? MANY : FEW };
    await client.patch(SECURE_WORKLOAD, { namespace, name: "web" }, { spec }, { type: "merge" });
  }
  await client.patch(SECURE_WORKLOAD, { namespace, name: "web" }, { spec: { replicas: 3 } }, { type: "merge" });
  await until(async () => (await replicas()) === 3, "the last spec");
  await until(async () => (await look.condition("web", "DriftFree"))?.status === "True", "the status");
  expect(await look.corrections()).toEqual([]);
});
