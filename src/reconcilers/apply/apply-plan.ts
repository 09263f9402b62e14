/**
 * Carries out a plan. Every action has its own result: one that fails keeps no other from being tried, and loses nothing of one that was done. An
 * action waits for those that it needs, and is left for the next pass when one of them did not succeed.
 */
import type { ChildKind } from "../../expand/child-kinds.ts";
import { type Action, actionKey, type Plan } from "../../plan/action.ts";
import type { WorkloadRecord } from "../../state/records/workload.ts";
import type { Deps } from "../deps.ts";
import { syncChild } from "./children.ts";
import { applyClaim } from "./claims.ts";
import { applyCopy } from "./config-copies.ts";
import type { ChildResult } from "./correction-result.ts";
import { destroy } from "./destroy.ts";
import type { Target } from "./target.ts";

export interface ActionResult extends ChildResult {
  readonly action: Action;
  /** What the API server, or a bug of ours, answered instead. */
  readonly error?: unknown;
  /** Keys of what it waited for in vain: it was not tried. */
  readonly waitsFor?: readonly string[];
}

export interface ApplyContext {
  readonly workload: WorkloadRecord;
  readonly deps: Deps;
  readonly signal: AbortSignal;
  readonly targetOf: (kind: ChildKind) => Target;
}

/** Rejects for an aborted signal alone, once every action that was begun has ended. */
export async function applyPlan(plan: Plan, context: ApplyContext): Promise<readonly ActionResult[]> {
  const blocked = new Set(plan.blocked.map(({ key }) => key));
  const running = new Map<string, Promise<ActionResult>>();
  for (const action of plan.actions) {
    const needed = action.needs.filter((key) => key !== actionKey(action));
    const before = needed.flatMap((key) => running.get(key) ?? []);
    const inVain = needed.filter((key) => blocked.has(key));
    running.set(uniqueKey(action, running), applyAfter(action, { before, inVain }, context));
  }
  const results = await Promise.all(running.values());
  context.signal.throwIfAborted();
  return results;
}

/** Two actions on one name, an eviction of a pod for two reasons for example, are both tried. */
function uniqueKey(action: Action, running: ReadonlyMap<string, unknown>): string {
  const key = actionKey(action);
  return running.has(key) ? `${key}#${running.size}` : key;
}

interface Needed {
  readonly before: readonly Promise<ActionResult>[];
  readonly inVain: readonly string[];
}

async function applyAfter(action: Action, { before, inVain }: Needed, context: ApplyContext): Promise<ActionResult> {
  const ended = await Promise.all(before);
  const failed = ended.filter(
    ({ error, problem, waitsFor }) => error ?? waitsFor ?? (problem?.keepsNothingBack === true ? undefined : problem),
  );
  const waitsFor = [...inVain, ...failed.map(({ action: needed }) => actionKey(needed))];
  if (waitsFor.length > 0) return { action, waitsFor };
  try {
    return { action, ...(await applyAction(action, context)) };
  } catch (error) {
    return { action, error };
  }
}

async function applyAction(action: Action, { workload, deps, signal, targetOf }: ApplyContext): Promise<ChildResult> {
  switch (action.subject) {
    case "child": {
      const kind = deps.state.serviceNames
        .kindsOf(workload)
        .find(
          ({ resource, nameFor }) => resource === action.resource && nameFor(workload.ref.name) === action.name.name,
        );
      return kind === undefined ? {} : syncChild(kind, targetOf(kind), deps, signal);
    }
    case "config-copy":
      return applyCopy(action, workload, deps, signal);
    case "claim":
      return applyClaim(action, workload, deps, signal);
    default:
      return destroy(action, workload, deps, signal);
  }
}
