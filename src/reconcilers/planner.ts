/** The plan of one workload without an operator that acts on it: for `palisade plan`. */
import type { Operator } from "kopf-ts";
import type { Plan } from "../plan/action.ts";
import { MissingChildren } from "./apply/missing-children.ts";
import { MutatedWrites } from "./apply/mutated-writes.ts";
import { createState, type StateOptions } from "./create-state.ts";
import { notRunnableProblem } from "./secure-workload/not-runnable.ts";
import { decideIdentity, glance } from "./secure-workload/observe.ts";
import { planFor } from "./secure-workload/plan.ts";

/** The plan, or why there is none until somebody changes the workload. */
export type Planned = { readonly plan: Plan } | { readonly refusal: string };

/**
 * To be called before the operator runs; what it returns, once its caches are in sync. It plans from what the cluster and the status say, as the
 * operator does right after a start, and asks no registry. Undefined for a workload that does not exist.
 */
export function createPlanner(
  operator: Operator,
  options: StateOptions,
): (key: string, signal: AbortSignal) => Promise<Planned | undefined> {
  const { state } = createState(operator, options);
  const { client, clock } = operator;
  return async (key, signal) => {
    const seen = glance(key, { state, clock });
    if (seen === undefined) return undefined;
    const refusal = notRunnableProblem(seen.workload, state)?.message;
    if (refusal !== undefined) return { refusal };
    decideIdentity(seen.workload, state);
    const deps = { state, client, clock, rewrites: new MutatedWrites(clock) };
    return { plan: (await planFor(seen, deps, new MissingChildren(clock, state.memory), signal)).plan };
  };
}
