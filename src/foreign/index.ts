/** Everything that finds foreign objects, and the one gate before it. */
import type { ClusterState } from "../state/cluster-state.ts";
import type { WorkloadRecord } from "../state/records/workload.ts";
import { autoscalers } from "./autoscalers.ts";
import { cniPolicies } from "./cni-policies.ts";
import { disruptionBudgets } from "./disruption-budgets.ts";
import { endpointSlices } from "./endpoint-slices.ts";
import type { Detector, ForeignObject, Protected } from "./foreign-object.ts";
import { impersonators } from "./impersonators.ts";
import { networkPolicies } from "./network-policies.ts";
import { ownServices, ownsAccount, ownsController } from "./own-children.ts";
import { podControllers } from "./pod-controllers.ts";
import { ownPods } from "./pod-owner.ts";
import { podTemplates } from "./pod-templates.ts";
import { pods } from "./pods.ts";
import { roleBindings } from "./role-bindings.ts";
import { routes } from "./routes.ts";
import { services } from "./services.ts";

export const DETECTORS: readonly Detector[] = [
  networkPolicies,
  cniPolicies,
  roleBindings,
  podTemplates,
  podControllers,
  pods,
  impersonators,
  autoscalers,
  routes,
  services,
  endpointSlices,
  disruptionBudgets,
];

const STANDS: Readonly<Record<Protected, (workload: WorkloadRecord, state: ClusterState) => boolean>> = {
  controller: ownsController,
  pods: (workload, state) => ownPods(workload, state).length > 0,
  service: (workload, state) => ownServices(workload, state).length > 0,
  "service-account": ownsAccount,
};

/** Every foreign object that has to go on behalf of what is this workload's own, at once or later: see `deferral.ts`. */
export function detectForeign(workload: WorkloadRecord, state: ClusterState): readonly ForeignObject[] {
  const stands = (part: Protected): boolean => STANDS[part](workload, state);
  return DETECTORS.filter(({ protects }) => protects === undefined || protects.some(stands)).flatMap(({ detect }) =>
    detect(workload, state),
  );
}
