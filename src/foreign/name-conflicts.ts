/** What stands under a workload's names and is somebody else's. */
import { keyOf } from "kopf-ts";
import type { Problem } from "../crds/v1alpha1/findings.ts";
import type { ClusterState } from "../state/cluster-state.ts";
import { isHandedOver } from "../state/records/child.ts";
import type { WorkloadRecord } from "../state/records/workload.ts";
import { besideNamesake } from "./namesake.ts";

/** How many objects a message names beside those that hold a name. */
const MAX_NAMED = 10;

/** One problem for all names that are taken, which tells what else belongs to the namesake; every other problem as it is. */
export function joinConflicts(
  problems: readonly Problem[],
  workload: WorkloadRecord,
  state: ClusterState,
): readonly Problem[] {
  const taken = problems.filter(({ reason }) => reason === "NameTaken");
  const [first] = taken;
  if (first === undefined) return problems;
  const message = [...taken.map((problem) => problem.message), ...besideSentence(workload, state)].join("; ");
  return problems.flatMap((problem) => {
    if (problem.reason !== "NameTaken") return [problem];
    return problem === first ? [{ ...first, message }] : [];
  });
}

function besideSentence(workload: WorkloadRecord, state: ClusterState): readonly string[] {
  const beside = besideNamesake(workload, state);
  if (beside.length === 0) return [];
  const more = beside.length > MAX_NAMED ? ` and ${beside.length - MAX_NAMED} more` : "";
  const named = `${beside.slice(0, MAX_NAMED).join(", ")}${more}`;
  return [
    `beside it stand ${named}: label those too that this workload replaces, and Palisade leaves the others alone`,
  ];
}

/** Children, as kind and name, but for those that are not this workload's yet. */
export function ownAmong(
  children: readonly string[],
  workload: WorkloadRecord,
  state: ClusterState,
): readonly string[] {
  const { namespace, name } = workload.ref;
  const others = new Set(
    state.serviceNames.kindsOf(workload).flatMap(({ resource, nameFor }) => {
      const record = state.childrenOf(resource).get(keyOf({ namespace, name: nameFor(name) }));
      const isOthers = record?.type === "child" && (record.comparison === "nameConflict" || isHandedOver(record));
      return isOthers ? [`${resource.kind}/${nameFor(name)}`] : [];
    }),
  );
  return others.size === 0 ? children : children.filter((child) => !others.has(child));
}
