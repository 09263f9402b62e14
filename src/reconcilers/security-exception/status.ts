/** How an exception stands, as its status says it. Pure. */
import type { ExceptionConditionType, ExceptionReason } from "../../crds/v1alpha1/exception-conditions.ts";
import { EXCEPTION_HEALTH, waitingCondition } from "../../crds/v1alpha1/reason-health.ts";
import { fitExceptionStatus, type SecurityExceptionStatus } from "../../crds/v1alpha1/security-exception.ts";
import { isoSeconds } from "../../kubernetes/iso-seconds.ts";
import type { ExceptionRecord } from "../../state/records/security-exception.ts";

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
      message: messageOf(exception, state),
      lastTransitionTime: last?.status === status ? last.lastTransitionTime : nowIso,
      observedGeneration: generation,
    } as const;
  };
  const waiting = waitingCondition(EXCEPTION_HEALTH[state]);
  return fitExceptionStatus({
    observedGeneration: generation,
    conditions: [
      condition("Active", state === "InForce" || state === "ExpiresSoon"),
      ...(waiting === undefined ? [] : [condition(waiting, true)]),
    ],
    ...(spec === undefined ? {} : { expires: isoSeconds(exception.expiresMs) }),
  });
}

function messageOf(exception: ExceptionRecord, state: ExceptionReason): string {
  switch (state) {
    case "InForce":
    case "ExpiresSoon":
      return `${whatOf(exception)} until ${isoSeconds(exception.expiresMs)}`;
    case "Expired":
      return "the exception has expired; you can delete it";
    case "WorkloadMissing":
      return `SecureWorkload ${exception.workload} does not exist: create it, or create another exception with the right name`;
    case "InvalidSpec":
      return `${exception.invalid}; it lifts nothing`;
    default:
      throw new Error(`unexpected state ${String(state)}`);
  }
}

/** What an exception does, in words. */
export function whatOf({ workload, lifts, user }: ExceptionRecord): string {
  return [
    ...(lifts.length === 0 ? [] : [`the pods of ${workload} run without ${lifts.join(", ")}`]),
    ...(user === undefined ? [] : [`${user} may enter the pods of ${workload}`]),
  ].join(", and ");
}
