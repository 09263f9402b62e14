/** Where the code of each command is. It is loaded when the command runs. */
import type { Config } from "../config/load.ts";
import type { Answer, Given } from "./answer.ts";
import type { DaemonName, DeskName } from "./table.ts";

type Run = (given: Given) => Promise<Answer>;
type Serve = (config: Config) => Promise<void>;

export const DESK: Readonly<Record<DeskName, () => Promise<Run>>> = {
  explain: async () => (await import("./explain.ts")).explain,
  convert: async () => (await import("./convert.ts")).convert,
  audit: async () => (await import("./audit.ts")).audit,
  render: async () => (await import("./render.ts")).render,
  diff: async () => (await import("./diff.ts")).diff,
  check: async () => (await import("./check.ts")).check,
  plan: async () => (await import("./plan.ts")).plan,
  status: async () => (await import("./status.ts")).status,
  undo: async () => (await import("./undo.ts")).undo,
  report: async () => (await import("./report.ts")).report,
  migrate: async () => (await import("./migrate.ts")).migrate,
  learn: async () => (await import("./learn.ts")).learn,
  completion: async () => (await import("./completion.ts")).completion,
  version: async () => (await import("./version.ts")).version,
};

export const DAEMONS: Readonly<Record<DaemonName, () => Promise<Serve>>> = {
  operator: async () => (await import("./operator.ts")).runOperator,
  "keep-admission": async () => (await import("./keep-admission.ts")).keepAdmission,
};

export const isDaemon = (name: DeskName | DaemonName): name is DaemonName => Object.hasOwn(DAEMONS, name);
