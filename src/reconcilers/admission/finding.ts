/** What the SecurityBaseline says of prevention. Pure. */
import type { BaselineFinding } from "../security-baseline/status.ts";
import type { AdmissionState } from "./state.ts";

type Told = Pick<AdmissionState, "size" | "isWhole" | "missing" | "problems" | "last">;

/** Undefined where no policy is to be kept. */
export function admissionFinding(state: Told): BaselineFinding | undefined {
  if (state.size === 0) return undefined;
  const last = state.last();
  const told =
    last === undefined
      ? ""
      : `; last put back: ${last.object}, changed by ${last.culprit?.manager.slice(0, 128) ?? "somebody who left no trace"}`;
  if (state.isWhole())
    return {
      holds: true,
      reason: "PoliciesStand",
      message: `all ${state.size} admission policies and bindings stand${told}`,
    };
  const [problem] = state.problems();
  const missing = state.missing();
  const shown = missing.slice(0, 8).join(", ");
  return {
    holds: false,
    reason: "PoliciesMissing",
    message:
      problem ?? `${missing.length} of ${state.size} admission policies and bindings do not stand: ${shown}${told}`,
  };
}
