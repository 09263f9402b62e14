/** The plan of one pass over one workload. Besides the controllers that {@link detect} may read again and the dry runs of
 * {@link explainPods}, nothing but caches is read. */
import type { Action, Plan } from "../../plan/action.ts";
import { planChanges } from "../../plan/plan-changes.ts";
import { planClaims } from "../apply/claims.ts";
import { planCopies } from "../apply/config-copies.ts";
import type { MissingChildren } from "../apply/missing-children.ts";
import type { Deps } from "../deps.ts";
import { dueChildren, hasController, predecessorRetryMs } from "./child-views.ts";
import { explainPods } from "./explain-pods.ts";
import { defaultDenyView, namespaceActions, tellsOfNamespace } from "./namespace-plan.ts";
import type { Seen } from "./observe.ts";
import { detect, podsToEnd } from "./surroundings.ts";

/** The end of somebody else's pod wakes nobody. */
const OLD_PODS_AGAIN_MS = 5_000;

export async function planFor(
  { workload, exceptions }: Seen,
  deps: Pick<Deps, "state" | "client" | "rewrites" | "clock">,
  missing: MissingChildren,
  signal: AbortSignal,
): Promise<{ readonly plan: Plan; readonly retryAfterMs: number | undefined }> {
  const { state } = deps;
  const explainAgainMs = await explainPods(workload, deps, signal);
  const { due, deferred } = await detect(workload, deps, signal);
  const foreign = due.filter((action) => !isOrphanedByUs(action, missing.isExpected(workload)));
  const children = dueChildren(workload, state, (kind) => missing.since(workload, kind));
  const ending = podsToEnd(workload, exceptions, state);
  const ofNamespace = tellsOfNamespace(workload, state);
  const plan = planChanges(ofNamespace ? [defaultDenyView(workload, state), ...children] : children, {
    namespace: ofNamespace ? namespaceActions(workload, state) : [],
    copies: planCopies(workload, state),
    claims: planClaims(workload, state),
    foreign,
    deferred,
    pods: ending.actions,
    hasController: hasController(workload, state),
  });
  const oldPodsMs = plan.deferred.some(({ because }) => because === "OldPods") ? OLD_PODS_AGAIN_MS : undefined;
  const waits = [ending.retryAfterMs, explainAgainMs, oldPodsMs, predecessorRetryMs(workload, state)].filter(
    (ms) => ms !== undefined,
  );
  return { plan, retryAfterMs: waits.length === 0 ? undefined : Math.min(...waits) };
}

/** Pods whose controller we delete only to create it again are adopted by its successor in a moment. */
const isOrphanedByUs = ({ driftCase }: Action, isRecreating: boolean): boolean =>
  isRecreating && (driftCase === "36" || driftCase === "83");
