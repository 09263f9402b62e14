/**
 * What a namespace is due where Palisade only reports: its own reconciler writes nothing there, so the oldest workload tells of it, as it does of
 * corrections. Reads the caches only.
 */
import { keyOf } from "kopf-ts";
import { NETWORK } from "../../expand/child-kinds.ts";
import { NAMESPACE, NETWORK_POLICY } from "../../kubernetes/kinds.ts";
import { DEFAULT_DENY_NAME } from "../../names.ts";
import type { Action } from "../../plan/action.ts";
import type { ChildView } from "../../plan/plan-changes.ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import type { WorkloadRecord } from "../../state/records/workload.ts";
import { labelsFor, missingLabels } from "../namespace/namespace-metadata.ts";
import { compared } from "./child-views.ts";

/** Whether it is this workload that tells what is due in its namespace. */
export const tellsOfNamespace = ({ key, ref: { namespace } }: WorkloadRecord, state: ClusterState): boolean =>
  state.granted.enforcement(namespace) === "Report" && state.oldestIn(namespace)?.key === key;

/** The default deny of the workload's namespace, as a guard of the workload. */
export function defaultDenyView({ ref: { namespace } }: WorkloadRecord, state: ClusterState): ChildView {
  const name = { namespace, name: DEFAULT_DENY_NAME };
  const found = state.childrenOf(NETWORK_POLICY).get(keyOf(name));
  return {
    resource: NETWORK_POLICY,
    name,
    role: NETWORK.role,
    closesIn: NETWORK.closesIn,
    driftCases: NETWORK.driftCases,
    isWanted: true,
    isOurs: true,
    isImmutable: false,
    missingSinceMs: state.memory.ofNamespace(namespace).denyLostMs,
    ...compared(found, state.desiredDefaultDeny(namespace)),
  };
}

/** The labels that close the namespace, where they are not as they must be. */
export function namespaceActions({ ref: { namespace } }: WorkloadRecord, state: ClusterState): readonly Action[] {
  const record = state.namespaces.get(namespace);
  if (record === undefined) return [];
  const labels = labelsFor(namespace, record, state.enrolmentOf(namespace) ?? "Observing", state);
  const missing = missingLabels(record, labels);
  if (missing.length === 0) return [];
  return [
    {
      verb: "replace",
      subject: "child",
      resource: NAMESPACE,
      name: { name: namespace },
      uid: record.uid,
      why: "its labels do not close it",
      fields: missing.map((label) => `metadata.labels[${label}]`),
      needs: [],
    },
  ];
}
