/** Tells people of a correction: an Event on the workload they look at, and a line for who runs the operator. */
import { API_VERSION, SECURE_WORKLOAD } from "../crds/group.ts";
import { type Correction, noteOf } from "./correction.ts";
import type { Deps } from "./deps.ts";
import type { WorkloadRecord } from "./records.ts";

/** `object` is the key the log names; without a workload to hang an Event on, the log is all. */
export function announce(
  object: string,
  workload: WorkloadRecord | undefined,
  correction: Correction,
  deps: Deps,
): void {
  const { object: child, fields, driftCase, culprit } = correction;
  deps.logger.warn({ object, child, fields, driftCase, manager: culprit?.manager }, "drift corrected");
  if (workload === undefined) return;
  const { namespace, name, uid } = workload.ref;
  deps.recorder.event({
    regarding: { apiVersion: API_VERSION, kind: SECURE_WORKLOAD.kind, metadata: { name, namespace, uid } },
    type: "Warning",
    reason: "DriftCorrected",
    action: correction.action,
    note: noteOf(correction),
  });
}
