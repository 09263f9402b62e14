/** Who calls whom, whatever saw it: one form for every source. Pure. */
import type { Labels } from "../migration/running.ts";

export type Party =
  /** Pods by who runs them, a SecureWorkload or anything else. `labels` are those of one of its pods. */
  | {
      readonly kind: "workload";
      readonly namespace: string;
      readonly name: string;
      readonly labels: Labels;
      /** Whether a SecureWorkload of this name is declared, or runs them. */
      readonly isWorkload?: boolean;
    }
  | { readonly kind: "kubernetesAPI" }
  /** Kubelets, proxies and whatever else has the address of a node. */
  | { readonly kind: "node" }
  /** The cluster's DNS, which every workload may reach. */
  | { readonly kind: "dns" }
  /** A name that somebody asked DNS for. */
  | { readonly kind: "host"; readonly host: string }
  /** An address that nothing in the cluster has. */
  | { readonly kind: "outside"; readonly address: string }
  /** An address of the pods' networks that no pod has any more, or one of which the source says no more. */
  | { readonly kind: "unknown"; readonly address: string };

export type Protocol = "TCP" | "UDP" | "SCTP";

export interface Edge {
  readonly from: Party;
  readonly to: Party;
  /** Of the pods that are called; undefined where the source does not say it. */
  readonly port: number | undefined;
  readonly protocol: Protocol;
}

export interface SeenEdge extends Edge {
  /** The first few, each with its source. */
  readonly evidence: readonly string[];
}

export const nameOf = (party: Party): string => {
  switch (party.kind) {
    case "workload":
      return `${party.namespace}/${party.name}`;
    case "host":
      return party.host;
    case "outside":
    case "unknown":
      return party.address;
    default:
      return party.kind;
  }
};

const MOST_EVIDENCE = 3;
/** A source that names callers of the whole internet must not fill the memory. */
const MOST_EDGES = 20_000;

/** The edges so far. What is the platform's own, and a pod that calls itself, is none. */
export class SeenEdges {
  readonly #edges = new Map<string, { readonly edge: Edge; readonly evidence: string[] }>();
  #unknown = 0;
  #left = 0;

  add(edge: Edge, evidence: string): void {
    if (edge.from.kind === "unknown" || edge.to.kind === "unknown") this.#unknown += 1;
    else if (isOfWorkloads(edge)) this.#keep(edge, evidence);
  }

  #keep(edge: Edge, evidence: string): void {
    const key = keyOf(edge);
    const known = this.#edges.get(key);
    if (known === undefined && this.#edges.size >= MOST_EDGES) {
      this.#left += 1;
      return;
    }
    if (known === undefined) this.#edges.set(key, { edge, evidence: [evidence] });
    else if (known.evidence.length < MOST_EVIDENCE && !known.evidence.includes(evidence)) known.evidence.push(evidence);
  }

  /** With each party called as `naming` has it; what is one by that is one. */
  edges(naming: (party: Party) => Party = (party) => party): readonly SeenEdge[] {
    const named = new Map<string, SeenEdge>();
    for (const { edge, evidence } of this.#edges.values()) {
      const own = { ...edge, from: naming(edge.from), to: naming(edge.to) };
      const key = keyOf(own);
      const known = named.get(key)?.evidence ?? [];
      named.set(key, { ...own, evidence: [...known, ...evidence].slice(0, MOST_EVIDENCE) });
    }
    return [...named.values()];
  }

  /** What was left out, in sentences. */
  left(): readonly string[] {
    return [
      ...(this.#unknown === 0
        ? []
        : [`${this.#unknown} connections of addresses that no pod has any more, or never had`]),
      ...(this.#left === 0 ? [] : [`${this.#left} edges beyond the first ${MOST_EDGES}`]),
    ];
  }
}

const keyOf = ({ from, to, port, protocol }: Edge): string => `${nameOf(from)} ${nameOf(to)} ${port} ${protocol}`;

const isOfWorkloads = ({ from, to }: Edge): boolean =>
  (from.kind === "workload" && to.kind !== "node" && to.kind !== "dns") ||
  (to.kind === "workload" && from.kind === "outside");
