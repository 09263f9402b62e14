#!/usr/bin/env node
/** Wiring only: what is typed goes to the front door, and help needs no more than the table of commands. */
import { usage } from "./commands/help.ts";

const argv = process.argv.slice(2);

/** Flags alone are the operator's. Nothing at all is too, in a pod; at a desk it is a question. */
function commandLine(): readonly string[] {
  const [first] = argv;
  const isOperator = first === undefined ? process.env["KUBERNETES_SERVICE_HOST"] !== undefined : first.startsWith("-");
  return isOperator ? ["operator", ...argv] : argv;
}

/** What `learn` starts in pods: nothing that a person types. */
async function watch(): Promise<number> {
  const { watchConnections, watchOptions } = await import("./commands/learn/watch.ts");
  const options = watchOptions(argv, (text) => process.stdout.write(`${text}\n`));
  if (options === undefined) return 2;
  await watchConnections(options);
  return 0;
}

async function main(): Promise<number> {
  const [first] = argv;
  if (first === "--help" || first === "-h" || first === "help") {
    console.log(usage());
    return 0;
  }
  if (first === "watch-connections") return await watch();
  const line = first === "--version" ? ["version"] : commandLine();
  if (line.length === 0) {
    console.error(usage());
    return 2;
  }
  const { frontDoor } = await import("./commands/front-door.ts");
  return frontDoor(line, {
    out: (text) => process.stdout.write(text),
    talk: (text) => process.stderr.write(`${text}\n`),
    input: () => process.stdin,
  });
}

const code = await main();
process.exitCode = code;
// What a failure leaves behind, a request or a stream, must not keep the process.
if (code > 1) process.exit();
