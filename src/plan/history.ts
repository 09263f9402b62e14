/** What is to be done to the history of a workload, as data. Pure. */

/** As many specs as a history holds, the one in force among them. */
export const KEPT_REVISIONS = 5;

/** A revision as it stands. */
export interface KnownRevision {
  readonly name: string;
  readonly uid: string;
  readonly number: number;
  /** Of the spec that it holds. */
  readonly hash: string;
  /** Whether it is as Palisade wrote it, for the workload that lives. */
  readonly isIntact: boolean;
}

export interface HistoryPlan {
  /** `create`: the spec is new. `renumber`: it was in force before, and is the latest again. */
  readonly write:
    | { readonly verb: "create"; readonly number: number; readonly newest: KnownRevision | undefined }
    | { readonly verb: "renumber"; readonly number: number; readonly revision: KnownRevision }
    | undefined;
  /** Forged, or older than the last {@link KEPT_REVISIONS}. */
  readonly remove: readonly KnownRevision[];
}

/** `hash` is that of the spec in force. */
export function planHistory(hash: string, known: readonly KnownRevision[]): HistoryPlan {
  const newestFirst = known.filter(({ isIntact }) => isIntact).sort((a, b) => b.number - a.number);
  const [newest] = newestFirst;
  const number = (newest?.number ?? 0) + 1;
  const before = newestFirst.find((revision) => revision.hash === hash);
  const others = newestFirst.filter((revision) => revision !== before);
  const remove = [...known.filter(({ isIntact }) => !isIntact), ...others.slice(KEPT_REVISIONS - 1)];
  if (before === undefined) return { write: { verb: "create", number, newest }, remove };
  return { write: before === newest ? undefined : { verb: "renumber", number, revision: before }, remove };
}

export const isDone = ({ write, remove }: HistoryPlan): boolean => write === undefined && remove.length === 0;
