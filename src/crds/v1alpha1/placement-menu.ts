/**
 * Where a workload may ask to run, by name. What a name means to the scheduler stands here and nowhere else: no workload tolerates
 * a taint that is not in this table.
 */
export const ARCHITECTURES = ["amd64", "arm64", "ppc64le", "s390x"] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

export interface Toleration {
  readonly key: string;
  readonly operator: "Exists" | "Equal";
  readonly value?: string;
  readonly effect: "NoSchedule";
}

export interface Accelerator {
  /** The extended resource that its device plugin offers. */
  readonly resource: string;
  /** Node labels that name the model; which of them a node has depends on who labels it. */
  readonly modelLabels: readonly string[];
  /** Whose device plugin and labels these are. */
  readonly sources: readonly string[];
}

/** Nodes are kept for an accelerator by a taint whose key is the resource's name (kubernetes/kubernetes#55839). */
export const ACCELERATORS = {
  "nvidia-gpu": {
    resource: "nvidia.com/gpu",
    modelLabels: ["nvidia.com/gpu.product", "cloud.google.com/gke-accelerator", "karpenter.k8s.aws/instance-gpu-name"],
    sources: ["NVIDIA/k8s-device-plugin", "GPU feature discovery", "GKE: GPUs in Standard node pools", "Karpenter"],
  },
  "amd-gpu": {
    resource: "amd.com/gpu",
    modelLabels: ["amd.com/gpu.product-name"],
    sources: ["ROCm/k8s-device-plugin and its node labeller"],
  },
  "google-tpu": {
    resource: "google.com/tpu",
    modelLabels: ["cloud.google.com/gke-tpu-accelerator"],
    sources: ["GKE: TPUs in node pools"],
  },
  "aws-neuron": {
    resource: "aws.amazon.com/neuron",
    modelLabels: ["karpenter.k8s.aws/instance-accelerator-name"],
    sources: ["AWS Neuron device plugin", "Karpenter"],
  },
} as const satisfies Readonly<Record<string, Accelerator>>;

export type AcceleratorName = keyof typeof ACCELERATORS;
export const ACCELERATOR_NAMES = Object.keys(ACCELERATORS) as [AcceleratorName, ...AcceleratorName[]];

export const acceleratorToleration = (name: AcceleratorName): Toleration => ({
  key: ACCELERATORS[name].resource,
  operator: "Exists",
  effect: "NoSchedule",
});

/** GKE taints its Arm nodes, so that nobody lands on one whose image cannot run there. */
const ARM_TOLERATION: Toleration = {
  key: "kubernetes.io/arch",
  operator: "Equal",
  value: "arm64",
  effect: "NoSchedule",
};

export const architectureTolerations = (architectures: readonly Architecture[]): readonly Toleration[] =>
  architectures.includes("arm64") ? [ARM_TOLERATION] : [];

/** Every toleration that any workload can have; what the cluster's own admission adds to pods is not among them. */
export const TOLERATIONS: readonly Toleration[] = [
  ...ACCELERATOR_NAMES.map(acceleratorToleration),
  ...architectureTolerations(ARCHITECTURES),
];
