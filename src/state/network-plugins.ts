/** What the cluster's network is known to be: the DNS cache on its nodes, the plugins that enforce names, and the policies above all namespaces. */

import type { Cache, CacheOptions, KubeObject, Resource } from "kopf-ts";
import { HOST_NAME_ENGINES } from "../expand/host-policies.ts";
import type { HostNameEngine } from "../expand/input.ts";
import { CALICO_GLOBAL_ALERT, CALICO_NETWORK_POLICY, DAEMON_SET } from "../kubernetes/kinds.ts";
import { CLUSTER_CNI_POLICIES, openedBy, type PodSelection } from "./records/cni-policy.ts";
import { type NodeLocalDns, shapeNodeLocalDns } from "./records/node-local-dns.ts";

export interface NetworkWatch {
  readonly nodeLocalDns: Cache<NodeLocalDns>;
  /** Whom each cluster-wide policy opens; one that opens nobody is not kept. */
  readonly clusterPolicies: readonly Cache<readonly PodSelection[]>[];
  /** The plugin that enforces DNS names here; undefined while none is known to. */
  hostNames(served: (resource: Resource) => boolean): HostNameEngine | undefined;
  /** What children are built from: their caches fill after these. */
  readonly facts: readonly Cache<unknown>[];
  /** Calls `listener` when {@link hostNames} may have another answer, beside the coming and going of children's kinds. */
  onChange(listener: () => void): void;
  /** Looks at once whether a kind of `group` has come or gone. */
  refresh(group: string): void;
}

export function watchNetwork(
  cache: <R>(options: CacheOptions<R>) => Cache<R>,
  dnsNamespace: string,
  after: readonly Cache<unknown>[],
): NetworkWatch {
  const nodeLocalDns = cache({ resource: DAEMON_SET, namespace: dnsNamespace, shape: shapeNodeLocalDns });
  const clusterPolicies = CLUSTER_CNI_POLICIES.map((resource) =>
    cache({ resource, optional: true, shape: shapeClusterPolicy(resource), after }),
  );
  // Open-source Calico serves the same NetworkPolicies without domains: this kind, which it lacks, tells the two apart.
  const domains = cache({ resource: CALICO_GLOBAL_ALERT, optional: true, shape: () => undefined });
  const optional: readonly Cache<unknown>[] = [...clusterPolicies, domains];
  return {
    nodeLocalDns,
    clusterPolicies,
    facts: [nodeLocalDns as Cache<unknown>, ...optional],
    hostNames: (served) =>
      HOST_NAME_ENGINES.find(
        ({ resource }) => served(resource) && (resource !== CALICO_NETWORK_POLICY || domains.isServed()),
      )?.engine,
    onChange: (listener) => void domains.onServed(listener),
    refresh: (group) => {
      for (const watched of optional) if (watched.resource.group === group) watched.refresh();
    },
  };
}

const shapeClusterPolicy =
  (resource: Resource) =>
  (policy: KubeObject): readonly PodSelection[] | undefined => {
    const opens = openedBy(resource, policy);
    return opens.length === 0 ? undefined : opens;
  };
