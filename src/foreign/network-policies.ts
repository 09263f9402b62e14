/** NetworkPolicies of others that allow traffic of a workload's pods: policies only ever add (DRIFT 40). */
import { NETWORK_POLICY } from "../kubernetes/kinds.ts";
import type { NetworkPolicyFacts } from "../state/records/foreign.ts";
import type { WorkloadRecord } from "../state/records/workload.ts";
import { type Detector, foundObject } from "./foreign-object.ts";
import { foreignBy } from "./indexed.ts";
import { couldSelect, ifAsksForOurLabels, reachesPodsOf } from "./selects-workload.ts";

export type Opening = Pick<NetworkPolicyFacts, "podSelector" | "allows">;

/** Whether a policy allows something and could select a workload's pods. */
export const opensPodsOf = (workload: WorkloadRecord["ref"], { podSelector, allows }: Opening): boolean =>
  allows && couldSelect(podSelector, workload);

const FINDING = { driftCase: "40", why: "allows traffic of this workload's pods" };

export const networkPolicies: Detector = {
  resources: [NETWORK_POLICY],
  driftCases: ["40"],
  protects: ["controller", "pods"],
  detect: (workload, state) =>
    foreignBy("network-policy", state.childrenOf(NETWORK_POLICY), "foreignIn", workload.ref.namespace).flatMap(
      ([key, record]) =>
        record.facts.allows && reachesPodsOf(record.facts.podSelector, workload, state)
          ? [foundObject(NETWORK_POLICY, key, record, { ...FINDING, ...ifAsksForOurLabels(record.facts.podSelector) })]
          : [],
    ),
};
