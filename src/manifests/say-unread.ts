import type { Unread } from "./parse.ts";

/** A line of what could not be read, with its place. Objects of a cluster stand in no file. */
export const sayUnread = ({ file, line, problem }: Unread): string =>
  file === "" ? problem : `${file}:${line} ${problem}`;
