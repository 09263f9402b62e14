/**
 * Pods, and controllers of pods, that carry the label of a workload that does not exist: other workloads may let that workload in, whoever it
 * will be (DRIFT 23). The oldest workload of the namespace reports them, since they are against none in particular.
 */

import { keyOf, nameOf } from "kopf-ts";
import { CONTROLLER_KINDS } from "../expand/child-kinds.ts";
import { POD } from "../kubernetes/kinds.ts";
import type { ClusterState } from "../state/cluster-state.ts";
import type { PodRecord } from "../state/records/pod.ts";
import { type Detector, type ForeignObject, foundObject } from "./foreign-object.ts";
import { foreignBy, recordsBy } from "./indexed.ts";
import { endsSoon } from "./pods.ts";

const FINDING = {
  driftCase: "23",
  why: "carries the label of a workload that does not exist",
  whileObserved: "goesIfLater",
} as const;

const CONTROLLERS = CONTROLLER_KINDS.map(({ resource }) => resource);

export const impersonators: Detector = {
  resources: [POD, ...CONTROLLERS],
  driftCases: ["23"],
  protects: undefined,
  detect: ({ key, ref: { namespace } }, state) =>
    state.oldestIn(namespace)?.key === key
      ? [...impersonatingPods(namespace, state), ...impersonatingControllers(namespace, state)]
      : [],
};

/** The workload that reports a pod of `namespace`, if the pod carries the label of one that does not exist. */
export function concernedByImpersonation(pod: PodRecord, namespace: string, state: ClusterState): readonly string[] {
  const oldest = isImpersonating(pod, namespace, state) ? state.oldestIn(namespace) : undefined;
  return oldest === undefined ? [] : [oldest.key];
}

const isAbsent = (workload: string | undefined, namespace: string, state: ClusterState): boolean =>
  workload !== undefined && state.workloads.get(keyOf({ namespace, name: workload })) === undefined;

/** What a deleted workload left behind was made by a controller, and goes by itself. */
const isImpersonating = (pod: PodRecord, namespace: string, state: ClusterState): boolean =>
  isAbsent(pod.workload, namespace, state) &&
  pod.owner === undefined &&
  !pod.isMadeByController &&
  !pod.isMirror &&
  !endsSoon(pod);

const impersonatingPods = (namespace: string, state: ClusterState): readonly ForeignObject[] =>
  recordsBy(state.pods, "labelledIn", namespace).flatMap(([key, pod]) =>
    isImpersonating(pod, namespace, state) ? [foundObject(POD, key, pod, FINDING)] : [],
  );

/** One of the workload's own name may be what it left behind: the reconciler of abandoned children decides about that. */
const impersonatingControllers = (namespace: string, state: ClusterState): readonly ForeignObject[] =>
  CONTROLLERS.flatMap((resource) =>
    foreignBy("pod-controller", state.childrenOf(resource), "foreignIn", namespace).flatMap(([key, record]) => {
      const { owner, workload } = record.facts;
      const isLeftBehind = workload === nameOf(key).name;
      return owner === undefined && !isLeftBehind && isAbsent(workload, namespace, state)
        ? [foundObject(resource, key, record, FINDING)]
        : [];
    }),
  );
