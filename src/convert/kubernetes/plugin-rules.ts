/** A policy of a network plugin as a NetworkPolicy says the same, and what it cannot say. */
import type { LabelSelector } from "../../kubernetes/selectors.ts";
import type { Part } from "../ledger.ts";

/** A peer as a NetworkPolicy has it, or one that access has and a NetworkPolicy has not. */
export type RulePeer = Readonly<{
  podSelector?: LabelSelector;
  namespaceSelector?: LabelSelector;
  ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
  host?: string;
  service?: string;
  gateway?: true;
  kubernetesAPI?: true;
}>;

export interface RulePort {
  readonly port?: number | string;
  readonly endPort?: number;
  /** `ANY` is whichever the pod that is called declares. */
  readonly protocol?: string;
}

export interface TranslatedRule {
  /** Undefined for everybody. */
  readonly peers: readonly RulePeer[] | undefined;
  readonly ports: readonly RulePort[];
  readonly part: Part;
}

/** What of a policy a person has to say in other words. */
export interface Untold {
  readonly part: Part;
  /** After `access: file:line `. */
  readonly what: string;
}

export interface TranslatedPolicy {
  /** One or another of them selects the pods. */
  readonly selectors: readonly LabelSelector[];
  readonly namespace: string | undefined;
  readonly types: readonly ("Ingress" | "Egress")[];
  readonly ingress: readonly TranslatedRule[];
  readonly egress: readonly TranslatedRule[];
  readonly untold: readonly Untold[];
}

export type Direction = "ingress" | "egress";
export const DIRECTIONS: readonly Direction[] = ["ingress", "egress"];
export const typeOf = (direction: Direction): "Ingress" | "Egress" => (direction === "ingress" ? "Ingress" : "Egress");

/** By the label that the API server sets itself. */
export const NAMESPACE_NAME = "kubernetes.io/metadata.name";

export const inNamespace = (name: string): LabelSelector => ({ matchLabels: { [NAMESPACE_NAME]: name } });

/** What the internet does not route. */
export const PRIVATE_NETWORKS = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];

/** Rules for HTTP and the like, which access does not have. */
export const LAYER_7 = "access ends at ports: the program judges requests itself";

/** With its length where it is one address. */
export const networkIn = (address: string): string =>
  address.includes("/") ? address : `${address}/${address.includes(":") ? 128 : 32}`;
