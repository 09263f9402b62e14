import { absent } from "./clauses.ts";
import { containers, each } from "./places.ts";
import { policy } from "./policy.ts";
import { drift, mitre } from "./sources.ts";

export const noTerminal = policy(
  {
    id: "no-terminal",
    demand: "No container keeps a terminal or its standard input open.",
    reason: "`kubectl attach` then types into the main process: a shell waits for whoever may attach.",
    effect: "Takes out `stdin`, `stdinOnce` and `tty`.",
    fix: "Give the program its input by arguments, environment or files.",
    sources: [mitre("T1609"), drift(66)],
  },
  each(containers, absent("stdin", "stdinOnce", "tty")),
);
