/** The history where no policy stands: what is forged goes, the spec in force is kept, and nothing is written that need not be. */

import { expect, test } from "@jest/globals";
import type { KubeObject } from "kopf-ts";
import { revisionName, specHash } from "../../src/expand/history.ts";
import { until } from "../cluster/index.ts";
import { patch } from "../support/attempts.ts";
import { kubectl } from "../support/cluster.ts";
import { lookAt } from "../support/look.ts";
import { settled } from "../support/marker.ts";
import { usePalisade } from "../support/use-palisade.ts";
import { aWorkload } from "../support/workloads.ts";

const SHOP = "forged";
const palisade = usePalisade({ namespaces: [SHOP] });
const { cluster } = palisade;
const look = lookAt(cluster, SHOP);

const image = (tag: string): string => `registry.example.com/shop/web:${tag}`;
const apply = (name: string, tag: string): Promise<string> =>
  kubectl(cluster, ["apply", "-f", "-"], { input: aWorkload(name, SHOP, { image: image(tag) }), user: "alice" });

async function historyOf(name: string): Promise<readonly KubeObject[]> {
  const found = await look.list("controllerrevisions", "-l", `palisade.dev/history=${name}`);
  return [...found].sort((a, b) => Number(a["revision"]) - Number(b["revision"]));
}
const imagesOf = async (name: string): Promise<readonly string[]> =>
  (await historyOf(name)).map(({ data }) => (data as { readonly spec: { readonly image: string } }).spec.image);
const holds = (name: string, ...tags: readonly string[]): Promise<void> =>
  until(async () => (await imagesOf(name)).join() === tags.map(image).join(), `the history of ${name} to be ${tags}`);

/** Two specs. */
async function aHistory(name: string): Promise<readonly KubeObject[]> {
  await apply(name, "1");
  await holds(name, "1");
  await apply(name, "2");
  await holds(name, "1", "2");
  return await historyOf(name);
}

const asAttacker = (args: readonly string[], input?: object): Promise<string> =>
  kubectl(cluster, [...args, "-n", SHOP], { user: "platform", ...(input === undefined ? {} : { input }) });

test("a forged revision goes, is told, and counts for nothing", async () => {
  const [first] = await aHistory("web");
  const metadata = {
    name: `web.${"0".repeat(20)}`,
    labels: { "palisade.dev/history": "web" },
    ownerReferences: first?.metadata.ownerReferences,
  };
  const forged = { apiVersion: "apps/v1", kind: "ControllerRevision", metadata, revision: 99, data: first?.["data"] };
  await asAttacker(["create", "-f", "-"], forged);
  await until(async () => (await look.get("controllerrevision", metadata.name)) === undefined, "the forgery to go");
  await until(
    async () => (await look.corrections()).some((note) => note.includes(`Deleted ControllerRevision/${metadata.name}`)),
    "the correction to be told",
  );
  await apply("web", "3");
  await holds("web", "1", "2", "3");
  expect((await historyOf("web")).map(({ revision }) => revision)).toEqual([1, 2, 3]);
});

test("the spec in force comes back when somebody deletes it; what was before it nobody has any more", async () => {
  await aHistory("deleted");
  await asAttacker(["delete", "controllerrevisions", "-l", "palisade.dev/history=deleted"]);
  await holds("deleted", "2");
});

test("a revision that lost its label, or got another number, is put right", async () => {
  const [, newest] = await aHistory("marked");
  const name = `controllerrevision ${newest?.metadata.name}`;
  await asAttacker(patch(name, { metadata: { labels: { "palisade.dev/history": null } } }));
  await holds("marked", "1", "2");
  await asAttacker(patch(name, { revision: 900 }));
  await until(
    async () => (await historyOf("marked")).map(({ revision }) => revision).join() === "1,2",
    "the number to be right",
  );
});

test("whatever somebody calls as a revision is called stays theirs, and the workload runs", async () => {
  await apply("taken", "1");
  await holds("taken", "1");
  const [own] = await historyOf("taken");
  const name = own?.metadata.name ?? "";
  await kubectl(cluster, ["delete", "sw", "taken", "-n", SHOP]);
  await until(async () => (await look.get("controllerrevision", name)) === undefined, "it to go");
  const theirs = {
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
    metadata: { name },
    revision: 1,
    data: { a: "b" },
  };
  await asAttacker(["create", "-f", "-"], theirs);
  await apply("taken", "1");
  await until(async () => (await look.get("deploy", "taken")) !== undefined, "it to run");
  await settled(cluster);
  expect((await look.get("controllerrevision", name))?.["data"]).toEqual({ a: "b" });
  expect(await imagesOf("taken")).toEqual([]);
});

test("a spec that an older version wrote, without defaults that came since, is the same spec", async () => {
  await aHistory("upgraded");
  await palisade.stop();
  const [, newest] = await historyOf("upgraded");
  const { spec } = (newest?.["data"] ?? {}) as { readonly spec: Readonly<Record<string, unknown>> };
  const { terminationGracePeriodSeconds: _since, ...older } = spec;
  expect(older).not.toEqual(spec);
  const { labels, ownerReferences } = newest?.metadata ?? {};
  const metadata = { name: revisionName("upgraded", specHash(older)), labels, ownerReferences };
  await asAttacker(["delete", "controllerrevision", newest?.metadata.name ?? ""]);
  const written = { apiVersion: "apps/v1", kind: "ControllerRevision", metadata, revision: 2, data: { spec: older } };
  await asAttacker(["create", "--field-manager=palisade", "-f", "-"], written);
  const before = await historyOf("upgraded");
  await palisade.start();
  await settled(cluster);
  expect(await historyOf("upgraded")).toEqual(before);
  await apply("upgraded", "3");
  await holds("upgraded", "1", "2", "3");
});

test("a workload of before has one from the next start on, and another start writes nothing", async () => {
  await aHistory("older");
  await palisade.stop();
  await asAttacker(["delete", "controllerrevisions", "-l", "palisade.dev/history"]);
  await palisade.start();
  await holds("older", "2");
  await settled(cluster);
  const before = await look.list("controllerrevisions");
  await palisade.restart();
  await settled(cluster);
  expect(await look.list("controllerrevisions")).toEqual(before);
});

test("revisions are stored as the API server writes them, so that its garbage collector can orphan them", async () => {
  const spec = { image: image("1"), command: ["sh", "-c", 'test 1 < 2 && echo "a > b" \u2028'], args: ["<&>"] };
  await kubectl(cluster, ["apply", "-f", "-"], { input: aWorkload("orphaned", SHOP, spec), user: "alice" });
  await holds("orphaned", "1");
  const [revision] = await historyOf("orphaned");
  const finds = ["label", "controllerrevision", revision?.metadata.name ?? "", "example.com/seen=yes"];
  await asAttacker(finds);
  await asAttacker(["delete", "sw", "orphaned", "--cascade=orphan", "--timeout=60s"]);
  expect(await look.get("sw", "orphaned")).toBeUndefined();
  const orphans = (await look.list("controllerrevisions")).filter(({ metadata }) =>
    metadata.name.startsWith("orphaned."),
  );
  expect(orphans.map(({ metadata }) => metadata.ownerReferences)).toEqual([undefined]);
});
