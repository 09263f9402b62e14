/** Pods that a node runs from files of its own: the API server shows them, and can neither refuse nor end them (DRIFT 86). */

import { nameOf } from "kopf-ts";
import type { Notice } from "../../crds/v1alpha1/findings.ts";
import type { WorkloadRecord } from "../../state/records/workload.ts";
import type { Deps } from "../deps.ts";

/** How many pods a message names. */
const MAX_NAMED = 5;

export function staticPodNotices({ ref }: WorkloadRecord, { state }: Deps): readonly Notice[] {
  const names = state.pods
    .byIndex("mirrorIn", ref.namespace)
    .map((key) => nameOf(key).name)
    .sort();
  if (names.length === 0) return [];
  const more = names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : "";
  const message = `${names.slice(0, MAX_NAMED).join(", ")}${more} are static pods, to which no rule of this namespace applies: check who can write the manifests on the node`;
  return [{ type: "StaticPods", holds: true, reason: "StaticPodFound", message }];
}
