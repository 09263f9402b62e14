/** Pods that a node runs from files of its own: the API server shows them, and can neither refuse nor end them (DRIFT 86). */
import { nameOf } from "../../kopf/object.ts";
import type { Deps } from "../deps.ts";
import type { WorkloadRecord } from "../records.ts";
import type { Notice } from "./status.ts";

/** How many pods a message names. */
const MAX_NAMED = 5;

export function staticPodNotices({ ref }: WorkloadRecord, { world }: Deps): readonly Notice[] {
  const names = world.pods
    .byIndex("mirrorIn", ref.namespace)
    .map((key) => nameOf(key).name)
    .sort();
  if (names.length === 0) return [];
  const more = names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : "";
  const message = `${names.slice(0, MAX_NAMED).join(", ")}${more} run from files on a node, under no rule of this namespace: look at who may write there`;
  return [{ type: "StaticPods", holds: true, reason: "StaticPodFound", message }];
}
