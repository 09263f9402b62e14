/** Tells people of a correction: an Event on the workload they look at, and a line for who runs the operator. */
import type { EventInput } from "kopf-ts";
import { API_VERSION, SECURE_WORKLOAD } from "../../crds/group.ts";
import { type Correction, noteOf } from "../../plan/correction.ts";
import type { WorkloadRecord } from "../../state/records/workload.ts";
import type { TellDeps } from "../deps.ts";

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

function log({ object: child, fields, driftCase, changedBy }: Correction, { logger }: TellDeps): void {
  logger.warn({ child, fields, driftCase, manager: changedBy?.manager }, "drift corrected");
}
