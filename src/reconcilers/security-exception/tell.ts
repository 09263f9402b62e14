/** Reports the start, the coming end and the end of an exception: Events on the workload and the exception, and a log line. */
import { API_VERSION, SECURE_WORKLOAD, SECURITY_EXCEPTION } from "../../crds/group.ts";
import type { ExceptionReason } from "../../crds/v1alpha1/exception-conditions.ts";
import { isoSeconds } from "../../kubernetes/iso-seconds.ts";
import type { ExceptionRecord } from "../../state/records/security-exception.ts";
import type { Deps } from "../deps.ts";
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

/** The reports for a change of an exception's state from `before` to `now`, `Deleted` included. Pure. */
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
    note: `until ${until} ${whatOf(exception)}: ${spec?.reason} (requested by ${spec?.requestedBy})`,
  };
}

const expiring = (exception: ExceptionRecord): Turn => ({
  reason: "ExceptionExpiring",
  action: "Warn",
  note: `${whatOf(exception)} only until ${isoSeconds(exception.expiresMs)}: fix the workload before then, or request another exception`,
});

function ended({ workload, user }: ExceptionRecord, now: ExceptionReason | "Deleted"): readonly Turn[] {
  const reason = now === "Deleted" ? "ExceptionDeleted" : "ExceptionExpired";
  const over = { Deleted: "the exception was deleted", WorkloadMissing: "the workload was deleted" }[now as string];
  const why = over ?? "the exception has expired";
  const locked = `${why}: every rule that no other exception lifts applies to ${workload} again`;
  const closed = `${why}: ${user} may no longer enter, and Palisade replaces the pods from that time`;
  return [
    ...(now === "WorkloadMissing" ? [] : [{ reason, action: "Lock", note: locked } as const]),
    ...(user === undefined ? [] : [{ reason: "BreakGlassClosed", action: "Lock", note: closed } as const]),
  ];
}

export function tell(exception: ExceptionRecord, turns: readonly Turn[], { state, recorder, logger }: Deps): void {
  const { name, uid, workload: key, lifts, user, spec } = exception;
  const workload = state.workloads.get(key);
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
