import { isAtLeast } from "../crds/v1alpha1/enrolment.ts";
import type { ClusterState } from "../state/cluster-state.ts";

/** Whether a namespace is only observed: then others run pods in it, and what those rely on is reported instead of deleted. */
export function isObserved(namespace: string, state: ClusterState): boolean {
  const enrolment = state.enrolmentOf(namespace);
  return enrolment === undefined || !isAtLeast(enrolment, "Guarding");
}
