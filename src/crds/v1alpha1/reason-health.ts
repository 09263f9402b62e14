/**
 * What each reason means to whoever waits for an object, a GitOps tool above all: the one place that decides it. The status's `Stalled` and
 * `Reconciling`, Argo CD's health and Flux's health expressions are all made from it, so they never say different things.
 *
 * - `Healthy`: it is as it was meant to be, for good: an exception that has expired too.
 * - `Suspended`: as it was meant to be, and that is that nothing runs.
 * - `Progressing`: time, or something else that is on its way, brings it on.
 * - `Degraded`: only a person can bring it on.
 * - `Beside`: of a condition that never decides; it is told, and nothing waits for it.
 */
import type { BaselineReason } from "./baseline-conditions.ts";
import type { Reason } from "./conditions.ts";
import type { ExceptionReason } from "./exception-conditions.ts";

export type ReasonHealth = "Healthy" | "Suspended" | "Progressing" | "Degraded" | "Beside";

export const WORKLOAD_HEALTH: Readonly<Record<Reason, ReasonHealth>> = {
  Running: "Healthy",
  ScaledToZero: "Suspended",
  Completed: "Healthy",
  RunFailed: "Degraded",
  Scheduled: "Healthy",
  Suspended: "Suspended",
  ReferenceMissing: "Progressing",
  SecretTaken: "Degraded",
  ImageUnreachable: "Progressing",
  ImageRefused: "Degraded",
  Progressing: "Progressing",
  RolloutStalled: "Degraded",
  // A quota is freed, a webhook comes back; what does not pass is told as RolloutStalled when the rollout's time is over.
  PodsRefused: "Progressing",
  NamespaceRefused: "Degraded",
  NamespaceNotSecured: "Progressing",
  NameTaken: "Degraded",
  ChildDeleting: "Progressing",
  CorrectionLimited: "Progressing",
  WriteChanged: "Degraded",
  WriteRefused: "Progressing",
  InvalidSpec: "Degraded",
  ClusterDNSUnknown: "Progressing",
  KubernetesAPIUnknown: "Progressing",
  ImageNotAllowed: "Degraded",
  IdentityNotGranted: "Degraded",
  HostNotGranted: "Degraded",
  HostTaken: "Degraded",
  TLSRequired: "Degraded",
  ExposureUnavailable: "Degraded",
  SecretVersionsForbidden: "Beside",
  AutoscalerUnavailable: "Beside",
  MonitoringUnavailable: "Beside",
  PlacementUnavailable: "Beside",
  GatewayUnknown: "Progressing",
  MonitoringUnknown: "Progressing",
  HostNamesUnenforceable: "Degraded",
  BothEndsAgree: "Beside",
  HalfMissing: "Beside",
  AsDeclared: "Beside",
  SurplusRights: "Beside",
  ClusterPolicyAllows: "Beside",
  ExceptionInForce: "Beside",
  ExpiresSoon: "Beside",
  StaticPodFound: "Beside",
  NoDrift: "Beside",
  Uncorrected: "Beside",
  ChangedBack: "Beside",
};

export const BASELINE_HEALTH: Readonly<Record<BaselineReason, ReasonHealth>> = {
  InForce: "Healthy",
  InvalidSpec: "Degraded",
  // The gateway is often installed by the same repository, after the baseline.
  ExposureUnavailable: "Progressing",
  PoliciesStand: "Healthy",
  PoliciesMissing: "Progressing",
  ClosedWaysAreClosed: "Healthy",
  NetworkPolicyIgnored: "Degraded",
  NoWayAround: "Beside",
  WaysAround: "Beside",
  GatewayPodsUnknown: "Degraded",
};

export const EXCEPTION_HEALTH: Readonly<Record<ExceptionReason, ReasonHealth>> = {
  InForce: "Healthy",
  ExpiresSoon: "Healthy",
  Expired: "Healthy",
  WorkloadMissing: "Progressing",
  InvalidSpec: "Degraded",
};

/** The kstatus condition that holds while this is how an object stands; undefined where there is nothing to wait for. */
export function waitingCondition(health: ReasonHealth): "Reconciling" | "Stalled" | undefined {
  if (health === "Degraded") return "Stalled";
  return health === "Progressing" ? "Reconciling" : undefined;
}
