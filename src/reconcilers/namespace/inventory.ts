/** What is in a namespace and is not of a SecureWorkload: read from the API server, only while the namespace is not sealed. */

import { type Client, isNotFound, type KubeObject, keyOf, type Resource } from "kopf-ts";
import { isOurs } from "../../expand/ownership.ts";
import { foreignAmong, type Listed } from "../../foreign/foreign-among.ts";
import {
  CRON_JOB,
  DAEMON_SET,
  DEPLOYMENT,
  ENDPOINT_SLICE,
  HORIZONTAL_POD_AUTOSCALER,
  HTTP_ROUTE,
  INGRESS,
  JOB,
  NETWORK_POLICY,
  POD,
  POD_DISRUPTION_BUDGET,
  REPLICA_SET,
  REPLICATION_CONTROLLER,
  RESTING_MAKERS,
  SCALED_OBJECT,
  SERVICE,
  STATEFUL_SET,
  VERTICAL_POD_AUTOSCALER,
} from "../../kubernetes/kinds.ts";
import { isDefaultDeny } from "../../names.ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import { NAMESPACED_CNI_POLICIES } from "../../state/records/cni-policy.ts";
import { endpointSliceFacts } from "../../state/records/foreign-endpoint-slice.ts";
import type { Foreign } from "../../state/records/namespace.ts";

/** What makes pods, now or later: what a controller of the other list may have made, and what is made by people. */
const MADE_CONTROLLERS = [REPLICA_SET, JOB];
const CONTROLLERS = [DEPLOYMENT, CRON_JOB, STATEFUL_SET, DAEMON_SET, REPLICATION_CONTROLLER];

/** What serves, opens or scales pods: what another of them may have made, and the rest. */
const MADE_COMPANIONS = [ENDPOINT_SLICE, HORIZONTAL_POD_AUTOSCALER];
const COMPANIONS = [
  SERVICE,
  INGRESS,
  HTTP_ROUTE,
  NETWORK_POLICY,
  POD_DISRUPTION_BUDGET,
  SCALED_OBJECT,
  VERTICAL_POD_AUTOSCALER,
  ...NAMESPACED_CNI_POLICIES,
];

const OPTIONAL: ReadonlySet<Resource> = new Set([
  HTTP_ROUTE,
  SCALED_OBJECT,
  VERTICAL_POD_AUTOSCALER,
  ...NAMESPACED_CNI_POLICIES,
]);

export interface InventoryDeps {
  readonly client: Pick<Client, "list">;
  readonly state: ClusterState;
}

export async function takeInventory(namespace: string, deps: InventoryDeps, signal: AbortSignal): Promise<Foreign> {
  const { client, state } = deps;
  const list = async (resource: Resource): Promise<readonly Listed[]> => {
    if (OPTIONAL.has(resource) && state.cacheOf(resource)?.isServed() !== true) return [];
    const { items } = await client.list(resource, { namespace, signal });
    for (const object of items) compareAsChild(resource, object, state);
    return items.map((object) => ({ object, isOwn: isOwn(resource, object, state) }));
  };
  const all = async (resources: readonly Resource[]): Promise<readonly Listed[]> =>
    (await Promise.all(resources.map(list))).flat();
  const resting = async (resource: Resource): Promise<readonly Listed[]> =>
    list(resource).catch((error: unknown) => {
      if (isNotFound(error)) return [];
      throw error;
    });
  // What is made is listed before what made it, which is then in the later list, however new both are.
  const pods = await list(POD);
  const [madeControllers, madeCompanions] = await Promise.all([all(MADE_CONTROLLERS), all(MADE_COMPANIONS)]);
  const [controllers, companions, makers] = await Promise.all([
    all(CONTROLLERS),
    all(COMPANIONS),
    Promise.all(RESTING_MAKERS.filter((kind) => isGroupServed(kind, state)).map(resting)),
  ]);
  return foreignAmong({
    pods,
    controllers: [...madeControllers, ...controllers, ...makers.flat()],
    companions: [...madeCompanions, ...companions],
  });
}

const isGroupServed = ({ group, version }: Resource, { apiGroups }: ClusterState): boolean =>
  apiGroups.get(`${version}.${group}`) !== undefined;

/**
 * An object that was there before its workload was seen as nobody's: now it is compared as the child whose name it has, so that nothing is done, and
 * admission refuses nothing, as if it were that child.
 */
function compareAsChild(resource: Resource, object: KubeObject, state: ClusterState): void {
  const { namespace = "", name, uid } = object.metadata;
  const child = state.serviceNames.childNamed(resource, { namespace, name });
  const cache = state.children.get(resource);
  const known = cache?.get(keyOf({ namespace, name }));
  const isCompared = known?.type === "child" && known.uid === uid;
  if (child === undefined || isCompared) return;
  if (state.workloads.get(keyOf({ namespace, name: child.workload })) !== undefined) cache?.observe(object);
}

/** A child is ours by its controller reference, or as the object that was ours until somebody took that off it. */
function isOwn(resource: Resource, object: KubeObject, state: ClusterState): boolean {
  const { name, uid } = object.metadata;
  if (isDefaultDeny(resource, name) || isOurs(object, state.living)) return true;
  // One of a multi-cluster Service (KEP-1645): nothing in this cluster routes by it.
  if (resource === ENDPOINT_SLICE && isOfClusterSet(object)) return true;
  const record = state.children.get(resource)?.get(keyOf(object.metadata));
  return record?.type === "child" && record.uid === uid && record.ours;
}

const isOfClusterSet = (slice: KubeObject): boolean =>
  slice.metadata.labels?.["multicluster.kubernetes.io/service-name"] !== undefined &&
  endpointSliceFacts(slice) === undefined;
