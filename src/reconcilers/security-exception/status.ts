/** How an exception stands, as its status says it. Pure. */
import type { ExceptionConditionType, ExceptionReason } from "../../crds/v1alpha1/exception-conditions.ts";
import { EXCEPTION_HEALTH, waitingCondition } from "../../crds/v1alpha1/reason-health.ts";
import type { SecurityExceptionStatus } from "../../crds/v1alpha1/security-exception.ts";
import { isoSeconds } from "../secure-workload/status.ts";
import type { ExceptionRecord } from "./record.ts";

/** The whole status, to replace the one before it. `nowIso` is RFC 3339 in seconds. */
export function exceptionStatusOf(
  exception: ExceptionRecord,
  state: ExceptionReason,
  nowIso: string,
): SecurityExceptionStatus {
  const { generation, spec, status: before } = exception;
  const condition = (type: ExceptionConditionType, holds: boolean) => {
    const status = holds ? "True" : "False";
    const last = before.conditions?.find((candidate) => candidate.type === type);
    return {
      type,
      status,
      reason: state,
      message: messageOf(exception, state).slice(0, 4_096),
      lastTransitionTime: last?.status === status ? last.lastTransitionTime : nowIso,
      observedGeneration: generation,
    } as const;
  };
  const waiting = waitingCondition(EXCEPTION_HEALTH[state]);
  return {
    observedGeneration: generation,
    conditions: [
      condition("Active", state === "InForce" || state === "ExpiresSoon"),
      ...(waiting === undefined ? [] : [condition(waiting, true)]),
    ],
    ...(spec === undefined ? {} : { expires: isoSeconds(exception.expiresMs) }),
  };
}

function messageOf(exception: ExceptionRecord, state: ExceptionReason): string {
  switch (state) {
    case "InForce":
    case "ExpiresSoon":
      return `${whatOf(exception)} until ${isoSeconds(exception.expiresMs)}`;
    case "Expired":
      return "its time is over; it may be deleted";
    case "WorkloadMissing":
      return `there is no SecureWorkload ${exception.workload}: correct the name in another exception, or create it`;
    case "InvalidSpec":
      return `${exception.invalid}; it lifts nothing`;
    default:
      throw new Error(`unexpected state ${String(state)}`);
  }
}

/** What an exception does, in words. */
export function whatOf({ workload, lifts, user }: ExceptionRecord): string {
  return [
    ...(lifts.length === 0 ? [] : [`the pods of ${workload} are made without ${lifts.join(", ")}`]),
    ...(user === undefined ? [] : [`${user} may enter the pods of ${workload}`]),
  ].join(", and ");
}
