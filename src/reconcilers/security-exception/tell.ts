/** Tells people that an exception began, is about to end, or ended: Events on the workload and on the exception, and a line in the log. */
import { API_VERSION, SECURE_WORKLOAD, SECURITY_EXCEPTION } from "../../crds/group.ts";
import type { ExceptionReason } from "../../crds/v1alpha1/exception-conditions.ts";
import type { Deps } from "../deps.ts";
import { isoSeconds } from "../secure-workload/status.ts";
import type { ExceptionRecord } from "./record.ts";
import { whatOf } from "./status.ts";

export interface Turn {
  readonly reason:
    | "ExceptionActive"
    | "ExceptionExpiring"
    | "ExceptionExpired"
    | "ExceptionDeleted"
    | "BreakGlassOpened"
    | "BreakGlassClosed";
  readonly action: "Relax" | "Warn" | "Lock";
  readonly note: string;
}

type Before = string | undefined;

const wasInForce = (before: Before): boolean => before === "InForce" || before === "ExpiresSoon";

/** What is to be told when the state of an exception was `before` and is `now`; `Deleted` for one that is gone. Pure. */
export function turnsOf(exception: ExceptionRecord, before: Before, now: ExceptionReason | "Deleted"): readonly Turn[] {
  if (now === before) return [];
  if (now === "InForce") return wasInForce(before) ? [] : [opened(exception)];
  if (now === "ExpiresSoon") return [...(wasInForce(before) ? [] : [opened(exception)]), expiring(exception)];
  return wasInForce(before) ? ended(exception, now) : [];
}

function opened(exception: ExceptionRecord): Turn {
  const { spec, user } = exception;
  const until = isoSeconds(exception.expiresMs);
  return {
    reason: user === undefined ? "ExceptionActive" : "BreakGlassOpened",
    action: "Relax",
    note: `until ${until} ${whatOf(exception)}: ${spec?.reason} (asked for by ${spec?.requestedBy})`,
  };
}

const expiring = (exception: ExceptionRecord): Turn => ({
  reason: "ExceptionExpiring",
  action: "Warn",
  note: `${whatOf(exception)} until ${isoSeconds(exception.expiresMs)} and no longer: make it work without, or ask for another exception`,
});

function ended({ workload, user }: ExceptionRecord, now: ExceptionReason | "Deleted"): readonly Turn[] {
  const reason = now === "Deleted" ? "ExceptionDeleted" : "ExceptionExpired";
  const over = { Deleted: "the exception was deleted", WorkloadMissing: "the workload is gone" }[now as string];
  const why = over ?? "the exception has expired";
  const locked = `${why}: ${workload} is held to every rule that no other exception lifts`;
  const closed = `${why}: ${user} may no longer enter; the pods that were there meanwhile are replaced`;
  return [
    ...(now === "WorkloadMissing" ? [] : [{ reason, action: "Lock", note: locked } as const]),
    ...(user === undefined ? [] : [{ reason: "BreakGlassClosed", action: "Lock", note: closed } as const]),
  ];
}

export function tell(exception: ExceptionRecord, turns: readonly Turn[], { world, recorder, logger }: Deps): void {
  const { name, uid, workload: key, lifts, user, spec } = exception;
  const workload = world.workloads.get(key);
  const self = { apiVersion: API_VERSION, kind: SECURITY_EXCEPTION.kind, metadata: { name, uid } };
  for (const turn of turns) {
    const { reason, requestedBy } = spec ?? {};
    logger.warn(
      { exception: name, workload: key, lifts, user, why: reason, requestedBy, event: turn.reason },
      "exception",
    );
    const type = turn.action === "Lock" ? "Normal" : "Warning";
    const note = `SecurityException ${name}: ${turn.note}`;
    recorder.event({ ...turn, note, type, regarding: self });
    if (workload === undefined) continue;
    const { labels: _labels, ...metadata } = workload.ref;
    const regarding = { apiVersion: API_VERSION, kind: SECURE_WORKLOAD.kind, metadata };
    recorder.event({ ...turn, note, type, regarding, related: self });
  }
}
