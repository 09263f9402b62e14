/** Wiring only: reads the flags and runs the command they name. */
import { runCheck } from "./commands/check.ts";
import { keepAdmission } from "./commands/keep-admission.ts";
import { runOperator } from "./commands/operator.ts";
import { type Command, type Config, loadConfig, USAGE } from "./config/load.ts";
import { VERSION } from "./version.ts";

const RUN: Readonly<Record<Command, (config: Config) => void | Promise<void>>> = {
  operator: runOperator,
  check: runCheck,
  "keep-admission": keepAdmission,
  version: () => console.log(VERSION),
};

async function main(argv: readonly string[]): Promise<void> {
  if (argv.includes("--help")) {
    console.log(USAGE);
    return;
  }
  const config = loadConfig(argv);
  await RUN[config.command](config);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
