import { absent } from "./clauses.ts";
import { containers, each } from "./places.ts";
import { policy } from "./policy.ts";
import { drift, mitre } from "./sources.ts";

export const noTerminal = policy(
  {
    id: "no-terminal",
    demand: "Containers must not keep a terminal or their standard input open.",
    reason: "`kubectl attach` can then type into the main process, which may be a shell.",
    effect: "Removes `stdin`, `stdinOnce` and `tty`.",
    fix: "Pass input by arguments, environment or files.",
    sources: [mitre("T1609"), drift(66)],
  },
  each(containers, absent("stdin", "stdinOnce", "tty")),
);
