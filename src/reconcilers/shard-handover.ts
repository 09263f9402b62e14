/**
 * What a replica keeps in memory of a namespace while it works on it. Another that works on it meanwhile decides otherwise than is remembered
 * here, and writes it down where every replica reads it: so all of it goes with the namespace, as with a restart.
 */
import type { Belongs } from "kopf-ts";
import type { ClusterState } from "../state/cluster-state.ts";
import type { MissingChildren } from "./apply/missing-children.ts";
import type { Deps } from "./deps.ts";
import { forgetFindings } from "./security-baseline/reconciler.ts";
import type { SeenExceptions } from "./security-exception/reconciler.ts";

export interface Memories {
  readonly losses: MissingChildren;
  readonly exceptions: SeenExceptions;
}

/** Before anything is done: what was seen while another worked, or nobody, is looked at again. */
export function onGained(state: ClusterState, { losses }: Pick<Memories, "losses">, belongs: Belongs): void {
  for (const [, workload] of state.workloads.entries()) if (belongs(workload.ref.namespace)) losses.clear(workload);
  state.judgeAgain(belongs);
}

export function onReleased(
  deps: Pick<Deps, "state" | "metrics">,
  { exceptions }: Pick<Memories, "exceptions">,
  belongs: Belongs,
): void {
  const { state } = deps;
  for (const [name] of state.namespaces.entries()) if (belongs(name)) state.release(name);
  for (const name of [...exceptions.states.keys()])
    if (belongs(state.exceptions.namespaceOf(name))) exceptions.forget(name);
  if (belongs(undefined)) forgetFindings(deps);
}
