/** Of the objects of one namespace, those that are foreign, as people call them. Pure. */
import type { KubeObject, OwnerReference } from "kopf-ts";
import { GROUP } from "../crds/group.ts";
import {
  CRON_JOB,
  DAEMON_SET,
  DEPLOYMENT,
  ENDPOINT_SLICE,
  ENDPOINTS,
  HORIZONTAL_POD_AUTOSCALER,
  JOB,
  POD,
  POD_DISRUPTION_BUDGET,
  REPLICA_SET,
  REPLICATION_CONTROLLER,
  SCALED_OBJECT,
  SERVICE,
  STATEFUL_SET,
} from "../kubernetes/kinds.ts";
import { controllerOf } from "../kubernetes/metadata.ts";
import type { Foreign } from "../state/records/namespace.ts";

export interface Listed {
  readonly object: KubeObject;
  /** Whether it is a child of a workload, or what closes the namespace. */
  readonly isOwn: boolean;
}

interface Listing {
  readonly pods: readonly Listed[];
  readonly controllers: readonly Listed[];
  readonly companions: readonly Listed[];
}

/**
 * Of the objects of one namespace. What a child made is not foreign, and what a foreign object made counts as that one. Any other
 * controller proves nothing: its objects stand for themselves. A controller counts as what makes pods whether it has any now or not, but for
 * runs that are over; pods that have ended do not run. Of a controller of a kind that is not known they are the trace that it leaves while it rests, and
 * so are the Services and budgets of pods that it hibernates, as operators of databases do.
 */
export function foreignAmong({ pods, controllers, companions }: Listing): Foreign {
  const others = [...controllers, ...companions];
  const byUid = new Map(others.map((listed) => [listed.object.metadata.uid, listed]));
  const named = (listed: readonly Listed[]): ReadonlySet<string> =>
    new Set(
      listed
        .map((one) => lineOf(one, byUid))
        .filter(isForeignLine)
        .map(displayNameOf),
    );
  const isTrace = (listed: Listed): boolean => customOwnerOf(lineOf(listed, byUid)) !== undefined;
  const makers = named([
    ...pods.filter((pod) => !hasEnded(pod.object) || isTrace(pod)),
    ...controllers.filter((controller) => !isOver(controller.object) || isTrace(controller)),
    ...companions.filter((companion) => isOfPods(companion.object) && isTrace(companion)),
  ]);
  return { makers: [...makers].sort(), others: [...named(others)].filter((name) => !makers.has(name)).sort() };
}

/** Groups whose Services stand for pods of other clusters. */
const OTHER_CLUSTERS: readonly string[] = ["multicluster.x-k8s.io", "net.gke.io"];

/** Whether an object is there for the sake of pods of its controller. */
function isOfPods(object: KubeObject): boolean {
  const [group = ""] = controllerOf(object)?.apiVersion.split("/") ?? [];
  return [SERVICE, POD_DISRUPTION_BUDGET].some(({ kind }) => kind === object.kind) && !OTHER_CLUSTERS.includes(group);
}

/** What makes what in Kubernetes: a reference to anything else is only said. */
const MADE_BY: Readonly<Record<string, readonly string[]>> = {
  [POD.kind]: [REPLICA_SET, REPLICATION_CONTROLLER, STATEFUL_SET, DAEMON_SET, JOB].map(({ kind }) => kind),
  [REPLICA_SET.kind]: [DEPLOYMENT.kind],
  [JOB.kind]: [CRON_JOB.kind],
  [ENDPOINT_SLICE.kind]: [SERVICE.kind],
  [HORIZONTAL_POD_AUTOSCALER.kind]: [SCALED_OBJECT.kind],
};

const isMadeBy = ({ object }: Listed, { object: owner }: Listed): boolean =>
  MADE_BY[object.kind ?? ""]?.includes(owner.kind ?? "") === true;

/** An object, what controls that, and so on as far as it is in the namespace. References may go round in a circle. */
function lineOf(first: Listed, byUid: ReadonlyMap<string | undefined, Listed>): readonly Listed[] {
  const line = [first];
  for (;;) {
    const last = line[line.length - 1];
    const owner = last === undefined ? undefined : byUid.get(controllerOf(last.object)?.uid);
    if (last === undefined || owner === undefined || line.includes(owner) || !isMadeBy(last, owner)) return line;
    line.push(owner);
  }
}

const isForeignLine = (line: readonly Listed[]): boolean => !line.some((listed) => listed.isOwn);

/** A mirrored EndpointSlice stands for its Endpoints, and a pod for its controller of a kind that is not known: neither is listed. */
function displayNameOf(line: readonly Listed[]): string {
  const top = line[line.length - 1]?.object;
  const owner = top === undefined ? undefined : controllerOf(top);
  const isMirrored = top?.kind === ENDPOINT_SLICE.kind && owner?.kind === ENDPOINTS.kind;
  const shown = isMirrored ? owner : customOwnerOf(line);
  return shown === undefined ? `${top?.kind}/${top?.metadata.name}` : `${shown.kind}/${shown.name}`;
}

/** The controller of the topmost object, if it is of a kind that is not known. */
function customOwnerOf(line: readonly Listed[]): OwnerReference | undefined {
  const top = line[line.length - 1]?.object;
  const owner = top === undefined ? undefined : controllerOf(top);
  return owner !== undefined && isCustom(owner.apiVersion) ? owner : undefined;
}

/** The kinds of Kubernetes that make pods are of a group without a dot. */
function isCustom(apiVersion: string): boolean {
  const [group = "", version] = apiVersion.split("/");
  return version !== undefined && group.includes(".") && group !== GROUP;
}

const ENDED: ReadonlySet<unknown> = new Set(["Succeeded", "Failed"]);

/** A Job that is complete or failed makes no pod any more. */
function isOver({ kind, status }: KubeObject): boolean {
  const { conditions = [] } = (status ?? {}) as { readonly conditions?: readonly { type: string; status: string }[] };
  return kind === JOB.kind && conditions.some(({ type, status: is }) => FINISHED.has(type) && is === "True");
}

const FINISHED: ReadonlySet<string> = new Set(["Complete", "Failed"]);

const hasEnded = (pod: KubeObject): boolean =>
  ENDED.has((pod["status"] as { readonly phase?: string } | undefined)?.phase);
