/** The entry of a table that input names. A table has `constructor` and its like from JavaScript, which are nobody's entries. Pure. */
export const entryOf = <T>(table: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;
