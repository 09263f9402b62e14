/** A ClusterState over real caches that no API server fills: tests say what exists. */
import type { Cache, CacheOptions, KubeObject, Resource, Transport } from "kopf-ts";
import { FakeClock } from "kopf-ts/testing";
import { pino } from "pino";
import { DEFAULT_INSTALLATION } from "../../src/installation.ts";
import { ReflectedCache } from "../../src/kopf/cache.ts";
import { LearnedDefaults } from "../../src/plan/learned-defaults.ts";
import { ClusterState, type ClusterStateOptions } from "../../src/state/cluster-state.ts";

const unused = (): never => {
  throw new Error("nothing here talks to a server");
};
const LOGGER = pino({ level: "error" });
const NO_TRANSPORT: Transport = { request: unused, watch: unused, withAbort: unused, close: unused };

/** Whether a kind is served is said, not asked. */
class StubbedCache<R> extends ReflectedCache<R> {
  served: boolean;
  readonly options: CacheOptions<R>;

  constructor(options: CacheOptions<R>, clock: FakeClock) {
    super(options, { transport: NO_TRANSPORT, clock, logger: LOGGER });
    this.options = options;
    this.served = options.optional !== true;
    const list = this.replace();
    list.commit("0");
    list.end();
  }

  override isServed(): boolean {
    return this.served;
  }
}

export interface ClusterStateFixture {
  readonly state: ClusterState;
  readonly clock: FakeClock;
  /** The object as it is now: with the uid that it had, unless it says another, and a new version. */
  put(resource: Resource, object: object): KubeObject;
  remove(resource: Resource, object: KubeObject): void;
  /** Whether an optional kind is installed. */
  serve(resource: Resource, served: boolean): void;
}

export function aClusterState({
  clock: given,
  ...options
}: Partial<ClusterStateOptions> & { readonly clock?: FakeClock } = {}): ClusterStateFixture {
  const clock = given ?? new FakeClock();
  const caches: StubbedCache<unknown>[] = [];
  let version = 0;
  const state = new ClusterState({
    cache: <R>(cacheOptions: CacheOptions<R>): Cache<R> => {
      const cache = new StubbedCache(cacheOptions, clock);
      caches.push(cache as StubbedCache<unknown>);
      return cache;
    },
    clock,
    fieldManager: "palisade",
    podSecurityVersion: "v1.37",
    dnsService: { namespace: "kube-system", name: "kube-dns" },
    learned: new LearnedDefaults(),
    installation: DEFAULT_INSTALLATION,
    imageResolver: { resolve: unused, failureOf: unused },
    onError: unused,
    ...options,
  });
  const concerned = (resource: Resource, object: KubeObject) =>
    caches.filter((cache) => cache.resource === resource && isSelected(cache.options, object));
  return {
    state,
    clock,
    put: (resource, raw) => {
      const given = raw as KubeObject;
      version += 1;
      const uid = given.metadata.uid ?? `uid-of-${resource.plural}-${given.metadata.namespace}-${given.metadata.name}`;
      const metadata = { generation: 1, ...given.metadata, uid, resourceVersion: String(version) };
      const object = { ...given, kind: resource.kind, metadata } as KubeObject;
      for (const cache of concerned(resource, object)) cache.apply({ type: "MODIFIED", object });
      return object;
    },
    remove: (resource, { metadata, ...rest }) => {
      version += 1;
      const object = { ...rest, metadata: { ...metadata, resourceVersion: String(version) } } as KubeObject;
      for (const cache of concerned(resource, object)) cache.apply({ type: "DELETED", object });
    },
    serve: (resource, served) => {
      for (const cache of caches) if (cache.resource === resource) cache.served = served;
    },
  };
}

function isSelected({ namespace, fieldSelector, labelSelector }: CacheOptions<unknown>, { metadata }: KubeObject) {
  const byNamespace = namespace === undefined || namespace === metadata.namespace;
  const byName = fieldSelector === undefined || fieldSelector === `metadata.name=${metadata.name}`;
  const labels = metadata.labels ?? {};
  const byLabel = (labelSelector ?? "").split(",").every((requirement) => {
    const [, label = "", operator, value] = /^([^!=]*)(!?=)(.*)$/.exec(requirement) ?? [];
    return operator === undefined || (labels[label] === value) === (operator === "=");
  });
  return byNamespace && byName && byLabel;
}
