/** What needs no test to run: types, style and generated files, all at once. */
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { module, root } from "./run.ts";
import { type Count, sum } from "./test-count.ts";

/** What the compiler found out so far, so that it looks again at what changed alone. */
const CACHE = join(root, ".palisade");

interface Check {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

const CHECKS: readonly Check[] = [
  {
    name: "types",
    command: module(".bin", "tsc"),
    args: ["-p", "tsconfig.json", "--noEmit", "--incremental", "--tsBuildInfoFile", join(CACHE, "types.tsbuildinfo")],
  },
  // What runs in a browser knows other globals.
  ...["src/report/browser", "test/browser"].map((folder) => ({
    name: `types of ${folder}`,
    command: module(".bin", "tsc"),
    args: ["-p", folder, "--noEmit"],
  })),
  { name: "lint", command: module(".bin", "biome"), args: ["check", "."] },
  { name: "generated files", command: process.execPath, args: ["scripts/verify.ts"] },
];

/** Each says what it has to say when it has ended, so that their words do not mix. */
function carryOut({ name, command, args }: Check): Promise<Count> {
  const said: Buffer[] = [];
  const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => said.push(chunk));
  return new Promise((resolve) => {
    const end = (passed: boolean, words: string): void => {
      console.log(`\n== ${name}: ${passed ? "passed" : "failed"}\n${words}`.trimEnd());
      resolve(passed ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 });
    };
    child.once("error", (error) => end(false, error.message));
    child.once("close", (code) => end(code === 0, Buffer.concat(said).toString()));
  });
}

export async function staticChecks(): Promise<Count> {
  mkdirSync(CACHE, { recursive: true });
  return sum(await Promise.all(CHECKS.map(carryOut)));
}
