/** Translates placement, priority and accelerators of the spec into scheduling fields. */
import type {
  V1Container,
  V1NodeSelectorRequirement,
  V1NodeSelectorTerm,
  V1TopologySpreadConstraint,
} from "@kubernetes/client-node";
import {
  ACCELERATORS,
  type AcceleratorName,
  acceleratorToleration,
  architectureTolerations,
  type Toleration,
} from "../crds/v1alpha1/placement-menu.ts";
import { PRIORITIES } from "../crds/v1alpha1/priority.ts";
import type { PodSpec } from "../policies/index.ts";
import { type ExpandInput, selectorLabels } from "./input.ts";

type Placement = NonNullable<ExpandInput["spec"]["placement"]>;

export const ZONE_LABEL = "topology.kubernetes.io/zone";
export const ARCHITECTURE_LABEL = "kubernetes.io/arch";

/** `pod` with priority class, topology spread and placement; devices go to the container named after the workload. */
export function placed(pod: PodSpec, { workload, spec }: Pick<ExpandInput, "workload" | "spec">): PodSpec {
  const { placement = {}, priority } = spec;
  const terms = nodeTerms(placement);
  const tolerations = tolerationsOf(placement);
  return {
    ...pod,
    containers: pod.containers.map((container) =>
      container.name === workload.name ? equipped(container, placement) : container,
    ),
    priorityClassName: PRIORITIES[priority].className,
    topologySpreadConstraints: spreadOf(placement, selectorLabels(workload)),
    ...affinityOf(terms, placement.spread?.nodes === "Apart" ? selectorLabels(workload) : undefined),
    ...(tolerations.length === 0 ? {} : { tolerations: tolerations.map((toleration) => ({ ...toleration })) }),
  };
}

/** Nodes by `terms`, and away from pods that have the labels `apart`. */
function affinityOf(
  terms: readonly V1NodeSelectorTerm[],
  apart: Record<string, string> | undefined,
): Pick<PodSpec, "affinity"> {
  const required = "requiredDuringSchedulingIgnoredDuringExecution";
  const affinity = {
    ...(terms.length === 0 ? {} : { nodeAffinity: { [required]: { nodeSelectorTerms: [...terms] } } }),
    ...(apart === undefined
      ? {}
      : {
          podAntiAffinity: {
            [required]: [{ labelSelector: { matchLabels: apart }, topologyKey: "kubernetes.io/hostname" }],
          },
        }),
  };
  return Object.keys(affinity).length === 0 ? {} : { affinity };
}

/** A required spread ignores tainted nodes, or a cordoned one would stop every rollout (KEP-3094). */
function spreadOf({ spread }: Placement, matchLabels: Record<string, string>): V1TopologySpreadConstraint[] {
  const over = [
    { topologyKey: "kubernetes.io/hostname", choice: spread?.nodes },
    { topologyKey: ZONE_LABEL, choice: spread?.zones },
  ];
  return over.map(({ topologyKey, choice }) => ({
    maxSkew: 1,
    topologyKey,
    ...(choice === "Required"
      ? { whenUnsatisfiable: "DoNotSchedule", nodeTaintsPolicy: "Honor" }
      : { whenUnsatisfiable: "ScheduleAnyway" }),
    labelSelector: { matchLabels },
  }));
}

/** Terms are alternatives: clusters use different labels for a model. */
function nodeTerms({ architecture = [], accelerator }: Placement): readonly V1NodeSelectorTerm[] {
  const onArchitecture: readonly V1NodeSelectorRequirement[] =
    architecture.length === 0 ? [] : [{ key: ARCHITECTURE_LABEL, operator: "In", values: [...architecture] }];
  const model = accelerator?.model;
  if (accelerator === undefined || model === undefined)
    return onArchitecture.length === 0 ? [] : [{ matchExpressions: [...onArchitecture] }];
  return ACCELERATORS[accelerator.name].modelLabels.map((key) => ({
    matchExpressions: [{ key, operator: "In", values: [model] }, ...onArchitecture],
  }));
}

/** Tolerates only the taints of nodes reserved for what the spec asks for. */
export const tolerationsOf = ({ architecture = [], accelerator }: Placement): readonly Toleration[] => [
  ...(accelerator === undefined ? [] : [acceleratorToleration(accelerator.name)]),
  ...architectureTolerations(architecture),
];

/** Requests are spelled out: the API server copies them from the limits in a pod, but not in a template. */
function equipped(container: V1Container, { accelerator }: Placement): V1Container {
  if (accelerator === undefined) return container;
  const devices = { [resourceOf(accelerator.name)]: String(accelerator.count) };
  const { requests, limits, ...more } = container.resources ?? {};
  return {
    ...container,
    resources: { ...more, requests: { ...requests, ...devices }, limits: { ...limits, ...devices } },
  };
}

const resourceOf = (name: AcceleratorName): string => ACCELERATORS[name].resource;
