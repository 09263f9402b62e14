/** What a GitOps tool is told of each kind: its decisive condition, and what each reason of it means. */
import type { Resource } from "kopf-ts";
import { SECURE_WORKLOAD, SECURITY_BASELINE, SECURITY_EXCEPTION } from "../../../src/crds/group.ts";
import {
  BASELINE_HEALTH,
  EXCEPTION_HEALTH,
  type ReasonHealth,
  WORKLOAD_HEALTH,
} from "../../../src/crds/v1alpha1/reason-health.ts";

export interface KindHealth {
  readonly resource: Resource;
  /** Which condition decides while neither `Stalled` nor `Reconciling` holds. */
  readonly condition: "Ready" | "Active";
  readonly reasons: Readonly<Record<string, ReasonHealth>>;
}

export const KIND_HEALTH: readonly KindHealth[] = [
  { resource: SECURE_WORKLOAD, condition: "Ready", reasons: WORKLOAD_HEALTH },
  { resource: SECURITY_BASELINE, condition: "Ready", reasons: BASELINE_HEALTH },
  { resource: SECURITY_EXCEPTION, condition: "Active", reasons: EXCEPTION_HEALTH },
];

/** The reasons that mean `health`, in the order of the catalogue. */
export const reasonsOf = ({ reasons }: KindHealth, health: ReasonHealth): readonly string[] =>
  Object.entries(reasons).flatMap(([reason, one]) => (one === health ? [reason] : []));
