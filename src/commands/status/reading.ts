/** What is read of one SecureWorkload for its page: objects as the API server has them. */
import type { KubeObject } from "kopf-ts";
import type { Condition, SecureWorkloadSpec, SecureWorkloadStatus } from "../../crds/v1alpha1/secure-workload.ts";
import type { Unread } from "./model.ts";

export interface Reading {
  readonly workload: KubeObject;
  /** By `Kind/name` as `status.children` has it; undefined where there is none. A child that could not be read has no entry. */
  readonly children: ReadonlyMap<string, KubeObject | undefined>;
  readonly pods: readonly KubeObject[];
  /** Those about the workload. */
  readonly events: readonly KubeObject[];
  readonly unread: readonly Unread[];
}

/** The API server has judged both by their schema and filled in defaults. A workload that the operator has not seen has an empty status. */
export const specOf = (workload: KubeObject): Partial<SecureWorkloadSpec> =>
  (workload["spec"] ?? {}) as Partial<SecureWorkloadSpec>;

export const statusOf = (workload: KubeObject): SecureWorkloadStatus =>
  (workload["status"] ?? {}) as SecureWorkloadStatus;

export const conditionOf = (workload: KubeObject, type: string): Condition | undefined =>
  statusOf(workload).conditions?.find((condition) => condition.type === type);

export const keyOfWorkload = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ""}/${metadata.name}`;
