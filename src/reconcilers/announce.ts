/** Tells people of a correction: an Event on the workload they look at, and a line for who runs the operator. */
import { API_VERSION, SECURE_WORKLOAD } from "../crds/group.ts";
import type { EventInput } from "../kopf/events.ts";
import { type Correction, noteOf } from "./correction.ts";
import type { TellDeps } from "./deps.ts";
import type { WorkloadRecord } from "./records.ts";

/** Without a workload to hang an Event on, the log is all. */
export function announce(workload: WorkloadRecord | undefined, correction: Correction, deps: TellDeps): void {
  if (workload === undefined) {
    log(correction, deps);
    return;
  }
  const { namespace, name, uid } = workload.ref;
  tell({ apiVersion: API_VERSION, kind: SECURE_WORKLOAD.kind, metadata: { name, namespace, uid } }, correction, deps);
}

/** With the Event on an object of any kind. */
export function tell(regarding: EventInput["regarding"], correction: Correction, deps: TellDeps): void {
  log(correction, deps);
  deps.recorder.event({
    regarding,
    type: "Warning",
    reason: "DriftCorrected",
    action: correction.action,
    note: noteOf(correction),
  });
}

function log({ object: child, fields, driftCase, culprit }: Correction, { logger }: TellDeps): void {
  logger.warn({ child, fields, driftCase, manager: culprit?.manager }, "drift corrected");
}
