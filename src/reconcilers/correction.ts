/** One thing undone, as it is told to people: in an Event, in the status and in metrics. Never a value, only paths. */
import type { Culprit } from "../plan/culprit.ts";
import { type Difference, formatPath } from "../plan/diff.ts";

export interface Correction {
  /** `Deployment/web` for example. */
  readonly object: string;
  readonly action: "Repair" | "Recreate" | "Delete";
  /** The number in the list of drift cases, or `other`. */
  readonly driftCase: string;
  readonly fields: readonly string[];
  readonly culprit: Culprit | undefined;
  /** From when it was seen until it was undone. */
  readonly standingMs: number;
}

/** Field names are the attacker's to choose; what is told of them is bounded. */
const MAX_FIELDS = 8;
const MAX_FIELD_LENGTH = 120;

export function fieldsOf(differences: readonly Difference[]): readonly string[] {
  const fields = differences.map(({ path }) =>
    formatPath(path)
      .replace(/[^\x20-\x7e]/g, "?")
      .slice(0, MAX_FIELD_LENGTH),
  );
  const shown = fields.slice(0, MAX_FIELDS);
  return fields.length > MAX_FIELDS ? [...shown, `and ${fields.length - MAX_FIELDS} more`] : shown;
}

export function noteOf({ object, action, fields, culprit, standingMs, driftCase }: Correction): string {
  const what = { Repair: "Undid a change of", Recreate: "Put back", Delete: "Deleted" }[action];
  const where = fields.length === 0 ? "" : `: ${fields.join(", ")}`;
  const which = driftCase === "other" ? "" : ` (drift case ${driftCase})`;
  return `${what} ${object}${where}${which}; ${writerOf(culprit)}; undone ${Math.max(1, Math.round(standingMs))} ms after it was seen`;
}

export function writerOf(culprit: Culprit | undefined): string {
  if (culprit === undefined) return "its writer left no trace";
  const via = culprit.subresource === undefined ? "" : ` through ${culprit.subresource}`;
  const at = culprit.time === undefined ? "" : ` at ${culprit.time}`;
  return `${culprit.certain ? "written" : "last written"} by ${culprit.manager.slice(0, 128)} (${culprit.operation}${via})${at}`;
}
