/** What the cluster is known to offer: its DNS, its API server, its nodes and its network plugins. Reads only. */
import { type Cache, type CacheOptions, type KubeObject, nameOf, type Resource } from "kopf-ts";
import type { SecureWorkloadSpec } from "../crds/v1alpha1/secure-workload.ts";
import type { ApiServerAddress, ClusterFacts } from "../expand/input.ts";
import { ENDPOINT_SLICE, NODE, PERSISTENT_VOLUME, SCALED_OBJECT, SERVICE } from "../kubernetes/kinds.ts";
import { ClusterDns } from "./cluster-dns.ts";
import { type NetworkWatch, watchNetwork } from "./network-plugins.ts";
import { type NodeSupport, nodeSupport, type UserNamespaceSupport } from "./pod-identity.ts";
import { canHost, type NodeOffer } from "./records/node.ts";
import { isMetadataService, isNodeLocal } from "./records/node-local-dns.ts";
import { shapeUnmappableVolume, type UnmappableVolume } from "./records/unmappable-volume.ts";
import type { WorkloadRecord } from "./records/workload.ts";

export interface ClusterFactsOptions {
  readonly cache: <R>(options: CacheOptions<R>) => Cache<R>;
  readonly dnsService: { readonly namespace: string; readonly name: string };
  /** The name servers that pods are given, as this process sees them in its own; none unless set. */
  readonly nameServers?: readonly string[] | undefined;
  readonly podSecurityVersion: string;
  /** Policies above all namespaces are kept as far as they open workloads, so they are listed after those. */
  readonly workloads: Cache<WorkloadRecord>;
  /** Whether the API server is known to serve a child's resource. */
  readonly isInstalled: (resource: Resource) => boolean;
}

export class ClusterFactsWatch {
  readonly nodes: Cache<NodeSupport>;
  /** Volumes that pods in a user namespace cannot mount, by the namespace of their claims. */
  readonly unmappable: Cache<UnmappableVolume>;
  readonly dns: ClusterDns;
  readonly apiEndpoints: Cache<readonly ApiServerAddress[]>;
  readonly apiServices: Cache<readonly ApiServerAddress[]>;
  readonly network: NetworkWatch;
  readonly #options: ClusterFactsOptions;
  /** Until one of the caches that it is drawn from changes. */
  #known: ClusterFacts | undefined;

  constructor(options: ClusterFactsOptions) {
    const { cache, dnsService, workloads } = options;
    this.#options = options;
    this.nodes = cache({ resource: NODE, shape: nodeSupport });
    this.unmappable = cache({
      resource: PERSISTENT_VOLUME,
      shape: shapeUnmappableVolume,
      indices: { namespace: ({ claim }) => [nameOf(claim).namespace ?? ""] },
    });
    this.dns = new ClusterDns(cache, dnsService);
    this.apiEndpoints = cache({
      resource: ENDPOINT_SLICE,
      namespace: "default",
      labelSelector: "kubernetes.io/service-name=kubernetes",
      shape: shapeEndpoints,
    });
    this.apiServices = cache({
      resource: SERVICE,
      namespace: "default",
      fieldSelector: "metadata.name=kubernetes",
      shape: shapeApiService,
    });
    this.network = watchNetwork(cache, dnsService.namespace, [workloads as Cache<unknown>]);
    const forget = (): void => {
      this.#known = undefined;
    };
    this.dns.onChange(forget);
    const sources = [this.apiEndpoints, this.apiServices, this.network.nodeLocalDns];
    for (const source of sources as readonly Cache<unknown>[]) source.onChange(forget);
  }

  /** The caches that must be in sync before anything is built from what they hold. */
  get caches(): readonly Cache<unknown>[] {
    const own = [this.nodes, this.apiEndpoints, this.apiServices] as readonly Cache<unknown>[];
    return [...own, ...this.dns.caches, ...this.network.facts];
  }

  /** The same value as long as nothing changes, so that what is built from it can be told to be of the same facts. */
  current(): ClusterFacts {
    const hostNames = this.network.hostNames(this.#options.isInstalled);
    const keda = this.#options.isInstalled(SCALED_OBJECT);
    const known = this.#known;
    if (known !== undefined && known.hostNames === hostNames && known.keda === keda) return known;
    const endpoints = recordsOf(this.apiEndpoints);
    this.#known = {
      dns: this.dns.facts(),
      apiServer: endpoints.length === 0 ? undefined : [...endpoints, ...recordsOf(this.apiServices)].flat(),
      ...this.#nodeLocalDns(),
      hostNames,
      podSecurityVersion: this.#options.podSecurityVersion,
      keda,
    };
    return this.#known;
  }

  /** Why names may stay unresolved although the DNS Service is there: nothing stands behind it, or pods are pointed elsewhere. */
  dnsShortage(): string | undefined {
    if ((this.current().nodeLocalDns ?? []).length > 0) return undefined;
    const metadata = (this.#options.nameServers ?? []).find(isMetadataService);
    if (metadata !== undefined)
      return `pods are to ask ${metadata} for names, the address of the cloud's metadata service, which stays closed to them: ${BY_CACHE}`;
    const empty = this.dns.empty();
    if (empty === undefined) return undefined;
    return `the DNS Service ${empty} selects no pods, so pods may be unable to resolve names: start the DNS pods, or set --dns-service (config.dnsService of the chart). Where the cloud answers instead (Cloud DNS for GKE), ${BY_CACHE}`;
  }

  /** The DaemonSets that are known to answer on each node, and a name server on the link that pods are given, whatever answers there. */
  #nodeLocalDns(): Pick<ClusterFacts, "nodeLocalDns" | "nodeLocalDnsPods"> {
    const caches = recordsOf(this.network.nodeLocalDns);
    const given = (this.#options.nameServers ?? []).filter(isNodeLocal);
    return {
      nodeLocalDns: [...new Set([...caches.flatMap(({ addresses }) => addresses), ...given])],
      nodeLocalDnsPods: caches.flatMap(({ pods }) => pods ?? []),
    };
  }

  /** Of the nodes that pods of this placement can land on. */
  userNamespaceSupport(placement?: SecureWorkloadSpec["placement"]): UserNamespaceSupport {
    const eligible = recordsOf(this.nodes).filter(({ offer }) => canHost(offer, placement));
    return eligible.length === 0 ? undefined : eligible.every((node) => node.userNamespaces);
  }

  /** Where pods have their addresses, as far as nodes say so. */
  podNetworks(): readonly string[] {
    return recordsOf(this.nodes).flatMap(({ podNetworks }) => podNetworks);
  }

  nodeOffers(): readonly NodeOffer[] {
    return recordsOf(this.nodes).map(({ offer }) => offer);
  }
}

const BY_CACHE = "run NodeLocal DNSCache, which asks it for them";

const recordsOf = <R>(cache: Cache<R>): readonly R[] => [...cache.entries()].map(([, record]) => record);

interface ServiceSpec {
  readonly clusterIPs?: readonly string[];
  readonly ports?: readonly { readonly port: number }[];
}

/** The endpoints of the API server itself: where its Service leads. */
function shapeEndpoints(object: KubeObject): readonly ApiServerAddress[] | undefined {
  const endpoints = (object["endpoints"] ?? []) as readonly { readonly addresses?: readonly string[] }[];
  const ports = (object["ports"] ?? []) as readonly { readonly port?: number }[];
  const peers = endpoints.flatMap(({ addresses = [] }) =>
    addresses.flatMap((ip) => ports.flatMap(({ port }) => (port === undefined ? [] : [{ ip, port }]))),
  );
  return peers.length === 0 ? undefined : peers;
}

/** The Service in front: some network plugins judge a packet before its address is translated. */
function shapeApiService(object: KubeObject): readonly ApiServerAddress[] {
  const spec = (object["spec"] ?? {}) as ServiceSpec;
  return (spec.clusterIPs ?? []).flatMap((ip) => (spec.ports ?? []).map(({ port }) => ({ ip, port, virtual: true })));
}
