/** What is put into the cluster, the same for every contender, and what watches it arrive. */
import {
  type Client,
  createClient,
  type KubeObject,
  pathOf,
  type Resource,
  type Transport,
  type WatchEvent,
} from "kopf-ts";
import { SECURE_WORKLOAD } from "../../src/crds/group.ts";
import {
  DEPLOYMENT,
  NAMESPACE,
  NETWORK_POLICY,
  POD_DISRUPTION_BUDGET,
  SERVICE,
  SERVICE_ACCOUNT,
} from "../../src/kubernetes/kinds.ts";
import { pooled } from "../measure.ts";
import { CONCURRENCY } from "./contenders.ts";

const WORKLOADS_A_NAMESPACE = 10;
const KINDS: readonly Resource[] = [NETWORK_POLICY, SERVICE_ACCOUNT, SERVICE, POD_DISRUPTION_BUDGET, DEPLOYMENT];

export const indices = (workloads: number): readonly number[] => [...Array(workloads).keys()];

/** Where the workload of this number is, and what it and its children are called. */
export const placeOf = (index: number) => ({
  namespace: `team-${Math.floor(index / WORKLOADS_A_NAMESPACE)}`,
  name: `w${index}`,
});

export const imageOf = (version: number): string => `registry.example.com/bench/app:${version}`;

/** Of the image in a child that runs pods; 0 where there is none. */
export const versionIn = ({ spec }: KubeObject): number =>
  Number(/\/bench\/app:(\d+)/.exec(JSON.stringify(spec))?.[1] ?? 0);

export const workloadOf = (index: number): KubeObject => ({
  apiVersion: "palisade.dev/v1alpha1",
  kind: SECURE_WORKLOAD.kind,
  metadata: placeOf(index),
  spec: {
    image: imageOf(1),
    replicas: 0,
    ports: [{ name: "http", port: 8080 }],
    access: { inbound: [{ workload: "gateway" }] },
  },
});

export async function makeNamespaces(client: Client, workloads: number): Promise<void> {
  const names = new Set(indices(workloads).map((index) => placeOf(index).namespace));
  await pooled([...names], CONCURRENCY, async (name) => {
    await client.create(NAMESPACE, { apiVersion: "v1", kind: NAMESPACE.kind, metadata: { name } });
  });
}

export interface Watched {
  /** Is told of each child as it arrives, in full. */
  onChild(listener: (object: KubeObject, kind: string) => void): () => void;
  end(): Promise<void>;
}

/** Watches every child of the whole cluster, from now on. */
export async function watchChildren(transport: Transport): Promise<Watched> {
  const stop = new AbortController();
  const listeners = new Set<(object: KubeObject, kind: string) => void>();
  const client = createClient(transport, "bench");
  const streams = await Promise.all(
    KINDS.map(async (resource) => {
      const { resourceVersion } = await client.list(resource);
      return { resource, resourceVersion };
    }),
  );
  const tell = (event: WatchEvent, kind: string): void => {
    if (event.type === "BOOKMARK" || event.type === "DELETED") return;
    for (const listener of listeners) listener(event.object, kind);
  };
  const watching = streams.map(async ({ resource, resourceVersion }) => {
    let version = resourceVersion;
    while (!stop.signal.aborted) {
      const query = { watch: true, allowWatchBookmarks: true, resourceVersion: version, timeoutSeconds: 3_600 };
      for await (const events of transport.watch({ path: pathOf(resource), query, signal: stop.signal })) {
        for (const event of events) tell(event, resource.kind);
        version = events.at(-1)?.object.metadata.resourceVersion ?? version;
      }
    }
  });
  return {
    onChild: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    end: async () => {
      stop.abort();
      await Promise.allSettled(watching);
    },
  };
}

export { KINDS as CHILDREN };
