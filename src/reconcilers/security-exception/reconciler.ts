/** One exception: let in whom it lets in, take that away in time, tell of every turn, and wake its workload. */
import { isDeepStrictEqual } from "node:util";
import { SECURITY_EXCEPTION } from "../../crds/group.ts";
import type { ExceptionReason } from "../../crds/v1alpha1/exception-conditions.ts";
import { isConflict, isNotFound } from "../../kopf/api-error.ts";
import type { ReconcileContext } from "../../kopf/controller.ts";
import { type Outcome, settled, waiting } from "../../kopf/outcome.ts";
import type { Deps } from "../deps.ts";
import { isoSeconds } from "../secure-workload/status.ts";
import { grantName } from "./break-glass.ts";
import { type Stood, syncGrants } from "./grants.ts";
import { type ExceptionRecord, nextStageInMs, type Stage } from "./record.ts";
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
  const { world, clock } = deps;
  return async ({ key, signal }) => {
    const exception = world.exceptions.cache.get(key);
    const retryAfterMs = await syncGrants(key, exception, stood, deps, signal);
    const before = seen.get(key);
    if (before !== undefined && before.exception.uid !== exception?.uid) {
      tell(before.exception, turnsOf(before.exception, before.state, "Deleted"), deps);
      seen.delete(key);
    }
    if (exception === undefined) return retryAfterMs === undefined ? settled() : waiting("GrantPending", retryAfterMs);
    const stage = world.exceptions.stageOf(exception);
    const state = world.exceptions.stateOf(exception);
    // Told once, over restarts too; a status that somebody forges hides an Event, and changes nothing else.
    const told = exception.status.conditions?.find(({ type }) => type === "Active")?.reason;
    if (seen.get(key)?.stage !== stage) world.exceptions.turn(exception);
    tell(exception, turnsOf(exception, seen.get(key)?.state ?? told, state), deps);
    seen.set(key, { exception, stage, state });
    await report(exception, state, deps, signal);
    const nextMs = nextStageInMs(exception, stage, clock.now());
    const waits = [retryAfterMs, nextMs === undefined ? undefined : Math.min(nextMs, LOOK_EVERY_MS)];
    const known = waits.filter((ms) => ms !== undefined);
    return known.length === 0 ? settled() : waiting("ExceptionInForce", Math.min(...known));
  };
}

/** Only when it says something new. */
async function report(
  exception: ExceptionRecord,
  state: ExceptionReason,
  { client, clock, world }: Deps,
  signal: AbortSignal,
): Promise<void> {
  const status = exceptionStatusOf(exception, state, isoSeconds(clock.now()));
  if (isDeepStrictEqual(status, exception.status)) return;
  const patch = { metadata: { uid: exception.uid }, status };
  const options = { type: "merge", subresource: "status", signal } as const;
  try {
    world.exceptions.cache.observe(await client.patch(SECURITY_EXCEPTION, { name: exception.name }, patch, options));
  } catch (error) {
    // Gone, or made anew: its own event brings the next pass.
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}
