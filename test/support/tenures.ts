/** Who held which Lease when, and who wrote what, as the API server's audit log tells: each write must fall into a tenure of its writer. */
import type { TestCluster } from "../cluster/index.ts";
import { type AuditEntry, allWrites } from "./audit.ts";

const OPERATOR = "system:serviceaccount:palisade-system:palisade";

/** The replica behind a request: its host stands in its user agent. */
export const writerOf = ({ userAgent = "" }: AuditEntry): string => /\((.+)\)$/.exec(userAgent)?.[1] ?? userAgent;

/** Microseconds since the epoch: the audit log tells no less. */
const microsOf = (timestamp: string): number =>
  Date.parse(timestamp) * 1_000 + Number(/\.\d{3}(\d{3})Z$/.exec(timestamp)?.[1] ?? 0);

export interface Written {
  readonly writer: string;
  readonly namespace: string | undefined;
  readonly what: string;
  /** When the API server got the request. */
  readonly atMicros: number;
  readonly accepted: boolean;
}

/** What replicas wrote, without Leases and dry runs, in order. */
export function writesOf(cluster: TestCluster): readonly Written[] {
  return ours(cluster)
    .filter(({ objectRef, requestURI }) => objectRef?.resource !== "leases" && !requestURI.includes("dryRun=All"))
    .map((entry) => {
      const { resource = "", namespace, name = "", subresource } = entry.objectRef ?? {};
      return {
        writer: writerOf(entry),
        namespace: resource === "namespaces" ? name : namespace,
        what: `${entry.verb} ${resource}${subresource === undefined ? "" : `/${subresource}`} ${name}`,
        atMicros: microsOf(entry.requestReceivedTimestamp),
        accepted: isAccepted(entry),
      };
    })
    .sort((a, b) => a.atMicros - b.atMicros);
}

/** Successful writes of a Lease: each of them is its writer's claim to it, from when it was answered. */
export function claimsOn(
  cluster: TestCluster,
  lease: string,
): readonly { readonly writer: string; readonly atMicros: number }[] {
  return ours(cluster)
    .filter((entry) => entry.objectRef?.resource === "leases" && entry.objectRef.name === lease && isAccepted(entry))
    .map((entry) => ({ writer: writerOf(entry), atMicros: microsOf(entry.stageTimestamp) }))
    .sort((a, b) => a.atMicros - b.atMicros);
}

/** The writes that no tenure of their writer covers: somebody else had the Lease last, or its writer had not renewed it in time. */
export function outsideTenure(
  writes: readonly Written[],
  claims: readonly { readonly writer: string; readonly atMicros: number }[],
  leaseMs: number,
): readonly string[] {
  return writes.flatMap(({ writer, what, namespace = "", atMicros }) => {
    const last = claims.findLast((claim) => claim.atMicros <= atMicros);
    const isCovered = last?.writer === writer && atMicros - last.atMicros <= leaseMs * 1_000;
    const sinceMs = last === undefined ? undefined : Math.round((atMicros - last.atMicros) / 1_000);
    return isCovered
      ? []
      : [`${writer} ${what} in ${namespace}, ${sinceMs} ms after ${last?.writer ?? "nobody"} had it last`];
  });
}

const isAccepted = ({ responseStatus }: AuditEntry): boolean => (responseStatus?.code ?? 500) < 300;

const ours = (cluster: TestCluster): readonly AuditEntry[] =>
  allWrites(cluster).filter(({ user }) => user.username === OPERATOR);
