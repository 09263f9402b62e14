/** What becomes of fields that a SecureWorkload does not have, said once for each by its name. */
import type { Part } from "./ledger.ts";

/** How a part is claimed, and the note in the ledger. */
export type Fate = readonly ["fix" | "replace" | "drop", string];
export type Fates = Readonly<Record<string, Fate>>;

/** A rule of the baseline decides it. */
export const rule = (id: string): Fate => ["fix", `rule ${id}`];
/** It is the same for every workload. */
export const fix = (note: string): Fate => ["fix", note];
export const replace = (by: string): Fate => ["replace", by];
export const drop = (reason: string): Fate => ["drop", reason];

/** Claims the fields that stand in the table and nothing else: one that nobody knows stays unclaimed. */
export function claimByName(part: Part, fates: Fates): void {
  for (const [name, field] of part.fields()) {
    const fate = Object.hasOwn(fates, name) ? fates[name] : undefined;
    if (fate !== undefined) field[fate[0]](fate[1]);
  }
}
