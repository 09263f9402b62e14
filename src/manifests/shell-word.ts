/** Names and paths may hold what a shell runs, and what to type next is there to be pasted. A plain one stands as it is. Pure. */
export const shellWord = (name: string): string =>
  /^[\w.:/@-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
