/** Whatever makes pods and is not ours, kept as what its pods bear of a workload (DRIFT 24, 26). Which offend is for `offenders` to say. */
import { WORKLOAD_LABEL } from "../crds/group.ts";
import type { KubeObject } from "../kopf/object.ts";
import type { Culprit } from "../plan/culprit.ts";
import type { Owner } from "./pod-record.ts";
import { createdMsOf, ownerOf } from "./records.ts";
import { templateIn } from "./template-record.ts";

export interface ForeignMakerRecord {
  readonly type: "foreign-maker";
  readonly uid: string;
  /** The workload whose label its pods bear. */
  readonly workload: string | undefined;
  /** The ServiceAccount of its pods; undefined for the one that every namespace has. */
  readonly account: string | undefined;
  /** Milliseconds since the epoch, to the second. */
  readonly createdMs: number;
  readonly owner: Owner | undefined;
  readonly culprit: Culprit | undefined;
  /** Monotonic milliseconds at which this version of it was seen. */
  readonly seenMs: number;
}

/** Undefined for one whose pods could be no workload's. */
export function shapeForeignMaker(
  live: KubeObject,
  culprit: Culprit | undefined,
  seenMs: number,
): ForeignMakerRecord | undefined {
  const template = templateIn(live);
  const workload = template?.metadata?.labels?.[WORKLOAD_LABEL];
  const { serviceAccountName = "default" } = template?.spec ?? {};
  const account = serviceAccountName === "default" ? undefined : serviceAccountName;
  if (workload === undefined && account === undefined) return undefined;
  const uid = live.metadata.uid ?? "";
  return {
    type: "foreign-maker",
    uid,
    workload,
    account,
    createdMs: createdMsOf(live),
    owner: ownerOf(live),
    culprit,
    seenMs,
  };
}

/** The workloads of its namespace that its pods could pose as. */
export const posesAs = (
  { workload, account }: Pick<ForeignMakerRecord, "workload" | "account">,
  namespace: string | undefined,
): readonly string[] => [
  ...new Set([workload, account].flatMap((name) => (name === undefined ? [] : [`${namespace}/${name}`]))),
];
