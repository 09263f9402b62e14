/** Foreign objects that are reported and left alone for now. */
import { nameOf, type Resource } from "kopf-ts";
import { ENROLMENT_LABEL } from "../crds/group.ts";
import type { ChildKind } from "../expand/child-kinds.ts";
import {
  HORIZONTAL_POD_AUTOSCALER,
  HTTP_ROUTE,
  INGRESS,
  NETWORK_POLICY,
  POD_DISRUPTION_BUDGET,
  ROLE_BINDING,
  SCALED_OBJECT,
  SERVICE,
  VERTICAL_POD_AUTOSCALER,
} from "../kubernetes/kinds.ts";
import { couldMatch, type LabelSelector } from "../kubernetes/selectors.ts";
import type { Deferral } from "../plan/action.ts";
import type { ClusterState } from "../state/cluster-state.ts";
import { type ChildRecord, isHandedOver } from "../state/records/child.ts";
import type { WorkloadRecord } from "../state/records/workload.ts";
import type { ForeignObject } from "./foreign-object.ts";
import { isServing } from "./serving.ts";

/** What brings traffic, or keeps pods: it goes, or is taken over, only when the workload serves. */
const CARRIES_TRAFFIC: ReadonlySet<Resource> = new Set([
  SERVICE,
  INGRESS,
  HTTP_ROUTE,
  POD_DISRUPTION_BUDGET,
  HORIZONTAL_POD_AUTOSCALER,
  SCALED_OBJECT,
  VERTICAL_POD_AUTOSCALER,
]);

/** Why a child of this kind that is handed over stays as it is for now; undefined when it is to be taken over. */
export function handoverDeferral(
  { resource }: Pick<ChildKind, "resource">,
  record: ChildRecord | undefined,
  workload: WorkloadRecord,
  state: ClusterState,
): Deferral | undefined {
  if (!isHandedOver(record)) return undefined;
  if (resource === NETWORK_POLICY && protectsOthers(record, workload, state)) return "OldPods";
  return CARRIES_TRAFFIC.has(resource) && !isServing(workload, state) ? "NotServing" : undefined;
}

/** Whether a policy selects pods that are not the workload's: without it they could be cut off. One that ends serves until it is gone. */
function protectsOthers({ deviation }: ChildRecord, { ref }: WorkloadRecord, state: ClusterState): boolean {
  const { podSelector = {} } = (deviation?.live["spec"] ?? {}) as { readonly podSelector?: LabelSelector };
  return [...state.pods.entries()].some(
    ([key, { labels, workload }]) =>
      nameOf(key).namespace === ref.namespace && workload !== ref.name && couldMatch(podSelector, labels),
  );
}

/** Why the object stays for now; undefined when it has to go. Its adoption label hands it over, whatever the namespace. */
export function deferralOf(
  foreign: ForeignObject,
  workload: WorkloadRecord,
  state: ClusterState,
): Deferral | undefined {
  if (isElsewhere(foreign, workload, state)) return "Elsewhere";
  const { resource, createdMs, givenTo } = foreign;
  // Creation times are whole seconds: of the same one, nobody can tell which was first.
  const isOlder = createdMs <= workload.createdMs;
  if (
    givenTo !== workload.ref.name &&
    state.enrolmentOf(workload.ref.namespace) === "Observing" &&
    !goesAllTheSame(foreign, isOlder)
  )
    return "Observing";
  return isOlder && CARRIES_TRAFFIC.has(resource) && !isServing(workload, state) ? "NotServing" : undefined;
}

/**
 * In a namespace that is not enrolled `palisade-operator-reach` refuses to the operator whatever is not a binding of accounts, as it must refuse it
 * to a thief of its token.
 */
function isElsewhere({ resource, key }: ForeignObject, { ref }: WorkloadRecord, { namespaces }: ClusterState): boolean {
  const { namespace = "" } = nameOf(key);
  if (namespace === "" || namespace === ref.namespace || resource === ROLE_BINDING) return false;
  return namespaces.get(namespace)?.marks[ENROLMENT_LABEL] === undefined;
}

const goesAllTheSame = ({ whileObserved }: ForeignObject, isOlder: boolean): boolean =>
  whileObserved === "goes" || (whileObserved === "goesIfLater" && !isOlder);
