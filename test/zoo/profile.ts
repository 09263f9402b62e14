/** A kind of cluster that people run, as data: what its API server, its add-ons and its platform team do to whatever is applied there. */
import type { Client, KubeObject } from "kopf-ts";

export interface Profile {
  /** Of the command line and of the page: `eks`. */
  readonly name: string;
  readonly title: string;
  /** Admission plugins beside the default ones. */
  readonly plugins: readonly string[];
  /** Of the node that pods run on. */
  readonly nodeLabels: Readonly<Record<string, string>>;
  /** What is there before Palisade is installed: mutating policies, kinds of add-ons. */
  readonly objects: readonly KubeObject[];
  /** What is kept in every namespace of an application, and made again when it is gone: quotas, limits, bindings, labels. */
  readonly inNamespace: (namespace: string) => readonly KubeObject[];
  /** Programs of the cluster that write what Palisade made, again and again. */
  readonly addOns: readonly AddOn[];
  /** Added to the spec of the SecurityBaseline, as the platform team of such a cluster writes it. */
  readonly baseline: object;
  /** Conditions that are right here beyond those of a plain cluster, as `type=status reason`. */
  readonly conditions: readonly string[];
}

export interface AddOn {
  readonly title: string;
  /** One round; whatever it throws is told to nobody, as a controller that tries again. */
  readonly act: (client: Client, namespace: string) => Promise<unknown>;
}

/** What every profile leaves as it is unless it says otherwise. */
export const PLAIN = {
  plugins: [],
  nodeLabels: {},
  objects: [],
  inNamespace: () => [],
  addOns: [],
  baseline: {},
  conditions: [],
} satisfies Omit<Profile, "name" | "title">;
