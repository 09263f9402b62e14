/** What a workload would have to declare for an edge that was seen, or what a person has to say first. Pure. */

import { hostNetwork, network } from "../crds/v1alpha1/networks.ts";
import { foreignLabels, labelList } from "../crds/v1alpha1/pod-peers.ts";
import { CONTROLLER_LABELS } from "../kubernetes/controller-labels.ts";
import type { Labels } from "../migration/running.ts";
import { type DeclaredWorkload, type Direction, type Entry, keyOf } from "./declared.ts";
import { nameOf, type Party, type SeenEdge } from "./edges.ts";

/** Neither, where another edge says the same better. */
export interface Missing {
  readonly entry?: Entry;
  readonly decision?: string;
}

interface Undeclared {
  readonly own: DeclaredWorkload;
  readonly other: Party;
  readonly direction: Direction;
  readonly edge: SeenEdge;
  /** Everything that was seen. */
  readonly seen: readonly SeenEdge[];
}

export function lackOf(undeclared: Undeclared): Missing {
  if (undeclared.other.kind === "kubernetesAPI") return { entry: { kubernetesAPI: true } };
  return undeclared.direction === "inbound" ? lackInbound(undeclared) : lackOutbound(undeclared);
}

function lackInbound({ own, other, edge: { port } }: Undeclared): Missing {
  if (port === undefined || !own.ports.some((one) => one.port === port))
    return { decision: `${nameOf(other)} calls port ${port}, which is not among ports: declare it there first` };
  if (other.kind === "outside")
    return { decision: `${other.address} calls port ${port}: expose it, or name its network with cidr` };
  const peer = podsOf(own, other);
  return typeof peer === "string" ? { decision: peer } : { entry: { ...peer, port } };
}

function lackOutbound({ own, other, edge, seen }: Undeclared): Missing {
  const port = edge.port ?? onlyPortOutside(own, seen);
  if (port === undefined) return { decision: `${nameOf(other)} was asked of DNS, and no port was seen: name it` };
  if (other.kind === "outside" && asked(own, seen).length > 0) return {};
  const peer = peerOf(own, other);
  if (typeof peer === "string") return { decision: peer };
  return { entry: { ...peer, port, ...(edge.protocol === "TCP" ? {} : { protocol: edge.protocol }) } };
}

const from = (own: DeclaredWorkload, seen: readonly SeenEdge[], kind: Party["kind"]): readonly SeenEdge[] =>
  seen.filter((edge) => edge.to.kind === kind && nameOf(edge.from) === keyOf(own));

/** Hosts whose addresses are what was seen of the outside. */
const asked = (own: DeclaredWorkload, seen: readonly SeenEdge[]): readonly SeenEdge[] => from(own, seen, "host");

/** The port of the only way outside that a workload was seen to take: a name without a port is meant by it. */
function onlyPortOutside(own: DeclaredWorkload, seen: readonly SeenEdge[]): number | undefined {
  const ports = new Set(from(own, seen, "outside").map(({ port }) => port));
  return ports.size === 1 ? [...ports][0] : undefined;
}

/** How `own` names another; a sentence where it cannot. */
function peerOf(own: DeclaredWorkload, other: Party): Entry | string {
  if (other.kind === "host") return { host: other.host };
  if (other.kind === "outside")
    return network.safeParse(hostNetwork(other.address)).success
      ? { cidr: hostNetwork(other.address) }
      : `${other.address} is called, and the source says no more of it: name its hosts or networks`;
  return podsOf(own, other);
}

function podsOf(own: DeclaredWorkload, other: Party): Entry | string {
  if (other.kind !== "workload") return `${nameOf(other)} cannot be named`;
  const elsewhere = other.namespace === own.namespace ? {} : { namespace: other.namespace };
  if (other.isWorkload === true) return { workload: other.name, ...elsewhere };
  const podLabels = labelList(ownLabels(other.labels));
  return foreignLabels.safeParse(podLabels).success
    ? { pods: { ...elsewhere, podLabels } }
    : `pods of ${nameOf(other)} have no labels by which they can be named`;
}

const ownLabels = (labels: Labels): Labels =>
  Object.fromEntries(Object.entries(labels).filter(([key]) => !CONTROLLER_LABELS.includes(key)));
