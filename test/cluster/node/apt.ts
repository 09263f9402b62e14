/** Debian's package manager. */
import { spawn, spawnSync } from "node:child_process";
import { type Log, showProgress } from "../build-progress.ts";

export const isInstalled = (name: string): boolean =>
  spawnSync("dpkg-query", ["--status", name], { encoding: "utf8" }).stdout.includes("Status: install ok installed");

/** Runs apt-get, waiting for another that runs, and shows what it does; throws with its last words when it fails. */
export async function aptGet(args: readonly string[], log: Log): Promise<void> {
  const options = ["--quiet", "--option", "DPkg::Lock::Timeout=120"];
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const child = spawn("apt-get", [...options, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  const tail: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      tail.push(...chunk.split("\n").filter((line) => line !== ""));
      tail.splice(0, tail.length - 20);
    });
  }
  const progress = showProgress(() => tail.at(-1) ?? `apt-get ${args[0]}`, log);
  try {
    const code = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
    if (code !== 0) throw new Error(`apt-get ${args[0]} failed; run it by hand to see why:\n${tail.join("\n")}`);
  } finally {
    progress.stop();
  }
}
