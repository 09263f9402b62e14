import { isDeepStrictEqual } from "node:util";
import { type KubeObject, keyOf } from "kopf-ts";
import {
  parseSecureWorkload,
  type SecureWorkloadSpec,
  type SecureWorkloadStatus,
} from "../../crds/v1alpha1/secure-workload.ts";
import type { WorkloadRef } from "../../expand/input.ts";
import { createdMsOf } from "../../kubernetes/metadata.ts";

export interface WorkloadRecord {
  readonly key: string;
  readonly ref: WorkloadRef;
  readonly generation: number;
  /** Milliseconds since the epoch, to the second. */
  readonly createdMs: number;
  readonly deleting: boolean;
  /** Absent when the object is not one that this version's schema accepts; `invalid` says why. */
  readonly spec: SecureWorkloadSpec | undefined;
  readonly invalid: string | undefined;
  readonly status: SecureWorkloadStatus;
}

export function shapeWorkload(object: KubeObject, previous?: WorkloadRecord): WorkloadRecord {
  const {
    name,
    namespace = "",
    uid = "",
    labels = {},
    annotations,
    generation = 0,
    deletionTimestamp,
  } = object.metadata;
  return {
    key: keyOf({ namespace, name }),
    ref: { namespace, name, uid, labels, ...kept(annotations) },
    generation,
    createdMs: createdMsOf(object),
    deleting: deletionTimestamp !== undefined,
    ...readSpec(object, previous),
    status: (object["status"] ?? {}) as SecureWorkloadStatus,
  };
}

/** A status is written far more often than a spec: what stands there as it was read before is not read again. */
function readSpec(object: KubeObject, previous?: WorkloadRecord): Pick<WorkloadRecord, "spec" | "invalid"> {
  const { spec: known, ref } = previous ?? {};
  const isRead = known !== undefined && ref?.uid === object.metadata.uid && isDeepStrictEqual(object["spec"], known);
  if (isRead) return { spec: known, invalid: undefined };
  const parsed = parseSecureWorkload(object);
  return parsed.ok
    ? { spec: parsed.value.spec, invalid: undefined }
    : { spec: undefined, invalid: parsed.errors.join("; ") };
}

/** Without what kubectl applied last, which is the whole object once more. */
function kept(annotations: KubeObject["metadata"]["annotations"] = {}): Pick<WorkloadRef, "annotations"> {
  const { "kubectl.kubernetes.io/last-applied-configuration": _, ...rest } = annotations;
  return Object.keys(rest).length === 0 ? {} : { annotations: rest };
}

/** The older first, and by name where two are of one second. Creation times are the server's. */
export const byAge = (a: WorkloadRecord, b: WorkloadRecord): number =>
  a.createdMs - b.createdMs || (a.key < b.key ? -1 : 1);

export const isSameSpec = (old: WorkloadRecord | undefined, now: WorkloadRecord | undefined): boolean =>
  old?.ref.uid === now?.ref.uid && old?.generation === now?.generation;

export const hasChildren = (workload: WorkloadRecord | undefined): boolean =>
  (workload?.status.children ?? []).length > 0;
