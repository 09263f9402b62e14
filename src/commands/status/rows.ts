/** One row for each SecureWorkload, from the SecureWorkloads alone. Pure. */
import type { KubeObject } from "kopf-ts";
import { missingHalves } from "./access.ts";
import type { Row } from "./model.ts";
import { podCounts } from "./pods.ts";
import { conditionOf, statusOf } from "./reading.ts";
import { isSeen, readinessOf, troublesOf } from "./troubles.ts";

/** Those with trouble first, then by namespace and name. */
export const rowsOf = (workloads: readonly KubeObject[]): readonly Row[] => workloads.map(rowOf).sort(byTrouble);

export const isTroubled = ({ troubles }: Row): boolean => troubles.length > 0;

function rowOf(workload: KubeObject): Row {
  const { namespace = "", name } = workload.metadata;
  const { status, reason } = readinessOf(workload);
  const { exceptions = [], drift } = statusOf(workload);
  const troubles = troublesOf(workload).map(({ condition }) => condition);
  const { ready, wanted } = podCounts(workload);
  return {
    namespace,
    name,
    ready: status,
    reason,
    isSeen: isSeen(workload),
    troubles: [...new Set(troubles)],
    access: conditionOf(workload, "AccessAgreed")?.status ?? "Unknown",
    missing: missingHalves(workload).length,
    podsReady: ready,
    podsWanted: wanted,
    exceptions: exceptions.filter(({ closed }) => closed === undefined).length,
    corrections: drift?.corrected ?? 0,
  };
}

const placeOf = ({ namespace, name }: Row): string => `${namespace}/${name}`;

/** Not ready before what merely has a finding. */
const weightOf = (row: Row): number => (row.ready === "True" ? (isTroubled(row) ? 1 : 2) : 0);

const byTrouble = (a: Row, b: Row): number => weightOf(a) - weightOf(b) || (placeOf(a) < placeOf(b) ? -1 : 1);
