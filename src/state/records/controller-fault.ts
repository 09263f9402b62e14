/** What the controllers of a workload's companions say they cannot do. One word each: their messages change with every look. */
import type { KubeObject } from "kopf-ts";
import { HORIZONTAL_POD_AUTOSCALER, SCALED_OBJECT } from "../../kubernetes/kinds.ts";

interface Conditioned {
  readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason?: string }[];
}

/** Conditions that tell of a fault when they are not true, by kind. */
const HEALTHY: Readonly<Record<string, readonly string[]>> = {
  [HORIZONTAL_POD_AUTOSCALER.kind]: ["AbleToScale", "ScalingActive"],
  [SCALED_OBJECT.kind]: ["Ready"],
};

/** An autoscaler says so while its target is scaled to nothing, which is nobody's fault. */
const NO_FAULT = "ScalingDisabled";

const MAX_LENGTH = 128;

/** The reason of the first fault; undefined when there is none. */
export function noticeOf({ kind, status }: KubeObject): string | undefined {
  const types = HEALTHY[kind] ?? [];
  const fault = ((status ?? {}) as Conditioned).conditions?.find(
    (condition) => types.includes(condition.type) && condition.status === "False" && condition.reason !== NO_FAULT,
  );
  return fault === undefined ? undefined : (fault.reason ?? fault.type).slice(0, MAX_LENGTH);
}
