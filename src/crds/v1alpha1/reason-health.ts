/**
 * The health of each reason for tools that wait for an object, such as GitOps tools. The status conditions `Stalled` and
 * `Reconciling`, Argo CD's health and Flux's health expressions all derive from it, so they always agree.
 *
 * - `Healthy`: as declared and final; this includes an expired exception.
 * - `Suspended`: as declared, and nothing runs.
 * - `Progressing`: resolves by itself.
 * - `Degraded`: a person must act.
 * - `Beside`: informational; nothing waits for it.
 */
import type { BaselineReason } from "./baseline-conditions.ts";
import type { Reason } from "./conditions.ts";
import type { ExceptionReason } from "./exception-conditions.ts";

export type ReasonHealth = "Healthy" | "Suspended" | "Progressing" | "Degraded" | "Beside";

export const WORKLOAD_HEALTH: Readonly<Record<Reason, ReasonHealth>> = {
  Running: "Healthy",
  ScaledToZero: "Suspended",
  Completed: "Healthy",
  RunHeld: "Suspended",
  RunFailed: "Degraded",
  Scheduled: "Healthy",
  Suspended: "Suspended",
  ReferenceMissing: "Progressing",
  SecretTaken: "Degraded",
  ClaimTaken: "Degraded",
  ImageUnreachable: "Progressing",
  ImageRefused: "Degraded",
  Progressing: "Progressing",
  RolloutStalled: "Degraded",
  ClaimsGrowing: "Progressing",
  // Quotas free up and webhooks come back. If not, the reason becomes RolloutStalled at the progress deadline.
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
  ClaimSizesDiffer: "Beside",
  SecretVersionsForbidden: "Beside",
  AutoscalerUnavailable: "Beside",
  MonitoringUnavailable: "Beside",
  ClaimNotMappable: "Beside",
  ClusterDNSEmpty: "Beside",
  PlacementUnavailable: "Beside",
  InternetNotGranted: "Beside",
  ClusterReadNotBound: "Beside",
  LabelsNotHandedOn: "Beside",
  PodPeersNotGranted: "Beside",
  PermissionNotGranted: "Beside",
  PermissionNotHeld: "Beside",
  ListsFull: "Beside",
  ReferenceGone: "Beside",
  GatewayUnknown: "Progressing",
  MonitoringUnknown: "Progressing",
  HostNamesUnenforceable: "Degraded",
  BothEndsAgree: "Beside",
  HalfMissing: "Beside",
  AsDeclared: "Beside",
  SurplusRights: "Beside",
  ClusterPolicyAllows: "Beside",
  PluginPolicyAllows: "Beside",
  ExceptionInForce: "Beside",
  ExpiresSoon: "Beside",
  StaticPodFound: "Beside",
  PodsEntered: "Beside",
  ImagesDiffer: "Beside",
  ContainersRestart: "Beside",
  BudgetSpent: "Beside",
  AddedByAdmission: "Beside",
  EnforcementIsReport: "Beside",
  ControlPlaneUnknown: "Beside",
  NamespaceIsObserving: "Beside",
  WorkloadNotServing: "Beside",
  OldPodsRun: "Beside",
  InAnotherNamespace: "Beside",
  NoDrift: "Beside",
  Uncorrected: "Beside",
  ChangedBack: "Beside",
};

export const BASELINE_HEALTH: Readonly<Record<BaselineReason, ReasonHealth>> = {
  InForce: "Healthy",
  InvalidSpec: "Degraded",
  // The same repository often installs the gateway after the baseline.
  ExposureUnavailable: "Progressing",
  PoliciesStand: "Healthy",
  PoliciesMissing: "Progressing",
  ClosedWaysAreClosed: "Healthy",
  NetworkPolicyIgnored: "Degraded",
  NoWayAround: "Beside",
  WaysAround: "Beside",
  ControlPlaneUserUnknown: "Degraded",
  ControlPlaneSilent: "Beside",
  KubeletAnswersWithoutLogin: "Beside",
  NodesNotHealthy: "Beside",
  NodesOutOfSupport: "Beside",
  CallerHoldsPods: "Beside",
  CallerPodsMissing: "Beside",
  CallerOnHostNetwork: "Beside",
  GatewayPodsUnknown: "Degraded",
};

export const EXCEPTION_HEALTH: Readonly<Record<ExceptionReason, ReasonHealth>> = {
  InForce: "Healthy",
  ExpiresSoon: "Healthy",
  Expired: "Healthy",
  WorkloadMissing: "Progressing",
  InvalidSpec: "Degraded",
};

/** The kstatus condition for this health; undefined if there is nothing to wait for. */
export function waitingCondition(health: ReasonHealth): "Reconciling" | "Stalled" | undefined {
  if (health === "Degraded") return "Stalled";
  return health === "Progressing" ? "Reconciling" : undefined;
}
