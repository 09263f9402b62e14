/** One exception: let in whom it lets in, take that away in time, tell of every turn, and wake its workload. */

import { isDeepStrictEqual } from "node:util";
import { isConflict, isNotFound, type Outcome, type ReconcileContext, settled, waiting } from "kopf-ts";
import { SECURITY_EXCEPTION } from "../../crds/group.ts";
import type { ExceptionReason } from "../../crds/v1alpha1/exception-conditions.ts";
import { isoSeconds } from "../../kubernetes/iso-seconds.ts";
import { grantName } from "../../names.ts";
import { type ExceptionRecord, nextStageInMs, type Stage } from "../../state/records/security-exception.ts";
import type { Deps } from "../deps.ts";
import { type Stood, syncGrants } from "./grants.ts";
import { exceptionStatusOf } from "./status.ts";
import { tell, turnsOf } from "./tell.ts";

/** The wall clock may be set: at most so long an end that it brought near goes unnoticed. */
const LOOK_EVERY_MS = 15_000;

interface Seen {
  readonly exception: ExceptionRecord;
  readonly stage: Stage;
  readonly state: ExceptionReason;
}

/** What this replica saw of exceptions: another that works on them meanwhile sees more. */
export class SeenExceptions {
  readonly stood: Stood = new Set();
  readonly states = new Map<string, Seen>();

  forget(exception: string): void {
    this.states.delete(exception);
    for (const mark of this.stood) if (mark.endsWith(`/${grantName(exception)}`)) this.stood.delete(mark);
  }
}

export function createExceptionReconciler(
  deps: Deps,
  { stood, states: seen }: SeenExceptions,
): (context: ReconcileContext) => Promise<Outcome> {
  const { state } = deps;
  return async ({ key, signal }) => {
    const exception = state.exceptions.cache.get(key);
    const retryAfterMs = await syncGrants(key, exception, { stood, deps, signal });
    const before = seen.get(key);
    if (before !== undefined && before.exception.uid !== exception?.uid) {
      tell(before.exception, turnsOf(before.exception, before.state, "Deleted"), deps);
      seen.delete(key);
    }
    if (exception !== undefined) return follow(exception, seen, deps, { retryAfterMs, signal });
    if (retryAfterMs !== undefined) return waiting("GrantPending", retryAfterMs);
    state.exceptions.forget(key);
    return settled();
  };
}

interface Following {
  readonly retryAfterMs: number | undefined;
  readonly signal: AbortSignal;
}

/** Tells each turn once, and comes back at the next. */
async function follow(
  exception: ExceptionRecord,
  seen: SeenExceptions["states"],
  deps: Deps,
  { retryAfterMs, signal }: Following,
): Promise<Outcome> {
  const { state, clock } = deps;
  const { name: key } = exception;
  const stage = state.exceptions.stageOf(exception);
  const reason = state.exceptions.stateOf(exception);
  // Told once, over restarts too; a status that somebody forges hides an Event, and changes nothing else.
  const told = exception.status.conditions?.find(({ type }) => type === "Active")?.reason;
  if (seen.get(key)?.stage !== stage) state.exceptions.turn(exception);
  tell(exception, turnsOf(exception, seen.get(key)?.state ?? told, reason), deps);
  seen.set(key, { exception, stage, state: reason });
  await report(exception, reason, deps, signal);
  const nextMs = nextStageInMs(exception, stage, clock.now());
  const waits = [retryAfterMs, nextMs === undefined ? undefined : Math.min(nextMs, LOOK_EVERY_MS)];
  const known = waits.filter((ms) => ms !== undefined);
  return known.length === 0 ? settled() : waiting("ExceptionInForce", Math.min(...known));
}

/** Only when it says something new. */
async function report(
  exception: ExceptionRecord,
  reason: ExceptionReason,
  { client, clock, state }: Deps,
  signal: AbortSignal,
): Promise<void> {
  const status = exceptionStatusOf(exception, reason, isoSeconds(clock.now()));
  if (isDeepStrictEqual(status, exception.status)) return;
  const patch = { metadata: { uid: exception.uid }, status };
  const options = { type: "merge", subresource: "status", signal } as const;
  try {
    state.exceptions.cache.observe(await client.patch(SECURITY_EXCEPTION, { name: exception.name }, patch, options));
  } catch (error) {
    // Gone, or made anew: its own event brings the next pass.
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}
