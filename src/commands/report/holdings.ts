/** What Palisade holds, from what was read: namespaces by enrolment, corrections, exceptions. Pure. */
import type { KubeObject } from "kopf-ts";
import { ENROLMENT_LABEL } from "../../crds/group.ts";
import { enrolmentOfLabel } from "../../crds/v1alpha1/enrolment.ts";
import type { SecurityBaselineStatus } from "../../crds/v1alpha1/security-baseline.ts";
import {
  type SecurityExceptionSpec,
  type SecurityExceptionStatus,
  validityMinutes,
} from "../../crds/v1alpha1/security-exception.ts";
import { withEarlier } from "../../report/comparison.ts";
import type { HeldCorrection, HeldException, HeldNamespace, Holdings } from "../../report/model.ts";
import { correctionsOf } from "../status/corrections.ts";
import { keyOfWorkload, statusOf } from "../status/reading.ts";
import { rowsOf } from "../status/rows.ts";

export interface HeldReading {
  readonly workloads: readonly KubeObject[];
  readonly events: readonly KubeObject[];
  readonly baseline: KubeObject | undefined;
  readonly exceptions: readonly KubeObject[];
  readonly namespaces: readonly KubeObject[];
  /** Undefined for every namespace. */
  readonly namespace: string | undefined;
  readonly unread: Holdings["unread"];
}

/** `remembered` are the corrections that an earlier report held. */
export function holdingsOf(reading: HeldReading, now: number, remembered: readonly HeldCorrection[] = []): Holdings {
  const { total, latest } = correctionsIn(reading);
  return {
    namespaces: namespacesOf(reading),
    workloads: rowsOf(reading.workloads).map(({ namespace, name, ready, reason, troubles, corrections }) => ({
      workload: `${namespace}/${name}`,
      ready,
      reason,
      troubles,
      corrections,
    })),
    corrections: { total, latest: [...withEarlier(latest, remembered)] },
    exceptions: exceptionsOf(reading, now),
    unread: [...reading.unread],
  };
}

function namespacesOf({ workloads, namespaces, baseline }: HeldReading): HeldNamespace[] {
  const status = (baseline?.["status"] ?? {}) as Partial<SecurityBaselineStatus>;
  const labels = new Map(namespaces.map(({ metadata }) => [metadata.name, metadata.labels?.[ENROLMENT_LABEL]]));
  const own = Map.groupBy(workloads, ({ metadata }) => metadata.namespace ?? "");
  const enrolled = [...labels].flatMap(([name, label]) => (label === undefined ? [] : [name]));
  return [...new Set([...enrolled, ...own.keys()])].sort().map((name) => ({
    name,
    enrolment: labels.has(name) ? (enrolmentOfLabel(labels.get(name)) ?? "None") : stateIn(status, name),
    workloads: own.get(name)?.length ?? 0,
    ...whyNotSealed(status, name),
  }));
}

/** Of a namespace that may not be read. */
const stateIn = ({ notSealed }: Partial<SecurityBaselineStatus>, name: string): HeldNamespace["enrolment"] =>
  notSealed?.find((one) => one.name === name)?.state ?? "Unknown";

function whyNotSealed(
  { notSealed, sealedWith }: Partial<SecurityBaselineStatus>,
  name: string,
): Pick<HeldNamespace, "heldBackBy" | "more" | "leavesObserving" | "found"> {
  const held = notSealed?.find((one) => one.name === name);
  const sealed = sealedWith?.find((one) => one.name === name);
  const more = (held ?? sealed)?.more;
  return {
    heldBackBy: held?.heldBackBy ?? [],
    ...(more === undefined ? {} : { more }),
    ...(held?.leavesObserving === undefined ? {} : { leavesObserving: held.leavesObserving }),
    found: sealed?.found ?? [],
  };
}

function correctionsIn({ workloads, events }: HeldReading): Holdings["corrections"] {
  const own = Map.groupBy(events, uidOf);
  const all = workloads.map((workload) => {
    const { total, latest } = correctionsOf({ workload, events: own.get(workload.metadata.uid ?? "") ?? [] });
    return { total, latest: latest.map((one): HeldCorrection => ({ ...one, workload: keyOfWorkload(workload) })) };
  });
  return {
    total: all.reduce((sum, { total }) => sum + total, 0),
    latest: all.flatMap(({ latest }) => latest),
  };
}

const uidOf = (event: KubeObject): string => (event["regarding"] as { readonly uid?: string } | undefined)?.uid ?? "";

const DAY_MS = 86_400_000;

/** The next to end first. Where they may not be read, those that workloads say they have. */
function exceptionsOf({ exceptions, workloads, namespace }: HeldReading, now: number): HeldException[] {
  const read = exceptions.map((one) => exceptionOf(one, now));
  const known = new Set(read.map(({ name }) => name));
  const told = workloads.flatMap((workload) => toldBy(workload, now)).filter(({ name }) => !known.has(name));
  return [...read, ...told]
    .filter(({ workload }) => namespace === undefined || workload.startsWith(`${namespace}/`))
    .sort((a, b) => (a.expires ?? "~").localeCompare(b.expires ?? "~") || (a.name < b.name ? -1 : 1));
}

function exceptionOf({ metadata, ...object }: KubeObject, now: number): HeldException {
  const { workload, lifts, breakGlass, validFor } = object["spec"] as SecurityExceptionSpec;
  const { conditions, expires = endOf(metadata.creationTimestamp, validFor) } = (object["status"] ??
    {}) as Partial<SecurityExceptionStatus>;
  const active = conditions?.find(({ type }) => type === "Active");
  return {
    name: metadata.name,
    workload: `${workload.namespace}/${workload.name}`,
    lifts: [...(lifts ?? [])],
    ...(breakGlass === undefined ? {} : { user: breakGlass.user }),
    active: active?.status ?? "Unknown",
    reason: active?.reason ?? "NotSeen",
    ...leftOf(expires, now),
  };
}

function toldBy(workload: KubeObject, now: number): readonly HeldException[] {
  return (statusOf(workload).exceptions ?? []).map(({ name, lifts, user, expires, closed }) => ({
    name,
    workload: keyOfWorkload(workload),
    lifts: [...(lifts ?? [])],
    ...(user === undefined ? {} : { user }),
    active: closed === undefined ? "True" : "False",
    reason: closed === undefined ? "InForce" : "Closed",
    ...leftOf(expires, now),
  }));
}

function endOf(created: string | null | undefined, validFor: string): string | undefined {
  const end = Date.parse(created ?? "") + validityMinutes(validFor) * 60_000;
  return Number.isNaN(end) ? undefined : new Date(end).toISOString();
}

const leftOf = (expires: string | undefined, now: number): Pick<HeldException, "expires" | "daysLeft"> =>
  expires === undefined ? {} : { expires, daysLeft: Math.max(0, Math.floor((Date.parse(expires) - now) / DAY_MS)) };
