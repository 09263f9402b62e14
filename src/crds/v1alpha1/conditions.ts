/** Every condition type and reason there is, with what it means. The reference page lists them. */
export const CONDITION_TYPES = {
  Ready: "The workload runs as declared.",
  Reconciling: "Work is under way; there only while it is true.",
  Stalled: "Only a person can move it on; there only while it is true.",
  DriftFree: "Nothing that others changed stands.",
  DriftContested: "Somebody changes the same child back again and again; there only while it is true.",
} as const;

export const REASONS = {
  Running: "Every pod is of the current spec and ready.",
  ScaledToZero: "No pod is wanted.",
  Progressing: "Pods are being replaced or are not ready yet.",
  RolloutStalled: "Pods did not become ready in ten minutes.",
  PodsRefused: "Kubernetes refuses to make the pods.",
  NamespaceRefused: "Workloads may not run in this namespace.",
  NamespaceNotSecured: "The namespace's default-deny policy or Pod Security labels do not stand yet.",
  NameTaken: "An object of somebody else has the name of a child.",
  ChildDeleting: "A child is still being deleted.",
  CorrectionLimited: "A child is changed faster than corrections are made.",
  WriteRefused: "The API server refused a child.",
  InvalidSpec: "The stored spec is not one that this version accepts.",
  ClusterDNSUnknown: "The DNS Service is not found, so name resolution stays closed.",
  KubernetesAPIUnknown: "The API server's address is not known, so the way to it stays closed.",
  NoDrift: "Every child is what the spec says.",
  Uncorrected: "A change by others stands.",
  ChangedBack: "The same child was put right five times or more in five minutes.",
} as const;

export type Reason = keyof typeof REASONS;
