/** What was written, as the API server's own audit log tells it. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { TestCluster } from "../cluster/index.ts";
import { MARKER, settled } from "./marker.ts";

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
  readonly responseStatus?: { readonly code: number; readonly message?: string };
  readonly annotations?: Readonly<Record<string, string>>;
  readonly userAgent?: string;
  readonly requestURI: string;
  /** When the API server got it. */
  readonly requestReceivedTimestamp: string;
  /** When the API server had answered. */
  readonly stageTimestamp: string;
}

interface Reading {
  offset: number;
  readonly entries: AuditEntry[];
}

/** What was read of each log so far, so that asking again costs what is new. */
const readings = new Map<string, Reading>();

/** Every write that was answered so far. Throws for a cluster that is not ours. */
export function allWrites({ auditLog, auditFrom }: TestCluster): readonly AuditEntry[] {
  if (auditLog === undefined) throw new Error("this cluster keeps no audit log: unset PALISADE_CLUSTER");
  const key = `${auditFrom} ${auditLog}`;
  const reading = readings.get(key) ?? { offset: auditFrom, entries: [] };
  readings.set(key, reading);
  const text = readFrom(auditLog, reading.offset);
  // The last line may be half written.
  const whole = text.subarray(0, text.lastIndexOf("\n") + 1);
  reading.offset += whole.length;
  for (const line of whole.toString().split("\n")) {
    if (line.includes('"stage":"ResponseComplete"')) reading.entries.push(JSON.parse(line) as AuditEntry);
  }
  return [...reading.entries];
}

function readFrom(path: string, offset: number): Buffer {
  const file = openSync(path, "r");
  try {
    const buffer = Buffer.alloc(Math.max(0, fstatSync(file).size - offset));
    return buffer.subarray(0, readSync(file, buffer, 0, buffer.length, offset));
  } finally {
    closeSync(file);
  }
}

/** Those of the operator's account, but for Leases, Events and what a marker makes it write; to one namespace, when it is named. */
export function operatorWrites(cluster: TestCluster, namespace?: string): readonly AuditEntry[] {
  return allWrites(cluster).filter(
    ({ user, objectRef }) =>
      user.username === "system:serviceaccount:palisade-system:palisade" &&
      !["leases", "events"].includes(objectRef?.resource ?? "") &&
      ![objectRef?.namespace, objectRef?.name].includes(MARKER) &&
      (namespace === undefined || objectRef?.namespace === namespace),
  );
}

/** Without what was only asked: a dry run stores nothing. */
export const isStored = ({ requestURI }: AuditEntry): boolean => !requestURI.includes("dryRun=All");

/** What the operator still stores in a namespace once it has answered everything. */
export async function storedInQuiet(cluster: TestCluster, namespace: string): Promise<readonly string[]> {
  await settled(cluster);
  const before = operatorWrites(cluster, namespace).filter(isStored).length;
  await settled(cluster);
  return operatorWrites(cluster, namespace)
    .filter(isStored)
    .slice(before)
    .map(({ verb, objectRef }) => `${verb} ${objectRef?.resource}/${objectRef?.name}`);
}

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
