/** Services of others that lead to a workload's pods: the SecureWorkload declares on which ports, and to whom, it is open (DRIFT 44 to 48). */

import { HTTP_ROUTE, INGRESS, SERVICE } from "../kubernetes/kinds.ts";
import type { ClusterState } from "../state/cluster-state.ts";
import type { ForeignRecord } from "../state/records/foreign.ts";
import type { ServiceFacts } from "../state/records/foreign-service.ts";
import type { WorkloadRecord } from "../state/records/workload.ts";
import { type Detector, foundObject } from "./foreign-object.ts";
import { foreignBy } from "./indexed.ts";
import { ownServices, ownsController } from "./own-children.ts";
import { ownPods } from "./pod-owner.ts";
import { ifAsksForOurLabels, reachesPodsOf } from "./selects-workload.ts";

export const services: Detector = {
  resources: [SERVICE],
  driftCases: ["44", "45", "46", "48"],
  protects: ["controller", "pods", "service"],
  detect: (workload, state) => {
    const found = new Map([...selecting(workload, state), ...aliases(workload, state)]);
    return [...found].map(([key, record]) => {
      const { driftCase, manner, selector = {} } = record.facts;
      const finding = { driftCase, why: `leads to this workload's pods ${manner}` };
      return foundObject(SERVICE, key, record, { ...finding, ...ifAsksForOurLabels({ matchLabels: selector }) });
    });
  },
};

type Found = readonly (readonly [string, ForeignRecord<ServiceFacts>])[];

function selecting(workload: WorkloadRecord, state: ClusterState): Found {
  if (!ownsController(workload, state) && ownPods(workload, state).length === 0) return [];
  return foreignBy("service", state.childrenOf(SERVICE), "foreignIn", workload.ref.namespace).filter(
    ([, { facts }]) => facts.selector !== undefined && reachesPodsOf({ matchLabels: facts.selector }, workload, state),
  );
}

/** Other names of the workload's own Services. A client elsewhere may call it by a name of its own; no Ingress may. */
const aliases = (workload: WorkloadRecord, state: ClusterState): Found =>
  ownServices(workload, state)
    .flatMap((service) => foreignBy("service", state.childrenOf(SERVICE), "service", service))
    .filter(([key]) => key.startsWith(`${workload.ref.namespace}/`) || isRoutedTo(key, state));

const isRoutedTo = (service: string, state: ClusterState): boolean =>
  [INGRESS, HTTP_ROUTE].some((resource) => state.childrenOf(resource).byIndex("service", service).length > 0);
