/** Lists of names on a namespace, as admission policies read them: sorted, each between commas, so that one `contains` finds a whole name. */

/** Undefined for an empty list: the annotation is then absent. */
export function nameList(names: Iterable<string>): string | undefined {
  const distinct = [...new Set(names)].sort();
  return distinct.length === 0 ? undefined : `,${distinct.join(",")},`;
}
