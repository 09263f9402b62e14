/** A correction as Events, the status and metrics report it. Contains paths, never values. */

import type { FieldManager } from "./field-owner.ts";

export interface Correction {
  /** `Deployment/web` for example. */
  readonly object: string;
  readonly action: "Repair" | "Recreate" | "Delete";
  /** The number of the drift case, or `other`. */
  readonly driftCase: string;
  readonly fields: readonly string[];
  readonly changedBy: FieldManager | undefined;
  /** Time from the first event of the change until the correction. */
  readonly standingMs: number;
}

export function noteOf({ object, action, fields, changedBy, standingMs, driftCase }: Correction): string {
  const what = { Repair: "Reverted a change of", Recreate: "Recreated", Delete: "Deleted" }[action];
  const where = fields.length === 0 ? "" : `: ${fields.join(", ")}`;
  const which = driftCase === "other" ? "" : ` (drift case ${driftCase})`;
  return `${what} ${object}${where}${which}; ${writerOf(changedBy)}; corrected in ${Math.max(1, Math.round(standingMs))} ms`;
}

export function writerOf(changedBy: FieldManager | undefined): string {
  if (changedBy === undefined) return "field manager unknown";
  const via = changedBy.subresource === undefined ? "" : ` through ${changedBy.subresource}`;
  const at = changedBy.time === undefined ? "" : ` at ${changedBy.time}`;
  return `${changedBy.certain ? "written" : "last written"} by ${changedBy.manager.slice(0, 128)} (${changedBy.operation}${via})${at}`;
}

/** What a note says. */
export interface NotedCorrection {
  readonly object: string;
  readonly fields: readonly string[];
  readonly driftCase: string | undefined;
  /** As {@link writerOf} has it. */
  readonly writer: string | undefined;
}

const NOTE =
  /^(?:Reverted a change of|Recreated|Deleted) (.+?)(?:: (.*?))?(?: \(drift case (\d+)\))?(?:; ((?:last )?written by .*?|field manager unknown))?(?:; corrected in .*)?$/;

/** The inverse of {@link noteOf}, also of a note that was cut; undefined for any other text. */
export function readNote(note: string): NotedCorrection | undefined {
  const [, object, fields = "", driftCase, writer] = NOTE.exec(note) ?? [];
  if (object === undefined) return undefined;
  return { object, fields: fields === "" ? [] : fields.split(", "), driftCase, writer };
}
