/** The command line in a process of its own, as somebody types it. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestCluster } from "../cluster/index.ts";
import type { ClusterUser } from "../cluster/users.ts";

const MAIN = join(import.meta.dirname, "..", "..", "src", "main.ts");

export interface Typed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Writes a program `palisade` into `folder`, for shells, and returns its path. */
export function writeLauncher(folder: string): string {
  const path = join(folder, "palisade");
  writeFileSync(path, `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`, { mode: 0o755 });
  return path;
}

/** `words` of `palisade`, with the rights of `user`. */
export const typePalisade = (
  cluster: TestCluster,
  words: readonly string[],
  user: ClusterUser = "admin",
): Promise<Typed> =>
  new Promise((resolve) => {
    const args = [MAIN, ...words, "--kubeconfig", cluster.kubeconfig(user)];
    execFile(process.execPath, args, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
