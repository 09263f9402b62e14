/** What the SecurityBaseline says of prevention. Pure. */
import type { BaselineFinding } from "../security-baseline/status.ts";
import type { AdmissionState } from "./state.ts";

type Told = Pick<AdmissionState, "size" | "missing" | "last">;

const MAX_NAMED = 8;

/** Undefined where no policy is to stand. */
export function admissionFinding(state: Told): BaselineFinding | undefined {
  if (state.size === 0) return undefined;
  const last = state.last();
  const told =
    last === undefined
      ? ""
      : `; last put back: ${last.object}, changed by ${last.culprit?.manager.slice(0, 128) ?? "somebody who left no trace"}`;
  const missing = state.missing();
  if (missing.length === 0)
    return {
      holds: true,
      reason: "PoliciesStand",
      message: `all ${state.size} admission policies and bindings stand${told}`,
    };
  const more = missing.length > MAX_NAMED ? ` and ${missing.length - MAX_NAMED} more` : "";
  return {
    holds: false,
    reason: "PoliciesMissing",
    message: `${missing.length} of ${state.size} admission policies and bindings do not stand: ${missing.slice(0, MAX_NAMED).join(", ")}${more}; does palisade keep-admission run?${told}`,
  };
}
