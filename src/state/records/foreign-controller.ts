/** What the pods of a foreign controller have of a workload: its label or its ServiceAccount (DRIFT 24, 26). */

import { type KubeObject, keyOf } from "kopf-ts";
import { WORKLOAD_LABEL } from "../../crds/group.ts";
import { createdMsOf, type Owner, ownerOf } from "../../kubernetes/metadata.ts";
import { templateIn } from "./template.ts";

export interface PodControllerFacts extends PodClaims {
  readonly about: "pod-controller";
  /** Milliseconds since the epoch, to the second. */
  readonly createdMs: number;
  readonly owner: Owner | undefined;
}

/** By what pods could pass for a workload's. */
export interface PodClaims {
  /** The workload whose label the pods carry. */
  readonly workload: string | undefined;
  /** The ServiceAccount of the pods; undefined for the one that every namespace has. */
  readonly account: string | undefined;
}

/** Undefined for one whose pods could pass for no workload's. */
export function podControllerFacts(live: KubeObject): PodControllerFacts | undefined {
  const template = templateIn(live);
  const workload = template?.metadata?.labels?.[WORKLOAD_LABEL];
  const { serviceAccountName = "default" } = template?.spec ?? {};
  const account = serviceAccountName === "default" ? undefined : serviceAccountName;
  if (workload === undefined && account === undefined) return undefined;
  return { about: "pod-controller", workload, account, createdMs: createdMsOf(live), owner: ownerOf(live) };
}

/** The workloads of `namespace` that the pods could pass for, as `namespace/name`. */
export const workloadsClaimedBy = ({ workload, account }: PodClaims, namespace = ""): readonly string[] => [
  ...new Set([workload, account].flatMap((name) => (name === undefined ? [] : [keyOf({ namespace, name })]))),
];
