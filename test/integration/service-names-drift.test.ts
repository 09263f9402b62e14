/** Services of chosen names without admission: what changes them is put back, and what is gone with its workload stays gone. */
import { expect, test } from "@jest/globals";
import { until } from "../cluster/index.ts";
import { kubectl, uniqueNamespace } from "../support/cluster.ts";
import { field, lookAt } from "../support/look.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

const namespace = uniqueNamespace("names-drift");
const palisade = usePalisade({ namespaces: [namespace], kubelet: { namespace } });
const { cluster } = palisade;
const { get, children, corrections } = lookAt(cluster, namespace);

const run = (args: readonly string[], input?: object): Promise<string> =>
  kubectl(cluster, [...args, "-n", namespace], input === undefined ? {} : { input });
const web = (...names: readonly string[]) =>
  aWorkload("web", namespace, { ports: [{ port: 8080 }], serviceNames: names.map((name) => ({ name })) });
const selectorOf = async (): Promise<unknown> => field(await get("service", "shop"), "spec.selector");
const services = async (): Promise<readonly string[]> =>
  (await children("web")).filter((child) => child.startsWith("Service/")).toSorted();
const OURS = { "palisade.dev/workload": "web" };

test("a change and a deletion by hand are undone and told", async () => {
  await run(["apply", "-f", "-"], web("shop"));
  await until(async () => (await children("web")).includes("Service/shop"), "the Service");
  await run(["patch", "service", "shop", "--type=merge", "-p", '{"spec":{"selector":{"app":"evil"}}}']);
  await until(async () => JSON.stringify(await selectorOf()).includes('"app"') === false, "the selector");
  expect(await selectorOf()).toEqual(OURS);
  const uid = (await get("service", "shop"))?.metadata.uid;
  await run(["delete", "service", "shop"]);
  await until(async () => ![uid, undefined].includes((await get("service", "shop"))?.metadata.uid), "another Service");
  await until(async () => (await corrections()).filter((note) => note.includes("Service/shop")).length >= 2, "both");
});

test("a name that was given up while no operator ran goes when one comes, and nothing else does", async () => {
  await run(["create", "service", "clusterip", "bystander", "--tcp=80"]);
  await palisade.stop();
  await run(["apply", "-f", "-"], web("store"));
  await palisade.start();
  await until(async () => (await get("service", "store")) !== undefined, "the new name");
  await until(async () => (await get("service", "shop")) === undefined, "the old name to go");
  expect(await get("service", "bystander")).toBeDefined();
  await until(async () => (await services()).join() === "Service/store,Service/web", "the status to say so");
});

test("what is orphaned on purpose goes with the rest", async () => {
  await run(["delete", "sw", "web", "--cascade=orphan"]);
  await until(async () => (await get("service", "store")) === undefined, "the orphaned Service to go", 120_000);
}, 180_000);
