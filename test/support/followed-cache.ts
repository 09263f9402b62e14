/** A cache of ConfigMaps that follows a real API server through a fault proxy, with all it told its listeners. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type CacheChange,
  type Client,
  type Connection,
  createClient,
  createTransport,
  isMetadataOnly,
  type KubeObject,
  keyOf,
  kubeconfigConnection,
  type Resource,
  systemClock,
} from "kopf-ts";
import { pino } from "pino";
import { createCache } from "../../src/kopf/cache.ts";
import type { RunnableCache } from "../../src/kopf/cache-types.ts";
import { type TestCluster, until } from "../cluster/index.ts";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.ts";

export const CONFIG_MAP: Resource = {
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  namespaced: true,
};
export const NAMESPACE: Resource = {
  group: "",
  version: "v1",
  kind: "Namespace",
  plural: "namespaces",
  namespaced: false,
};

export interface Kept {
  readonly uid: string;
  readonly version: string;
  /** What {@link configMap} gave it; with metadata alone, what it had when it was read. */
  readonly value: string | undefined;
}

/** A proxy before `cluster`; it speaks TLS with the API server's own certificate where that is at hand. */
export function startProxyFor(cluster: TestCluster): Promise<FaultProxy> {
  const ca = readFileSync(cluster.caFile);
  if (cluster.description === undefined) return startFaultProxy({ target: cluster.url, ca });
  const key = readFileSync(join(cluster.caFile, "..", "apiserver.key"));
  return startFaultProxy({ target: cluster.url, ca, tls: { cert: ca, key } });
}

/** The admin's connection, led through `proxy`. */
export async function connectionThrough(proxy: FaultProxy, cluster: TestCluster): Promise<Connection> {
  const connection = await kubeconfigConnection({ path: cluster.kubeconfig() });
  return { ...connection, server: proxy.url };
}

export interface FollowOptions {
  readonly namespace: string;
  readonly labelSelector?: string;
  readonly idleMs?: number;
  readonly relistMs?: number;
  readonly pageSize?: number;
  /** See `CacheOptions`: the cache then watches metadata alone. */
  readonly readsInFull?: (metadata: KubeObject) => boolean;
  /** Prepares the proxy before the first request. */
  readonly before?: (proxy: FaultProxy) => void;
}

export interface FollowedCache {
  readonly proxy: FaultProxy;
  readonly cache: RunnableCache<Kept>;
  readonly changes: readonly CacheChange<Kept>[];
  /** What was told of one object, without what a list found unchanged: `added 12`, `deleted`. */
  story(name: string): readonly string[];
  /** Resolves when the cache holds what `client` lists, neither more nor less nor in another version. */
  converged(client: Client): Promise<void>;
  stop(): Promise<void>;
}

/** On every ConfigMap of a test, and on none that a controller puts into its namespace. */
const MADE_BY_TEST = { "made-by": "test" };

export async function followConfigMaps(cluster: TestCluster, wanted: FollowOptions): Promise<FollowedCache> {
  const options = { labelSelector: "made-by=test", ...wanted };
  const { before, ...selection } = options;
  const proxy = await startProxyFor(cluster);
  before?.(proxy);
  const transport = createTransport(await connectionThrough(proxy, cluster));
  const stopping = new AbortController();
  const changes: CacheChange<Kept>[] = [];
  const cache = createCache<Kept>(
    { ...selection, resource: CONFIG_MAP, shape: keep },
    // Little jitter: short waits, and never none at all.
    { transport, clock: systemClock, logger: pino({ level: "silent" }), random: () => 0.05 },
  );
  cache.onChange((change) => changes.push(change));
  const running = cache.run(stopping.signal);
  return {
    proxy,
    cache,
    changes,
    story: (name) => changes.filter((change) => change.name.name === name && isNews(change)).map(wordsOf),
    converged: (client) =>
      until(async () => isEqual(cache, await contentOf(client, options)), "the cache to equal the server's list"),
    stop: async () => {
      stopping.abort();
      await running;
      await transport.close();
      await proxy.close();
    },
  };
}

/** A client that goes to the server directly. */
export async function directClient(cluster: TestCluster, fieldManager = "test"): Promise<Client> {
  return createClient(createTransport(await kubeconfigConnection({ path: cluster.kubeconfig() })), fieldManager);
}

export async function createNamespace(client: Client, prefix: string): Promise<string> {
  const name = `${prefix}-${crypto.randomUUID().slice(0, 8)}`;
  await client.create(NAMESPACE, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  return name;
}

export function configMap(
  namespace: string,
  name: string,
  value = "0",
  labels: Record<string, string> = {},
): KubeObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { namespace, name, labels: { ...MADE_BY_TEST, ...labels } },
    data: { value },
  };
}

/** The version of an answer; every stored object has one. */
export function versionOf({ metadata }: KubeObject): string {
  if (metadata.resourceVersion === undefined) throw new Error(`${metadata.name} has no version`);
  return metadata.resourceVersion;
}

function keep(object: KubeObject, previous?: Kept): Kept {
  const { uid = "", resourceVersion: version = "" } = object.metadata;
  const { value } = isMetadataOnly(object)
    ? (previous ?? { value: undefined })
    : (object["data"] as { value?: string });
  return { uid, version, value };
}

const isNews = ({ initial, old, new: now }: CacheChange<Kept>): boolean => !initial || old?.version !== now?.version;

const wordsOf = ({ type, new: now }: CacheChange<Kept>): string =>
  now === undefined ? type : `${type} ${now.version}`;

async function contentOf(
  client: Client,
  { namespace, labelSelector, readsInFull = () => true }: FollowOptions,
): Promise<ReadonlyMap<string, Kept>> {
  const { items } = await client.list(CONFIG_MAP, {
    namespace,
    ...(labelSelector === undefined ? {} : { labelSelector }),
  });
  return new Map(items.filter(readsInFull).map((item) => [keyOf(item.metadata), keep(item)]));
}

function isEqual(cache: RunnableCache<Kept>, content: ReadonlyMap<string, Kept>): boolean {
  if (!cache.isSynced() || cache.size !== content.size) return false;
  return [...content].every(([key, { uid, version }]) => cache.uid(key) === uid && cache.version(key) === version);
}
