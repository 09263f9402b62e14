/** kubectl as a function. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import type { ClusterUser } from "./users.ts";

export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** Runs kubectl with a cache of its own, so that no test reads what another cluster said. */
export function runKubectl(
  kubectl: string,
  kubeconfig: string,
  args: readonly string[],
  input?: string,
): Promise<CommandResult> {
  const cache = join(kubeconfig, "..", "kubectl-cache");
  return runProgram(kubectl, ["--kubeconfig", kubeconfig, `--cache-dir=${cache}`, ...args], { input });
}

/** Resolves whatever the program made of it; rejects when it could not be started. */
export function runProgram(
  program: string,
  args: readonly string[],
  { input = "", env = process.env }: { readonly input?: string | undefined; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<CommandResult> {
  const child = spawn(program, args, { env });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ stdout, stderr, code: code ?? 1 }));
    // One that fails before it reads closes the pipe; its exit code tells the story.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}

export interface KubectlOptions {
  /** `admin` unless told. */
  readonly user?: ClusterUser;
  readonly input?: string;
}

interface HasKubectl {
  kubectl(args: readonly string[], options?: KubectlOptions): Promise<CommandResult>;
}

/** Runs kubectl and returns its output; throws with its own words when it fails. */
export async function mustKubectl(
  cluster: HasKubectl,
  args: readonly string[],
  options: KubectlOptions = {},
): Promise<string> {
  const { stdout, stderr, code } = await cluster.kubectl(args, options);
  if (code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${stderr}`);
  return stdout;
}

/** A token of one hour for a ServiceAccount, without the line end kubectl prints. */
export const createToken = async (cluster: HasKubectl, namespace: string, name: string): Promise<string> =>
  (await mustKubectl(cluster, ["create", "token", name, "-n", namespace, "--duration=1h"])).trim();

export const listOf = (items: readonly object[]): string => JSON.stringify({ apiVersion: "v1", kind: "List", items });
