/** What SecurityExceptions make of one workload, as its status says it, and whose pods are to be replaced after somebody was inside. Pure. */

import type { Notice } from "../../crds/v1alpha1/findings.ts";
import type { SecureWorkloadStatus } from "../../crds/v1alpha1/secure-workload.ts";
import { isoSeconds } from "../../kubernetes/iso-seconds.ts";
import { identityOf } from "../../state/break-glass-sessions.ts";
import { type ExceptionRecord, isInForce, type Stage } from "../../state/records/security-exception.ts";

export type ExceptionEntry = NonNullable<SecureWorkloadStatus["exceptions"]>[number];

export interface Staged {
  readonly exception: ExceptionRecord;
  readonly stage: Stage;
}

/** Of one that let somebody in and is over. */
export type ClosedEntry = ExceptionEntry & { readonly closed: string };

export const isClosed = (entry: ExceptionEntry): entry is ClosedEntry => entry.closed !== undefined;

/**
 * Those in force, and break-glass that is over while pods that were there meanwhile still are, as `isPending` says. One that was deleted is
 * known by the entry `before`, which gets its end at the first look.
 */
export function exceptionEntries(
  all: readonly Staged[],
  before: readonly ExceptionEntry[],
  isPending: (entry: ClosedEntry) => boolean,
  nowMs: number,
): readonly ExceptionEntry[] {
  const current = all.filter(({ stage }) => isInForce(stage)).map(({ exception }) => entryOf(exception));
  const expired = all
    .filter(({ stage, exception }) => stage === "Expired" && exception.user !== undefined)
    .map(({ exception }) => ({ ...entryOf(exception), closed: isoSeconds(exception.expiresMs) }));
  const known = new Set([...current, ...expired].map(identityOf));
  const deleted = before
    .filter((entry) => entry.user !== undefined && !known.has(identityOf(entry)))
    .map((entry) => ({ ...entry, closed: entry.closed ?? isoSeconds(Math.min(nowMs, Date.parse(entry.expires))) }));
  return [...current, ...[...expired, ...deleted].filter(isPending)];
}

const entryOf = ({ name, lifts, user, expiresMs }: ExceptionRecord): ExceptionEntry => ({
  name,
  ...(lifts.length === 0 ? {} : { lifts: [...lifts] }),
  ...(user === undefined ? {} : { user }),
  expires: isoSeconds(expiresMs),
});

/** There only while they hold. */
export function exceptionNotices(all: readonly Staged[]): readonly Notice[] {
  const say = (
    type: Notice["type"],
    reason: Notice["reason"],
    those: readonly Staged[],
    rest: string,
  ): readonly Notice[] =>
    those.length === 0
      ? []
      : [
          {
            type,
            holds: true,
            reason,
            message: `${those.map(({ exception }) => sentence(exception)).join("; ")}${rest}`,
          },
        ];
  const inForce = all.filter(({ stage }) => isInForce(stage));
  const soon = all.filter(({ stage }) => stage === "ExpiresSoon");
  return [
    ...say("Relaxed", "ExceptionInForce", inForce, ""),
    ...say("ExceptionExpiring", "ExpiresSoon", soon, "; fix the workload before then, or request another exception"),
  ];
}

function sentence({ name, lifts, user, expiresMs, spec }: ExceptionRecord): string {
  const what = [
    ...(lifts.length === 0 ? [] : [`lifts ${lifts.join(", ")}`]),
    ...(user === undefined ? [] : [`lets ${user} enter the pods`]),
  ].join(" and ");
  return `SecurityException ${name} ${what} until ${isoSeconds(expiresMs)}: ${spec?.reason ?? ""}`;
}
