import { PLATFORM_REASONS } from "./platform-reasons.ts";

/** Every condition type and reason there is, with what it means. The reference page lists them. */
export const CONDITION_TYPES = {
  Ready: "The workload runs as declared.",
  Reconciling: "Work is under way; there only while it is true.",
  Stalled: "Only a person can move it on; there only while it is true.",
  Limited: "Something that is declared cannot be had on this cluster; there only while it is true.",
  DriftFree: "Nothing that others changed stands.",
  DriftContested: "Somebody changes the same child back again and again; there only while it is true.",
  AccessAgreed:
    "Every workload that this one names in its access declares its own half too. The state of others: it never changes Ready.",
  RightsMatch: "The workload's account may do what is declared, and nothing else.",
  OpenedByClusterPolicy:
    "A cluster-wide policy of the platform allows traffic of this workload's pods beside what it declares; there only while it is true.",
  Relaxed:
    "A SecurityException of the platform team lifts rules for this workload, or lets somebody into its pods; there only while it is true.",
  ExceptionExpiring: "A SecurityException for this workload ends soon; there only while it is true.",
  StaticPods:
    "A node runs a pod in the namespace from files of its own, out of reach of the API; there only while it is true.",
} as const;

export type ConditionType = keyof typeof CONDITION_TYPES;

export const REASONS = {
  Running: "Every pod is of the current spec and ready.",
  ScaledToZero: "No pod is wanted.",
  Completed: "The run of a Job has ended well.",
  RunFailed: "The run of a Job has failed for good.",
  Scheduled: "A CronJob runs by the clock.",
  Suspended: "A CronJob starts no new runs, as its schedule says.",
  ReferenceMissing: "A ConfigMap that the spec names is not there.",
  SecretTaken: "A Secret that the spec names belongs to another workload.",
  ImageUnreachable: "The registry of an image does not answer, so its tag is not resolved.",
  ImageRefused: "The registry of an image has no such tag, or does not give it.",
  Progressing: "Pods are being replaced or are not ready yet.",
  RolloutStalled: "Pods did not become ready before the deadline of the rollout, ten minutes unless set.",
  PodsRefused: "Kubernetes refuses to make the pods.",
  NamespaceRefused: "Workloads may not run in this namespace.",
  NamespaceNotSecured: "The namespace's default-deny policy or Pod Security labels do not stand yet.",
  NameTaken: "An object of somebody else has the name of a child.",
  ChildDeleting: "A child is still being deleted.",
  CorrectionLimited: "A child is changed faster than corrections are made.",
  WriteChanged: "The API server, or a webhook in it, stores a child otherwise than it is written.",
  WriteRefused: "The API server refused a child.",
  InvalidSpec: "The stored spec is not one that this version accepts.",
  ClusterDNSUnknown: "The DNS Service is not found, so name resolution stays closed.",
  KubernetesAPIUnknown: "The API server's address is not known, so the way to it stays closed.",
  ...PLATFORM_REASONS,
  SecretVersionsForbidden: "Pods are to roll when a Secret changes, and the operator may not see its version.",
  AutoscalerUnavailable: "What the autoscaler needs is not installed, or does not answer: the number of pods stays.",
  MonitoringUnavailable: "The kinds that tell the monitoring stack what to scrape are not installed.",
  PlacementUnavailable: "No node of this cluster offers what the placement asks for.",
  GatewayUnknown: "The platform team named no ingress gateway, so the way from it stays closed.",
  MonitoringUnknown: "The platform team named no monitoring stack, so the way from it stays closed.",
  HostNamesUnenforceable: "Nothing in the cluster enforces DNS names, so the way to them stays closed.",
  BothEndsAgree: "Every declared peer declares its half.",
  HalfMissing: "A declared peer does not declare its half, or does not exist: nothing flows.",
  AsDeclared: "RBAC gives the account what is declared, and nothing else.",
  SurplusRights: "A binding gives the account, or a group that it is in, more than is declared.",
  ClusterPolicyAllows: "A cluster-wide policy selects the pods and allows traffic.",
  ExceptionInForce: "The message names the exceptions, what they lift, until when and why.",
  ExpiresSoon: "It ends within a week, or has spent half of its time if that is less.",
  StaticPodFound: "The API server shows a pod that a node took from a file or an address of its own.",
  NoDrift: "Every child is what the spec says.",
  Uncorrected: "A change by others stands.",
  ChangedBack: "The same child was put right five times or more in five minutes.",
} as const;

export type Reason = keyof typeof REASONS;
