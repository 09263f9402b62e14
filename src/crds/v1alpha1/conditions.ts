import { PLATFORM_REASONS } from "./platform-reasons.ts";

/** Every condition type and reason with its meaning. The reference page lists them. */
export const CONDITION_TYPES = {
  Ready: "The workload runs as declared.",
  Reconciling: "Palisade is working on it; present only while true.",
  Stalled: "A person must change something; the message says what. Present only while true.",
  Limited: "This cluster cannot provide something that is declared; present only while true.",
  DriftFree: "Every child is as the spec says.",
  DriftContested: "A client keeps changing the same child back; present only while true.",
  CorrectionsPaused:
    "Palisade paused deletions because something recreates the objects at once; present only while true.",
  PodsMutated:
    "Admission adds something to the pods that the SecurityBaseline does not list as expected; present only while true.",
  ReportOnly:
    "Palisade changes nothing here: the SecurityBaseline sets enforcement to Report, or the control plane is unknown. Present only while true.",
  ForeignObjectsStay:
    "Foreign objects act on this workload, and Palisade leaves them alone for now: status.wouldDo lists them. Present only while true.",
  AccessAgreed:
    "Every workload in this one's access declares its side too. Depends on other workloads and never changes Ready.",
  RightsMatch: "RBAC grants the workload's account exactly what it declares.",
  OpenedByClusterPolicy:
    "A cluster-wide policy, or in an Observing namespace a network plugin's policy, may allow traffic that this workload does not declare; present only while true.",
  Relaxed:
    "A SecurityException lifts rules for this workload, or lets a person into its pods; present only while true.",
  ExceptionExpiring: "A SecurityException of this workload expires soon; present only while true.",
  Unusual:
    "Somebody entered a pod, nodes report another image than is pinned, or a container restarts again and again: status.unusual has the facts. Nothing acts on it; present only while true.",
  StaticPods: "A node runs a static pod in the namespace, which the API cannot control; present only while true.",
} as const;

export type ConditionType = keyof typeof CONDITION_TYPES;

export const REASONS = {
  Running: "All pods run the current spec and are ready.",
  ScaledToZero: "Scaled to zero: no pods wanted.",
  Completed: "Job completed.",
  RunHeld: "The workload was restored from a backup: its Job may have run before and does not run by itself.",
  RunFailed: "Job failed and does not retry.",
  Scheduled: "The CronJob runs on schedule.",
  Suspended: "The CronJob is suspended by its schedule and starts no runs.",
  ReferenceMissing: "The spec names a ConfigMap that does not exist, or a key that it does not have.",
  SecretTaken: "The spec names a Secret that belongs to another workload.",
  ClaimTaken: "The spec names a claim that belongs to another workload.",
  ImageUnreachable: "The image's registry does not answer, so Palisade cannot resolve the tag.",
  ImageRefused: "The image's registry has no such tag, or refuses to serve it.",
  Progressing: "Pods are being replaced or are not ready yet.",
  RolloutStalled: "The rollout exceeded its progress deadline, ten minutes by default.",
  ClaimsGrowing: "Persistent volume claims do not have their declared size yet.",
  PodsRefused: "The API server refuses to create the pods.",
  NamespaceRefused: "Workloads cannot run in this namespace.",
  NamespaceNotSecured: "The namespace's default-deny policy or Pod Security labels are not in place yet.",
  NameTaken: "A foreign object has the name of a child.",
  ChildDeleting: "A child is still being deleted.",
  CorrectionLimited: "A child changes faster than the correction limit allows.",
  WriteChanged: "A webhook or the API server stores a child differently from what Palisade wrote.",
  WriteRefused: "The API server refused to write a child.",
  InvalidSpec: "This version of Palisade does not accept the stored spec.",
  ClusterDNSUnknown: "Palisade cannot find the DNS Service, so name resolution stays closed.",
  KubernetesAPIUnknown: "Palisade does not know the API server's address, so access to it stays closed.",
  ...PLATFORM_REASONS,
  ClaimSizesDiffer: "Persistent volume claims have another size than declared, and cannot get it.",
  SecretVersionsForbidden: "Pods should roll when a Secret changes, but the operator may not read its version.",
  AutoscalerUnavailable:
    "The autoscaler's metrics or KEDA are not installed or do not answer, so the number of pods stays.",
  MonitoringUnavailable: "ServiceMonitor and PodMonitor are not installed.",
  ClaimNotMappable: "A claim is on a filesystem that cannot be mapped into the user namespace of the pods.",
  ClusterDNSEmpty: "Nothing stands behind the DNS Service, or pods are pointed to a metadata service for names.",
  InternetNotGranted: "The platform team does not grant the internet to this namespace; that way stays closed.",
  ClusterReadNotBound:
    "The platform team grants cluster-wide reads to the workload, and no ClusterRoleBinding gives them to its account yet.",
  LabelsNotHandedOn:
    "A label of the SecureWorkload is not on its pods, since a Service, policy, budget or webhook of somebody else's selects by it.",
  PodPeersNotGranted:
    "Access names pods that are no workload's, which the platform team does not grant: they count only while the namespace is Observing.",
  ListsFull:
    "The namespace's workloads name more Secrets or claims than it can list for the API server, so all of them are protected.",
  ReferenceGone: "A ConfigMap that the spec names does not exist any more; pods keep what it held last.",
  PlacementUnavailable: "No node of this cluster matches the placement.",
  GatewayUnknown: "The platform team has not named the ingress gateway's pods, so access from it stays closed.",
  MonitoringUnknown: "The platform team has not named the monitoring pods, so access from them stays closed.",
  HostNamesUnenforceable: "No network plugin of the cluster enforces host names, so access to them stays closed.",
  BothEndsAgree: "Every declared peer declares its side.",
  HalfMissing: "A declared peer does not declare its side, or does not exist: no traffic flows.",
  AsDeclared: "RBAC grants the account exactly what it declares.",
  SurplusRights: "A binding grants the account, or one of its groups, more than declared.",
  ClusterPolicyAllows: "A cluster-wide policy may select the pods and allows traffic.",
  PluginPolicyAllows: "A network plugin's policy in an Observing namespace may select the pods and allows traffic.",
  ExceptionInForce: "The message lists the exceptions with the lifted rules, the end and the reason.",
  ExpiresSoon: "It expires within a week, or more than half of its time has passed, whichever is later.",
  StaticPodFound: "The API server shows a pod that a node runs from a file or URL.",
  PodsEntered: "An ephemeral container or a break-glass exception let somebody into a pod within the last day.",
  ImagesDiffer: "Pods with the same pinned image report different digests on one runtime and architecture.",
  ContainersRestart: "A container of the pods of now restarted three times or more.",
  BudgetSpent: "The deletion budget for one cause is spent; the message names the cause and the next try.",
  AddedByAdmission: "Webhooks, policies or plugins of the API server change the pods when they are created.",
  ControlPlaneUnknown:
    "The namespace is not enrolled yet, and Palisade does not know whether pods would start in this cluster.",
  EnforcementIsReport: "spec.enforcement of the SecurityBaseline is Report for this namespace.",
  NamespaceIsObserving: "The namespace is Observing: what stood there before stays.",
  WorkloadNotServing: "Not all pods of the workload are ready, and older objects may be what serves.",
  OldPodsRun: "Pods that are not the workload's still need an object that is handed over.",
  InAnotherNamespace: "A foreign object is in a namespace without workloads, where Palisade deletes nothing.",
  NoDrift: "Every child is as the spec says.",
  Uncorrected: "A foreign change has not been reverted yet.",
  ChangedBack: "Palisade corrected the same child at least five times in five minutes.",
} as const;

export type Reason = keyof typeof REASONS;
