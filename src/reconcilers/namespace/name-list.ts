/**
 * Lists of names on a namespace, as admission policies read them: sorted, each between commas, so that one `contains` finds a whole name.
 *
 * The API server takes 256 KiB of annotations on one object. Others may write 64 KiB of their own (`palisade-namespaces`), and these lists stay
 * within the rest. What does not fit is never left unprotected: see each function.
 */
import { EVERY_NAME } from "../../crds/group.ts";

/** Of all lists of one namespace, in bytes; with room for the names of the annotations. */
export const LISTS_BYTES = 190 * 1_024;

/** Undefined for an empty list: the annotation is then absent. */
export function nameList(names: Iterable<string>): string | undefined {
  const distinct = [...new Set(names)].sort();
  return distinct.length === 0 ? undefined : `,${distinct.join(",")},`;
}

/** A list that stands for every name there is. */
export const EVERYTHING = `,${EVERY_NAME},`;

export const sizeOf = (list: string | undefined): number => (list === undefined ? 0 : Buffer.byteLength(list));

/** What a list protects: where it does not fit, everything is protected. */
export function protectingList(names: Iterable<string>, bytes: number): string | undefined {
  const list = nameList(names);
  return sizeOf(list) <= bytes ? list : EVERYTHING;
}

/** What a list exempts: of names beyond what fits, none is exempt. */
export function exemptingList(names: Iterable<string>, bytes: number): string | undefined {
  return nameList(thatFit([...new Set(names)].sort(), bytes, (name) => Buffer.byteLength(name) + 1));
}

export interface Entry {
  readonly name: string;
  /** What else has to stand for it, in bytes. */
  readonly beside: number;
  /** It stands already, and what was made for it is protected by that: it is never taken off. */
  readonly stands: boolean;
}

/** Those that are listed: all that stand already, and of the others as many as fit, in their order. */
export function listedAmong<T extends Entry>(entries: readonly T[], bytes: number): readonly T[] {
  const costOf = ({ name, beside }: Entry): number => Buffer.byteLength(name) + 1 + beside;
  const standing = entries.filter(({ stands }) => stands);
  const left = standing.reduce((most, entry) => most - costOf(entry), bytes);
  return [
    ...standing,
    ...thatFit(
      entries.filter(({ stands }) => !stands),
      left,
      costOf,
    ),
  ];
}

/** The first of them, up to the one that does not fit any more. */
function thatFit<T>(all: readonly T[], bytes: number, costOf: (one: T) => number): readonly T[] {
  let taken = 1;
  const end = all.findIndex((one) => {
    taken += costOf(one);
    return taken > bytes;
  });
  return end === -1 ? all : all.slice(0, end);
}
