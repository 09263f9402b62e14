/** EndpointSlices written by hand: kube-proxy trusts them, so one can take a Service's traffic or lead to pods that nobody opened (DRIFT 50). */
import { keyOf, nameOf } from "kopf-ts";
import { ENDPOINT_SLICE, ENDPOINTS } from "../kubernetes/kinds.ts";
import type { ClusterState } from "../state/cluster-state.ts";
import type { FactsAbout, ForeignRecord } from "../state/records/foreign.ts";
import type { WorkloadRecord } from "../state/records/workload.ts";
import { type Detector, type Finding, type ForeignObject, foundObject } from "./foreign-object.ts";
import { recordsBy } from "./indexed.ts";
import { ownServices } from "./own-children.ts";
import { ownPods } from "./pod-owner.ts";

export const endpointSlices: Detector = {
  resources: [ENDPOINT_SLICE, ENDPOINTS],
  driftCases: ["50"],
  protects: ["service", "pods"],
  detect: (workload, state) => {
    const stealing = new Map(
      ownServices(workload, state).flatMap((service) => recordsBy(state.slices, "service", service)),
    );
    const leading = addressesOf(workload, state).flatMap((address) => recordsBy(state.slices, "address", address));
    return [...new Map([...stealing, ...leading])].map(([key, record]) => {
      return foundSlice(key, record, stealing.has(key) ? STEALS : leadsHere(record.facts.service));
    });
  },
};

const STEALS: Finding = {
  driftCase: "50",
  why: "gives this workload's Service endpoints that are not the workload's",
  whileObserved: "goesIfLater",
};

const leadsHere = (service: string): Finding => ({
  driftCase: "50",
  why: `leads Service/${service} to this workload's pods`,
});

const addressesOf = (workload: WorkloadRecord, state: ClusterState): readonly string[] =>
  ownPods(workload, state).flatMap(({ ips }) => ips.map((ip) => `${workload.ref.namespace}/${ip}`));

/** A mirrored slice goes only with the Endpoints that it mirrors. */
function foundSlice(key: string, record: ForeignRecord<FactsAbout<"endpoint-slice">>, finding: Finding): ForeignObject {
  const { mirrorOf } = record.facts;
  if (mirrorOf === undefined) return foundObject(ENDPOINT_SLICE, key, record, finding);
  const endpoints = keyOf({ ...nameOf(key), name: mirrorOf.name });
  return foundObject(ENDPOINTS, endpoints, { ...record, uid: mirrorOf.uid }, finding);
}
