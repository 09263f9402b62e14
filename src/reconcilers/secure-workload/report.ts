/** Writes the status: last, after failures too, and only when it says something new. */

import { isDeepStrictEqual } from "node:util";
import { isNotFound } from "kopf-ts";
import { SECURE_WORKLOAD } from "../../crds/group.ts";
import type { SecureWorkloadStatus } from "../../crds/v1alpha1/secure-workload.ts";
import { isoSeconds } from "../../kubernetes/iso-seconds.ts";
import type { WorkloadRecord } from "../../state/records/workload.ts";
import type { Deps } from "../deps.ts";
import { withNulls } from "../status-patch.ts";
import { type Findings, statusOf } from "./status.ts";

/** One write at most. A workload that is gone meanwhile has no status to write. */
export async function writeStatus(
  workload: WorkloadRecord,
  findings: Findings,
  { client, clock, state }: Pick<Deps, "client" | "clock" | "state">,
  signal: AbortSignal,
): Promise<void> {
  const status = statusOf(workload, findings, isoSeconds(clock.now()));
  if (isDeepStrictEqual(comparable(status), workload.status)) return;
  const { namespace, name } = workload.ref;
  try {
    const patch = { metadata: { uid: workload.ref.uid }, status: replacing(workload.status, status) };
    const options = { type: "merge", subresource: "status", signal } as const;
    const written = await client.patch(SECURE_WORKLOAD, { namespace, name }, patch, options);
    state.noteReported(workload, (written["status"] ?? {}) as SecureWorkloadStatus);
    state.workloads.observe(written);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** As the API server would store it: that of the workload is as it was stored. */
const comparable = (status: SecureWorkloadStatus): unknown => JSON.parse(JSON.stringify(status));

function replacing(before: SecureWorkloadStatus, now: SecureWorkloadStatus): Record<string, unknown> {
  const drift = now.drift === undefined ? {} : { drift: { contested: null, last: null, ...now.drift } };
  const identity = now.podIdentity === undefined ? {} : { podIdentity: { userNamespace: null, ...now.podIdentity } };
  const unusual = now.unusual === undefined ? {} : { unusual: withNulls(before.unusual ?? {}, now.unusual) };
  return { ...withNulls(before, now), ...drift, ...identity, ...unusual };
}
