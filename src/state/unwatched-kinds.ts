/**
 * Kinds that a sealed namespace takes no object of and that Palisade does not watch: routes, grants and rules of meshes. Those from before the seal
 * are only told of, since nothing proves what they lead to.
 */
import { type Client, isNotFound, type KubeObject, type Resource } from "kopf-ts";
import type { ClusterState } from "./cluster-state.ts";

const KINDS: Readonly<Record<string, readonly string[]>> = {
  "gateway.networking.k8s.io": ["GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute", "ReferenceGrant", "BackendTLSPolicy"],
  "networking.istio.io": [
    "VirtualService",
    "DestinationRule",
    "Gateway",
    "ServiceEntry",
    "Sidecar",
    "EnvoyFilter",
    "WorkloadEntry",
    "WorkloadGroup",
  ],
  "security.istio.io": ["AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication"],
  "flagger.app": ["Canary"],
};

const pluralOf = (kind: string): string => `${kind.toLowerCase().replace(/([^aeiou])y$/, "$1ie")}s`;

export const UNWATCHED_RULES = Object.entries(KINDS).map(([group, kinds]) => ({
  apiGroups: [group],
  resources: kinds.map(pluralOf),
  verbs: ["list"],
}));

/** Those that the cluster serves, each in a version of its group that it serves. */
function servedKinds(state: ClusterState): readonly Resource[] {
  const served = [...state.apiGroups.entries()].map(([, name]) => name);
  return Object.entries(KINDS).flatMap(([group, kinds]) => {
    const versions = served.filter((name) => name.endsWith(`.${group}`)).map((name) => name.split(".")[0] ?? "");
    return versions.flatMap((version) =>
      kinds.map((kind) => ({ group, version, kind, plural: pluralOf(kind), namespaced: true })),
    );
  });
}

/** Kind and name of each in a namespace. */
export async function unwatchedIn(
  namespace: string,
  { client, state }: { readonly client: Pick<Client, "list">; readonly state: ClusterState },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const found = await Promise.all(
    servedKinds(state).map(async (resource) => {
      const { items } = await client.list(resource, { namespace, signal }).catch(orNone);
      return items.map(({ metadata }) => `${resource.kind}/${metadata.name}`);
    }),
  );
  return [...new Set(found.flat())].sort();
}

/** Not every version of a group has every kind. */
function orNone(error: unknown): { readonly items: readonly KubeObject[] } {
  if (isNotFound(error)) return { items: [] };
  throw error;
}
