/** What nodes offer, and which of them a workload can land on. */
import type { KubeObject } from "kopf-ts";
import { ACCELERATOR_NAMES, ACCELERATORS, type Toleration } from "../../crds/v1alpha1/placement-menu.ts";
import type { ExpandInput } from "../../expand/input.ts";
import { ARCHITECTURE_LABEL, tolerationsOf, ZONE_LABEL } from "../../expand/placement.ts";

type Placement = ExpandInput["spec"]["placement"];

/** As little of a node as decides whether a workload fits. */
export interface NodeOffer {
  /** Taints that keep away who does not tolerate them; the kubelet's own come and go, and are left out. */
  readonly taints: readonly Taint[];
  readonly architecture: string | undefined;
  readonly hasZone: boolean;
  /** The accelerators of the menu that it has, each with its model where the node's labels name one. */
  readonly accelerators: readonly { readonly name: string; readonly models: readonly string[] }[];
}

interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

interface NodeShape {
  readonly spec?: { readonly taints?: readonly Taint[] };
  readonly status?: { readonly allocatable?: Readonly<Record<string, string>> };
}

export function nodeOffer(node: KubeObject): NodeOffer {
  const { spec, status } = node as NodeShape;
  const labels = node.metadata.labels ?? {};
  const allocatable = status?.allocatable ?? {};
  return {
    taints: (spec?.taints ?? [])
      .filter(({ key, effect }) => effect !== "PreferNoSchedule" && !key.startsWith("node.kubernetes.io/"))
      .map(({ key, value, effect }) => ({ key, ...(value === undefined ? {} : { value }), effect })),
    architecture: labels[ARCHITECTURE_LABEL],
    hasZone: labels[ZONE_LABEL] !== undefined,
    accelerators: ACCELERATOR_NAMES.filter((name) => Number(allocatable[ACCELERATORS[name].resource] ?? 0) > 0).map(
      (name) => ({ name, models: ACCELERATORS[name].modelLabels.flatMap((label) => labels[label] ?? []) }),
    ),
  };
}

/** Whether pods of this placement are let onto the node: every taint is tolerated, and it has what they ask for. */
export function canHost(offer: NodeOffer, placement: Placement = {}): boolean {
  const tolerations = tolerationsOf(placement);
  return (
    offer.taints.every((taint) => tolerations.some((toleration) => tolerates(toleration, taint))) &&
    hasArchitecture(offer, placement) &&
    hasAccelerator(offer, placement)
  );
}

function tolerates({ key, operator, value, effect }: Toleration, taint: Taint): boolean {
  return key === taint.key && effect === taint.effect && (operator === "Exists" || value === (taint.value ?? ""));
}

const hasArchitecture = ({ architecture }: NodeOffer, placement: NonNullable<Placement>): boolean =>
  placement.architecture === undefined || placement.architecture.some((name) => name === architecture);

function hasAccelerator({ accelerators }: NodeOffer, { accelerator }: NonNullable<Placement>): boolean {
  if (accelerator === undefined) return true;
  const { name, model } = accelerator;
  return accelerators.some(
    (offered) => offered.name === name && (model === undefined || offered.models.includes(model)),
  );
}

/** The requirement that no node meets; undefined if a node meets all, or no node is known. */
export function placementShortage(placement: Placement, offers: readonly NodeOffer[]): string | undefined {
  if (placement === undefined || offers.length === 0) return undefined;
  const { architecture = [], accelerator, spread } = placement;
  if (!offers.some((offer) => hasArchitecture(offer, placement)))
    return `placement.architecture: no node of this cluster has architecture ${architecture.join(" or ")}`;
  if (!offers.some((offer) => hasAccelerator(offer, placement)))
    return `placement.accelerator: no node of this cluster offers ${accelerator?.model ?? ""}${accelerator?.model === undefined ? "" : " as "}${accelerator?.name}`;
  if (!offers.some((offer) => canHost(offer, placement)))
    return "placement: no node of this cluster matches all requirements, or its taints repel this workload";
  if (spread?.zones === "Required" && !offers.some(({ hasZone }) => hasZone))
    return `placement.spread.zones: no node of this cluster has the label ${ZONE_LABEL}; write Preferred, or label the nodes`;
  return undefined;
}
