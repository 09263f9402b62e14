/** Every condition type and reason of a SecurityBaseline. The reference page lists them. */
export const BASELINE_CONDITION_TYPES = {
  Ready: "Everything in the spec is in force.",
  Reconciling: "Palisade waits for something that the spec needs; present only while true.",
  Stalled: "A person must change something; the message says what. Present only while true.",
  AdmissionEnforced:
    "All admission policies of Palisade exist unchanged, so the API server enforces them even without the operator.",
  NetworkPolicyEnforced: "The network plugin enforces NetworkPolicies; present after the first probe.",
  ControlPlaneUnknown:
    "Palisade does not know who creates or schedules pods in this cluster, so that they might never start; present only while true.",
  CallersMissing:
    "A caller of the platform is kept out: nothing has its labels, or NetworkPolicies do not see it as pods; present only while true. Never changes Ready.",
  NodesUnusual:
    "A kubelet answers without login, or nodes are not healthy or out of support: status.unusual has the facts. Nothing acts on it; present only while true.",
  RBACNarrow:
    "RBAC lets nobody outside the control plane bypass SecureWorkloads. Depends on other objects and never changes Ready.",
} as const;

export type BaselineConditionType = keyof typeof BASELINE_CONDITION_TYPES;

export const BASELINE_REASONS = {
  InForce: "Everything in the spec is in force.",
  InvalidSpec: "This version of Palisade does not accept the stored spec: nothing is granted, and no image is allowed.",
  ExposureUnavailable: "The named Gateway or IngressClass does not exist, or has no TLS: no host is exposed.",
  PoliciesStand: "Every admission policy and binding exists unchanged.",
  PoliciesMissing: "Admission policies or bindings are missing or modified, or could not be restored.",
  ClosedWaysAreClosed: "No probed closed port accepted a connection from the operator's pod.",
  NetworkPolicyIgnored:
    "A closed port accepted a connection from the operator's pod: the network plugin does not enforce NetworkPolicy.",
  NoWayAround: "RBAC lets nobody outside the control plane bypass SecureWorkloads.",
  WaysAround:
    "Somebody can impersonate accounts, read Secrets, run commands in pods or create tokens; rbacFindings lists who.",
  ControlPlaneUserUnknown:
    "A user that the admission policies do not trust creates or schedules pods; Palisade only reports in namespaces that are not enrolled yet.",
  ControlPlaneSilent:
    "Nobody answered the question who creates and schedules pods; Palisade goes on with the usual names.",
  KubeletAnswersWithoutLogin: "A port of a kubelet or of kube-proxy gives what it knows to who shows no credentials.",
  NodesNotHealthy: "A node is not ready, or reports a problem such as memory or disk pressure.",
  NodesOutOfSupport:
    "A kubelet or container runtime is out of upstream support, or a kubelet too far from the version of the API server.",
  CallerHoldsPods: "A network of a caller holds pods, which could then all call; Palisade leaves it out.",
  CallerPodsMissing: "No pod has the namespace and labels of a caller.",
  CallerOnHostNetwork:
    "The pods of a caller are on the host network, where NetworkPolicies do not see them as pods, and it names no cidrs.",
  GatewayPodsUnknown: "Hosts are exposed, but callers.gateway does not name the gateway's pods.",
} as const;

export type BaselineReason = keyof typeof BASELINE_REASONS;
