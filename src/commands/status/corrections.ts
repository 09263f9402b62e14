/** The last corrections of a workload, from its Events and its status. Pure. */
import type { KubeObject } from "kopf-ts";
import { OPERATOR_CONTROLLER } from "../../installation.ts";
import { readNote } from "../../plan/correction.ts";
import type { CorrectionEntry, Page } from "./model.ts";
import { type Reading, statusOf } from "./reading.ts";

/** As the operator tells of each (`report-correction.ts`). */
const REASON = "DriftCorrected";
const SHOWN = 10;
/** The status is written after the Event. */
const SAME_WITHIN_MS = 60_000;

interface ToldEvent extends KubeObject {
  readonly reason?: string;
  readonly action?: string;
  readonly note?: string;
  readonly eventTime?: string | null;
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string };
  readonly reportingController?: string;
  readonly regarding?: { readonly uid?: string };
}

/** Events end after an hour: the latest correction is in the status for good. */
export function correctionsOf({ workload, events }: Pick<Reading, "workload" | "events">): Page["corrections"] {
  const { corrected = 0 } = statusOf(workload).drift ?? {};
  const told = events.filter((event) => isCorrection(event, workload)).flatMap(fromEvent);
  const last = fromStatus(workload).filter((one) => !told.some((other) => isSame(one, other)));
  const latest = [...told, ...last].sort((a, b) => Date.parse(b.time) - Date.parse(a.time)).slice(0, SHOWN);
  return { total: corrected, latest };
}

/** Of this very workload, and by the operator: others may write Events too. */
const isCorrection = (event: ToldEvent, { metadata: { uid } }: KubeObject): boolean =>
  event.reason === REASON && event.reportingController === OPERATOR_CONTROLLER && event.regarding?.uid === uid;

function fromEvent({ action = "", note = "", series, eventTime, metadata }: ToldEvent): readonly CorrectionEntry[] {
  const read = readNote(note);
  if (read === undefined) return [];
  const { object, fields, driftCase, writer } = read;
  return [
    {
      time: series?.lastObservedTime ?? eventTime ?? metadata.creationTimestamp ?? "",
      times: series?.count ?? 1,
      action,
      object,
      fields: [...fields],
      ...(driftCase === undefined ? {} : { case: driftCase }),
      ...(writer === undefined ? {} : { by: writer }),
    },
  ];
}

function fromStatus(workload: KubeObject): readonly CorrectionEntry[] {
  const { last } = statusOf(workload).drift ?? {};
  if (last === undefined) return [];
  const { time, action, object, fields, manager } = last;
  return [
    { time, times: 1, action, object, fields, ...(manager === undefined ? {} : { by: `written by ${manager}` }) },
  ];
}

const isSame = (one: CorrectionEntry, other: CorrectionEntry): boolean =>
  one.object === other.object && Math.abs(Date.parse(one.time) - Date.parse(other.time)) <= SAME_WITHIN_MS;
