/** Every condition type and reason of a SecurityBaseline. The reference page lists them. */
export const BASELINE_CONDITION_TYPES = {
  Ready: "Everything that the spec says is in force.",
  Reconciling: "Something that it needs is on its way; there only while it is true.",
  Stalled: "Only a person can move it on; there only while it is true.",
  AdmissionEnforced: "The API server refuses what Palisade's admission policies say, whether or not the operator runs.",
  NetworkPolicyEnforced:
    "The network plugin closes what NetworkPolicies close; there once the operator's pod has tried.",
  RBACNarrow:
    "RBAC gives nobody but the control plane a way around what holds for workloads. The state of others: it never changes Ready.",
} as const;

export type BaselineConditionType = keyof typeof BASELINE_CONDITION_TYPES;

export const BASELINE_REASONS = {
  InForce: "Everything that the spec says is in force.",
  InvalidSpec: "The stored spec is not one that this version accepts: nothing is granted, and no image is allowed.",
  ExposureUnavailable:
    "Neither the Gateway nor the IngressClass that it names is there, or none ends TLS: no host is exposed.",
  PoliciesStand: "Every admission policy and binding is as it was made.",
  PoliciesMissing: "Admission policies or bindings are gone, changed, or could not be put back.",
  ClosedWaysAreClosed: "No closed port of a workload that was tried let the operator's pod in.",
  NetworkPolicyIgnored:
    "A closed port of a workload let the operator's pod in: the network plugin does not enforce it.",
  NoWayAround: "RBAC gives nobody but the control plane a way around what holds for workloads.",
  WaysAround: "Somebody may impersonate, read Secrets, run commands in pods or make tokens; rbacFindings lists who.",
  GatewayPodsUnknown: "Hosts are exposed, and the pods that bring the traffic are not named.",
} as const;

export type BaselineReason = keyof typeof BASELINE_REASONS;
