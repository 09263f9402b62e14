/** A cache that watches metadata alone, against a real API server: it reads what it wants once for each change, and misses none. */
import type { Client, KubeObject } from "kopf-ts";
import { until } from "../cluster/index.ts";
import { CONFIG_MAP, configMap, versionOf } from "../support/followed-cache.ts";
import { useFollowedCache } from "../support/use-followed-cache.ts";
import { useCluster } from "../support/use-palisade.ts";

/** Requests for one object. */
const READ = { method: "GET", watch: false, path: /\/configmaps\/./ } as const;

let client: Client;
let namespace: string;

const { cluster } = useCluster({ state: "bare" });
const isWanted = ({ metadata }: KubeObject): boolean => metadata.name.startsWith("wanted");
const used = useFollowedCache(cluster, "metadata", { readsInFull: isWanted });
const { follow } = used;

beforeEach(() => {
  ({ client, namespace } = used);
});

const create = (name: string): Promise<KubeObject> => client.create(CONFIG_MAP, configMap(namespace, name));
const update = async (name: string, value: string): Promise<string> =>
  versionOf(await client.apply(CONFIG_MAP, configMap(namespace, name, value)));
const remove = (name: string): Promise<boolean> => client.delete(CONFIG_MAP, { namespace, name });

test("reads what it wants of the first list, once, and nothing else", async () => {
  await Promise.all(["wanted-a", "wanted-b", "other-a", "other-b", "other-c"].map(create));
  const { proxy, cache, converged } = await follow();
  await converged(client);
  expect([...cache.entries()].map(([key, { value }]) => [key, value]).sort()).toEqual([
    [`${namespace}/wanted-a`, "0"],
    [`${namespace}/wanted-b`, "0"],
  ]);
  expect(proxy.count(READ)).toBe(2);
});

test("reads again what changed, and not what changed beside it", async () => {
  const { proxy, cache, converged } = await follow();
  await create("wanted");
  await create("other");
  await converged(client);
  for (const value of ["1", "2", "3"]) await update("other", value);
  await update("wanted", "1");
  await converged(client);
  expect(cache.get(`${namespace}/wanted`)?.value).toBe("1");
  expect(proxy.count(READ)).toBe(2);
});

test("a hundred changes in a row end at the last one, with at most one read for each", async () => {
  const { proxy, cache, converged } = await follow();
  await create("wanted");
  for (let value = 1; value <= 100; value += 1) await update("wanted", String(value));
  await converged(client);
  expect(cache.get(`${namespace}/wanted`)?.value).toBe("100");
  expect(proxy.count(READ)).toBeLessThanOrEqual(101);
});

test("a list that finds everything as it was reads nothing", async () => {
  await create("wanted");
  const { proxy, cache, converged, changes } = await follow({ relistMs: 500 });
  await converged(client);
  await until(() => changes.filter(({ type }) => type === "updated").length >= 3, "three relists");
  expect(proxy.count(READ)).toBe(1);
  expect(cache.get(`${namespace}/wanted`)?.value).toBe("0");
});

test("what is deleted or made again while its read is under way ends as the server has it", async () => {
  const { proxy, cache, converged } = await follow();
  for (let round = 0; round < 5; round += 1) {
    const delay = proxy.inject({ kind: "delay", ms: 200 }, { ...READ, times: 2 });
    await create("wanted-gone");
    await create("wanted-again");
    await until(() => delay.hits === 2, "both reads to be under way");
    await remove("wanted-gone");
    await remove("wanted-again");
    await client.create(CONFIG_MAP, configMap(namespace, "wanted-again", `round-${round}`));
    await converged(client);
    await until(() => cache.get(`${namespace}/wanted-again`)?.value === `round-${round}`, "the new object");
    expect(cache.get(`${namespace}/wanted-gone`)).toBeUndefined();
    await remove("wanted-again");
    await until(() => cache.size === 0, "both to be gone");
  }
});

test("reads that fail are tried again, at the first list and later", async () => {
  await create("wanted");
  const { proxy, cache, converged } = await follow({
    before: (proxy) => proxy.inject({ kind: "status", status: 500, reason: "InternalError" }, { ...READ, times: 2 }),
  });
  expect(cache.get(`${namespace}/wanted`)?.value).toBe("0");
  proxy.inject({ kind: "cut" }, { ...READ, times: 3 });
  await update("wanted", "1");
  await converged(client);
  expect(cache.get(`${namespace}/wanted`)?.value).toBe("1");
});

test("catches up after a watch that broke", async () => {
  const { proxy, cache, converged } = await follow();
  await create("wanted");
  await converged(client);
  await proxy.refuse();
  await update("wanted", "1");
  await create("wanted-too");
  await proxy.accept();
  await converged(client);
  expect([...cache.entries()].map(([, { value }]) => value).sort()).toEqual(["0", "1"]);
});
