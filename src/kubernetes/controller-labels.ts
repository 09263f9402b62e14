/** What Kubernetes itself writes on pods that controllers make or that are bound to a node: the values are not ours to know. */
export const CONTROLLER_LABELS: readonly string[] = [
  "pod-template-hash",
  "controller-revision-hash",
  "pod-template-generation",
  "statefulset.kubernetes.io/pod-name",
  "apps.kubernetes.io/pod-index",
  "batch.kubernetes.io/job-name",
  "batch.kubernetes.io/controller-uid",
  "batch.kubernetes.io/job-completion-index",
  "job-name",
  "controller-uid",
  // Copied from the node when the pod is bound (KEP-4742).
  "topology.kubernetes.io/zone",
  "topology.kubernetes.io/region",
];
