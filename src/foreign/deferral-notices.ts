/** What a workload says of the foreign objects that stay for now. */
import type { Notice } from "../crds/v1alpha1/findings.ts";
import { actionKey, type Deferral, displayName, type Plan } from "../plan/action.ts";
import type { WorkloadRecord } from "../state/records/workload.ts";

/** How many objects a message names. */
const MAX_NAMED = 5;

const REASON_OF = {
  Observing: "NamespaceIsObserving",
  NotServing: "WorkloadNotServing",
  OldPods: "OldPodsRun",
  Elsewhere: "InAnotherNamespace",
} as const;

/** Names the foreign objects that stay, until when, and what ends it. */
export function deferredNotices({ ref }: WorkloadRecord, { deferred }: Plan): readonly Notice[] {
  const [first] = deferred;
  if (first === undefined) return [];
  const sentences = (["Observing", "NotServing", "OldPods", "Elsewhere"] as const).flatMap((because) => {
    const actions = deferred.filter((one) => one.because === because).map(({ action }) => action);
    return actions.length === 0
      ? []
      : [`${named(actions.map(because === "Elsewhere" ? actionKey : displayName))} ${untilWhen(because, ref)}`];
  });
  const message = `${sentences.join("; ")}. status.wouldDo says why`;
  return [{ type: "ForeignObjectsStay", holds: true, reason: REASON_OF[first.because], message }];
}

function untilWhen(because: Deferral, { namespace, name }: WorkloadRecord["ref"]): string {
  switch (because) {
    case "Observing":
      return `stay because namespace ${namespace} is Observing: narrow or delete them, or Palisade deletes them when it leaves that state`;
    case "NotServing":
      return `stay until ${name} has all its pods ready: then Palisade replaces or deletes them`;
    case "Elsewhere":
      return `stay because they are in namespaces without workloads, where Palisade deletes nothing: ask their owners to delete them, and delete the ReferenceGrant that lets them in`;
    default:
      return `stay while pods run that are not ${name}'s and that they select: delete those pods, and Palisade takes over`;
  }
}

function named(objects: readonly string[]): string {
  const names = [...objects].sort();
  const more = names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : "";
  return `${names.slice(0, MAX_NAMED).join(", ")}${more}`;
}
