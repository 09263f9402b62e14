/** Records of a cache by one of its indices, with their keys. */
import type { Cache } from "kopf-ts";
import type { AnyChildRecord } from "../state/records/child.ts";
import { type FactsAbout, type ForeignFacts, type ForeignRecord, isForeign } from "../state/records/foreign.ts";

type Indexed<R> = Pick<Cache<R>, "byIndex" | "get">;
type Keyed<R> = readonly (readonly [string, R])[];

export const recordsBy = <R>(cache: Indexed<R>, index: string, value: string): Keyed<R> =>
  cache.byIndex(index, value).flatMap((key) => {
    const record = cache.get(key);
    return record === undefined ? [] : [[key, record] as const];
  });

/** Those of foreign objects with facts of this sort. */
export const foreignBy = <A extends ForeignFacts["about"]>(
  about: A,
  cache: Indexed<AnyChildRecord>,
  index: string,
  value: string,
): Keyed<ForeignRecord<FactsAbout<A>>> =>
  recordsBy(cache, index, value).flatMap(([key, record]) => (isForeign(record, about) ? [[key, record] as const] : []));
