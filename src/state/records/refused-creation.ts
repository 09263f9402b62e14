/** What is kept of an Event by which a controller tells that the API server refused a pod, or a run, of its. */
import type { KubeObject } from "kopf-ts";
import { podNamedIn, refusalWords } from "../../plan/refusal-words.ts";

/** As the controllers of ReplicaSets, StatefulSets, DaemonSets, Jobs and CronJobs call it. */
export const REFUSED_CREATION = "FailedCreate";

export interface RefusedCreation {
  /** Of the controller. */
  readonly uid: string;
  /** The name of the pod, where the controller knows it beforehand. */
  readonly pod: string | undefined;
  readonly words: string;
  /** Milliseconds since the epoch, to the second; of the latest try that the Event counts. */
  readonly atMs: number;
}

interface RawEvent extends KubeObject {
  readonly involvedObject?: { readonly uid?: string };
  readonly message?: string;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly series?: { readonly lastObservedTime?: string };
}

export function shapeRefusedCreation(event: KubeObject): RefusedCreation {
  const { involvedObject, message = "", lastTimestamp, eventTime, series, metadata } = event as RawEvent;
  const at = series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? "";
  return {
    uid: involvedObject?.uid ?? "",
    pod: podNamedIn(message),
    words: refusalWords(message),
    atMs: Date.parse(at) || 0,
  };
}

/** The latest of each controller: Events of one object may differ in the names of its pods, and there may be many. */
export function latestRefusals(events: readonly KubeObject[]): ReadonlyMap<string, RefusedCreation> {
  const latest = new Map<string, RefusedCreation>();
  for (const refusal of events.map(shapeRefusedCreation)) {
    const known = latest.get(refusal.uid);
    if (refusal.uid !== "" && (known === undefined || known.atMs <= refusal.atMs)) latest.set(refusal.uid, refusal);
  }
  return latest;
}
