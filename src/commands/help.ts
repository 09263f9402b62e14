/** What `palisade --help` prints: the table of commands, without a parser, so that it costs next to nothing. */
import { COMMANDS } from "./table.ts";

const EXIT_CODES = "0 clean, 1 findings or differences, 2 wrong use, 3 could not look, 124 time-out";

export function usage(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length)) + 2;
  return [
    "usage: palisade COMMAND [flags]",
    "",
    "commands",
    ...COMMANDS.map(({ name, about }) => `  ${name.padEnd(width)}${about}`),
    "",
    `exit codes: ${EXIT_CODES}`,
    "flags of a command: palisade COMMAND --help",
  ].join("\n");
}
