/** The operator as a process of its own, as people start it, with what it logs. */
import { spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OperatorConfigInput } from "../../src/config/schema.ts";
import type { TestCluster } from "../cluster/index.ts";

const ROOT = join(import.meta.dirname, "../..");

export interface OperatorProcess {
  /** Each line of its log, parsed. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
  /** Asks it to stop; resolves with its exit code. */
  stop(): Promise<number | null>;
}

/** Leads at once, whoever holds the Lease: nobody else may run. */
export async function startOperatorProcess(
  cluster: TestCluster,
  config: OperatorConfigInput,
): Promise<OperatorProcess> {
  const file = join(mkdtempSync(join(tmpdir(), "palisade-operator-")), "config.json");
  writeFileSync(file, JSON.stringify(config));
  const kubeconfig = await cluster.serviceAccountKubeconfig("palisade-system", "palisade");
  const args = ["src/main.ts", "operator", "--config", file, "--kubeconfig", kubeconfig, "--no-leader-elect"];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
  const lines: Readonly<Record<string, unknown>>[] = [];
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>));
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  return {
    lines,
    stop: () => {
      child.kill("SIGTERM");
      return ended;
    },
  };
}
