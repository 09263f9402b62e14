/** The AdmissionEnforced condition of the SecurityBaseline. Pure. */
import type { BaselineFinding } from "../security-baseline/status.ts";
import type { AdmissionState } from "./state.ts";

type Told = Pick<AdmissionState, "size" | "missing" | "last">;

const MAX_NAMED = 8;

/** Undefined if no policies are required. */
export function admissionFinding(state: Told): BaselineFinding | undefined {
  if (state.size === 0) return undefined;
  const last = state.last();
  const told =
    last === undefined
      ? ""
      : `; last restored: ${last.object}, changed by ${last.changedBy?.manager.slice(0, 128) ?? "an unknown field manager"}`;
  const missing = state.missing();
  if (missing.length === 0)
    return {
      holds: true,
      reason: "PoliciesStand",
      message: `all ${state.size} admission policies and bindings exist unchanged${told}`,
    };
  const more = missing.length > MAX_NAMED ? ` and ${missing.length - MAX_NAMED} more` : "";
  return {
    holds: false,
    reason: "PoliciesMissing",
    message: `${missing.length} of ${state.size} admission policies and bindings are missing or modified: ${missing.slice(0, MAX_NAMED).join(", ")}${more}; check the policy controller: kubectl logs deployment/palisade-admission${told}`,
  };
}
