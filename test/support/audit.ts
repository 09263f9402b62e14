/** What was written, as the API server's own audit log tells it. */
import { readFileSync } from "node:fs";
import type { TestCluster } from "../cluster/index.ts";

export interface AuditEntry {
  readonly verb: string;
  readonly stage: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly resource: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly subresource?: string;
  };
  readonly responseStatus?: { readonly code: number };
  readonly annotations?: Readonly<Record<string, string>>;
  readonly userAgent?: string;
  readonly requestURI: string;
  /** When the API server got it. */
  readonly requestReceivedTimestamp: string;
  /** When the API server had answered. */
  readonly stageTimestamp: string;
}

/** Every write that was answered so far. Throws for a cluster that is not ours. */
export function allWrites({ auditLog }: TestCluster): readonly AuditEntry[] {
  if (auditLog === undefined) throw new Error("this cluster keeps no audit log: unset PALISADE_CLUSTER");
  return readFileSync(auditLog, "utf8")
    .split("\n")
    .filter((line) => line.endsWith("}"))
    .map((line) => JSON.parse(line) as AuditEntry)
    .filter(({ stage }) => stage === "ResponseComplete");
}

/** Those of the operator's account, but for Leases and Events; to one namespace, when it is named. */
export function operatorWrites(cluster: TestCluster, namespace?: string): readonly AuditEntry[] {
  return allWrites(cluster).filter(
    ({ user, objectRef }) =>
      user.username === "system:serviceaccount:palisade-system:palisade" &&
      !["leases", "events"].includes(objectRef?.resource ?? "") &&
      (namespace === undefined || objectRef?.namespace === namespace),
  );
}

/** Without what was only asked: a dry run stores nothing. */
export const isStored = ({ requestURI }: AuditEntry): boolean => !requestURI.includes("dryRun=All");

const FAILURES = "validation.policy.admission.k8s.io/validation_failure";

/** What policies whose binding only audits said of the requests, by the name of the object in the request. */
export function auditedFailures(cluster: TestCluster): ReadonlyMap<string, readonly string[]> {
  return new Map(
    allWrites(cluster).flatMap(({ objectRef, annotations }) => {
      const failures = JSON.parse(annotations?.[FAILURES] ?? "[]") as readonly { readonly message: string }[];
      return objectRef?.name === undefined ? [] : [[objectRef.name, failures.map(({ message }) => message)] as const];
    }),
  );
}
