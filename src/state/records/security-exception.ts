/** What is kept of a SecurityException, and how it stands at an instant. Pure. */
import { type KubeObject, keyOf } from "kopf-ts";
import type { LiftableRule } from "../../crds/v1alpha1/liftable-rules.ts";
import {
  parseSecurityException,
  type SecurityExceptionSpec,
  type SecurityExceptionStatus,
  validityMinutes,
} from "../../crds/v1alpha1/security-exception.ts";
import { nameOf, parseReference } from "../../images/reference.ts";
import { createdMsOf } from "../../kubernetes/metadata.ts";

import type { WorkloadRecord } from "./workload.ts";

export interface ExceptionRecord {
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  /** Undefined when the object is not one that this version's schema accepts; `invalid` says why. */
  readonly spec: SecurityExceptionSpec | undefined;
  readonly invalid: string | undefined;
  /** `namespace/name` of the workload; empty for an invalid one. */
  readonly workload: string;
  readonly lifts: readonly LiftableRule[];
  /** Who may enter the pods. */
  readonly user: string | undefined;
  /** Milliseconds since the epoch, to the second. */
  readonly expiringMs: number;
  readonly expiresMs: number;
  readonly status: SecurityExceptionStatus;
}

/** - `ExpiresSoon`: in force too. */
export type Stage = "InForce" | "ExpiresSoon" | "Expired" | "InvalidSpec";

const MINUTE_MS = 60_000;
const WEEK_MS = 7 * 24 * 60 * MINUTE_MS;

/** One that is being deleted is none any more, whatever finalizer holds it. */
export function shapeException(object: KubeObject): ExceptionRecord | undefined {
  const { name, uid = "", generation = 0, deletionTimestamp } = object.metadata;
  if (deletionTimestamp !== undefined) return undefined;
  const parsed = parseSecurityException(object);
  const spec = parsed.ok ? parsed.value.spec : undefined;
  const lastsMs = spec === undefined ? 0 : validityMinutes(spec.validFor) * MINUTE_MS;
  const expiresMs = createdMsOf(object) + lastsMs;
  return {
    name,
    uid,
    generation,
    spec,
    invalid: parsed.ok ? undefined : parsed.errors.join("; "),
    workload: spec === undefined ? "" : keyOf(spec.workload),
    lifts: spec?.lifts ?? [],
    user: spec?.breakGlass?.user,
    expiringMs: expiresMs - Math.min(WEEK_MS, lastsMs / 2),
    expiresMs,
    status: (object["status"] ?? {}) as SecurityExceptionStatus,
  };
}

/** Whether it is for this workload: by its name, and where the exception says so by its uid and the repository of its image. */
export function isFor({ spec }: ExceptionRecord, workload: WorkloadRecord | undefined): boolean {
  if (workload === undefined || spec === undefined) return false;
  const { uid = workload.ref.uid, image } = spec.workload;
  return uid === workload.ref.uid && (image === undefined || isOfRepository(workload.spec?.image, image));
}

function isOfRepository(image: string | undefined, repository: string): boolean {
  const [ran, allowed] = [image, repository].map((text) => parseReference(text ?? ""));
  return ran?.ok === true && allowed?.ok === true && nameOf(ran.reference) === nameOf(allowed.reference);
}

export function stageAt({ spec, expiringMs, expiresMs }: ExceptionRecord, nowMs: number): Stage {
  if (spec === undefined) return "InvalidSpec";
  if (nowMs >= expiresMs) return "Expired";
  return nowMs >= expiringMs ? "ExpiresSoon" : "InForce";
}

export const isInForce = (stage: Stage): boolean => stage === "InForce" || stage === "ExpiresSoon";

/** Until the stage changes by itself; undefined when it never does. */
export function nextStageInMs(exception: ExceptionRecord, stage: Stage, nowMs: number): number | undefined {
  if (!isInForce(stage)) return undefined;
  return Math.max(0, (stage === "InForce" ? exception.expiringMs : exception.expiresMs) - nowMs);
}
