/** Somebody who types what a page says: a shell with the programs that the page takes for given, and a kubeconfig for each person. */
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { ClusterUser, TestCluster } from "../cluster/index.ts";
import { type Commands, stepsOf } from "./page.ts";
import { isAtDesk, ROOT } from "./pages.ts";

export { ROOT } from "./pages.ts";

const TIMEOUT_MS = 240_000;

export interface ReaderOptions {
  readonly cluster: TestCluster;
  /** Emptied and removed by the caller. */
  readonly folder: string;
  /** Programs by the name that pages call them. */
  readonly programs: Readonly<Record<string, string>>;
  /** Beside what every shell has. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Typed {
  readonly output: string;
  readonly succeeded: boolean;
}

export class Reader {
  readonly #options: ReaderOptions;
  readonly #path: string;
  readonly #desk: string;

  constructor(options: ReaderOptions) {
    const { folder, programs } = options;
    const bin = join(folder, "bin");
    this.#desk = join(folder, "desk");
    for (const path of [bin, this.#desk]) mkdirSync(path, { recursive: true });
    for (const [name, binary] of Object.entries(programs)) symlinkSync(binary, join(bin, name));
    this.#options = options;
    this.#path = [bin, process.env["PATH"] ?? ""].join(delimiter);
  }

  /** Runs one block in a shell that ends at the first command that fails, from the top of the repository. */
  type(commands: Commands): Promise<Typed> {
    return this.#run(commands, ["-euo", "pipefail"]);
  }

  /** Runs every command of a block, whatever became of those before. */
  ask(commands: Commands): Promise<Typed> {
    return this.#run(commands, ["-u"]);
  }

  #run({ place, script, user }: Commands, flags: readonly string[]): Promise<Typed> {
    const { cluster, folder, env = {} } = this.#options;
    const child = spawn("bash", [...flags, "-c", script], {
      cwd: isAtDesk(place) ? this.#desk : ROOT,
      timeout: TIMEOUT_MS,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        PATH: this.#path,
        HOME: folder,
        TMPDIR: folder,
        KUBECONFIG: cluster.kubeconfig(user as ClusterUser),
        KUBECACHEDIR: join(folder, "cache"),
        ...env,
      },
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (chunk: string) => {
        output += chunk;
      });
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve({ output, succeeded: code === 0 }));
    });
  }
}

export const readPage = (path: string) => stepsOf(path, readFileSync(join(ROOT, path), "utf8"));
