/** What is in a namespace and is not of a SecureWorkload: read from the API server, only while the namespace is not sealed. */
import { SECURE_WORKLOAD } from "../../crds/group.ts";
import type { KubeObject } from "../../kopf/object.ts";
import type { Resource } from "../../kopf/resource.ts";
import { NAMESPACED_CNI_POLICIES } from "../cni-policies.ts";
import type { Deps } from "../deps.ts";
import { controllerOf, workloadLabelOf } from "../records.ts";
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
  SCALED_OBJECT,
  SERVICE,
  STATEFUL_SET,
  VERTICAL_POD_AUTOSCALER,
} from "../secure-workload/resources/kinds.ts";
import { DEFAULT_DENY_NAME } from "../secure-workload/resources/network-policy.ts";
import type { Foreign } from "./enrolment.ts";

/** What makes pods, in the order in which one makes another: a pod is told of as the topmost of them. */
const MAKERS = [DEPLOYMENT, CRON_JOB, STATEFUL_SET, DAEMON_SET, REPLICATION_CONTROLLER, REPLICA_SET, JOB];

/** What serves, opens or scales pods. */
const COMPANIONS = [
  SERVICE,
  ENDPOINT_SLICE,
  INGRESS,
  HTTP_ROUTE,
  NETWORK_POLICY,
  POD_DISRUPTION_BUDGET,
  HORIZONTAL_POD_AUTOSCALER,
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

export async function takeInventory(namespace: string, deps: Deps, signal: AbortSignal): Promise<Foreign> {
  const { client, world } = deps;
  const list = async (resource: Resource): Promise<readonly KubeObject[]> =>
    OPTIONAL.has(resource) && world.cacheOf(resource)?.isServed() !== true
      ? []
      : (await client.list(resource, { namespace, signal })).items;
  const [pods, makers, companions] = await Promise.all([
    list(POD),
    Promise.all(MAKERS.map(list)),
    Promise.all(COMPANIONS.map(list)),
  ]);
  return foreignAmong(pods, makers.flat(), companions.flat());
}

/** Of the objects of one namespace. Pods that have ended do not run, and what somebody else made counts as its maker. */
export function foreignAmong(
  pods: readonly KubeObject[],
  makers: readonly KubeObject[],
  companions: readonly KubeObject[],
): Foreign {
  const byUid = new Map(makers.map((maker) => [maker.metadata.uid, maker]));
  const topmost = (object: KubeObject): KubeObject => {
    const owner = byUid.get(controllerOf(object)?.uid);
    return owner === undefined ? object : topmost(owner);
  };
  const running = new Set(pods.filter((pod) => isForeign(pod) && !hasEnded(pod)).map((pod) => labelOf(topmost(pod))));
  const idle = [...makers, ...companions].filter((object) => isForeign(object) && controllerOf(object) === undefined);
  return {
    running: [...running].sort(),
    idle: [...new Set(idle.map(labelOf))].filter((label) => !running.has(label)).sort(),
  };
}

const labelOf = ({ kind, metadata }: KubeObject): string => `${kind}/${metadata.name}`;

/** An object that lies about it is an offender, and dealt with as one. */
function isForeign(object: KubeObject): boolean {
  const { name, ownerReferences = [], labels = {} } = object.metadata;
  if (workloadLabelOf(object) !== undefined || ownerReferences.some(({ kind }) => kind === SECURE_WORKLOAD.kind))
    return false;
  if (object.kind === NETWORK_POLICY.kind && name === DEFAULT_DENY_NAME) return false;
  return object.kind !== ENDPOINT_SLICE.kind || !SLICE_CONTROLLERS.has(labels[SLICE_MANAGER] ?? "");
}

const SLICE_MANAGER = "endpointslice.kubernetes.io/managed-by";
const SLICE_CONTROLLERS: ReadonlySet<string> = new Set([
  "endpointslice-controller.k8s.io",
  "endpointslicemirroring-controller.k8s.io",
]);

const ENDED: ReadonlySet<unknown> = new Set(["Succeeded", "Failed"]);

const hasEnded = (pod: KubeObject): boolean =>
  ENDED.has((pod["status"] as { readonly phase?: string } | undefined)?.phase);
