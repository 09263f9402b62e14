/** Deletes and evicts, within the {@link DestructionBudget}. Nothing else removes what is not a child. */
import { ApiError } from "kopf-ts";
import { POD } from "../../kubernetes/kinds.ts";
import { type Action, displayName } from "../../plan/action.ts";
import type { WorkloadRecord } from "../../state/records/workload.ts";
import type { Deps } from "../deps.ts";
import { type ChildResult, corrected } from "./correction-result.ts";
import type { Pause } from "./destruction-budget.ts";

type DestroyDeps = Pick<
  Deps,
  "client" | "state" | "budget" | "clock" | "corrections" | "metrics" | "logger" | "recorder"
>;

/** Until a disruption budget that refused an eviction may have room again. */
const EVICT_AGAIN_MS = 5_000;
/** A person or a tool changed the pod: it gets no time to go on. */
const AT_ONCE = { gracePeriodSeconds: 0 } as const;

/** Removes one object that {@link Action} names by its uid, unless the budget of its cause is spent. */
export async function destroy(
  action: Action,
  { key, ref: { namespace } }: WorkloadRecord,
  deps: DestroyDeps,
  signal: AbortSignal,
): Promise<ChildResult> {
  const expense = { cause: action.cause, workload: key, namespace };
  const isForeign = action.subject === "foreign";
  const pause = isForeign ? deps.budget.take(expense) : undefined;
  if (pause !== undefined) return paused(action, pause, deps);
  const giveBack = (): void => {
    if (isForeign) deps.budget.giveBack(expense);
  };
  const outcome = await attempt(action, deps, signal).catch((error: unknown) => {
    giveBack();
    throw error;
  });
  if (outcome !== "deleted") giveBack();
  if (outcome === "held") return heldByBudget(action);
  deps.state.cacheOf(action.resource)?.observeDeleted(action.name, action.uid);
  if (outcome === "gone" || action.driftCase === undefined) return {};
  const { driftCase, why, changedBy, seenMs = deps.clock.monotonicMs() } = action;
  return { correction: corrected(action, deps, { action: "Delete", driftCase, fields: [why], changedBy, seenMs }) };
}

function paused(action: Action, { cause, untilMs, isNew }: Pause, { clock, logger }: DestroyDeps): ChildResult {
  if (isNew) logger.warn({ child: displayName(action), why: cause }, "deletions paused");
  return { retryAfterMs: Math.max(1, untilMs - clock.monotonicMs()), paused: { cause, isNew } };
}

type Destroyed = "deleted" | "gone" | "held";

const attempt = (action: Action, deps: DestroyDeps, signal: AbortSignal): Promise<Destroyed> =>
  action.verb === "evict" ? evict(action, deps, signal) : remove(action, deps, signal);

async function remove(action: Action, { client }: DestroyDeps, signal: AbortSignal): Promise<Destroyed> {
  const { resource, name, uid, subject } = action;
  const grace = resource === POD && subject === "foreign" ? AT_ONCE : {};
  return (await client.delete(resource, name, { signal, ...(uid === undefined ? {} : { uid }), ...grace }))
    ? "deleted"
    : "gone";
}

/** The API server holds an eviction back where it would break a disruption budget (KEP-85), so healthy pods never fall below it by our hand. */
async function evict(action: Action, { client }: DestroyDeps, signal: AbortSignal): Promise<Destroyed> {
  const { name, uid, subject } = action;
  const grace = subject === "foreign" ? AT_ONCE : {};
  const eviction = {
    apiVersion: "policy/v1",
    kind: "Eviction",
    metadata: { name: name.name, namespace: name.namespace ?? "" },
    deleteOptions: { ...grace, ...(uid === undefined ? {} : { preconditions: { uid } }) },
  };
  try {
    await client.create(POD, eviction, { subresource: "eviction", signal });
    return "deleted";
  } catch (error) {
    return refusedEviction(error);
  }
}

/** 429: a disruption budget has no room. 404 and 409: another object, or none, has the name by now. */
function refusedEviction(error: unknown): Destroyed {
  const status = error instanceof ApiError ? error.status : undefined;
  if (status === 429) return "held";
  if (status === 404 || status === 409) return "gone";
  throw error;
}

const heldByBudget = (action: Action): ChildResult =>
  action.subject === "pod"
    ? { retryAfterMs: EVICT_AGAIN_MS }
    : {
        problem: {
          reason: "CorrectionLimited",
          message: `${displayName(action)} keeps running (${action.why}): evicting it now would take more pods of the workload than its PodDisruptionBudget allows`,
          retryAfterMs: EVICT_AGAIN_MS,
        },
      };
