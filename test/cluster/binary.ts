/** Builds Kubernetes once: one binary in the user's cache folder, under a key of everything it is made from. */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { withBuildLock } from "./build-lock.ts";
import { clock, type Log, showProgress } from "./build-progress.ts";
import { CACHE_ROOT } from "./paths.ts";

const SOURCES = join(import.meta.dirname, "kubernetes");
const ENV = { CGO_ENABLED: "0", GOFLAGS: "-buildvcs=false" };

/** `v1.37.2`, as go.mod requires it. */
export function kubernetesVersion(): string {
  const version = /^\s*k8s\.io\/kubernetes (v\S+)$/m.exec(readFileSync(join(SOURCES, "go.mod"), "utf8"))?.[1];
  if (version === undefined) throw new Error("go.mod does not require k8s.io/kubernetes");
  return version;
}

/** The path of the binary, built first where needed: minutes the first time, nothing afterwards. `kubectl` lies beside it. */
export async function kubernetesBinary(log: Log): Promise<string> {
  const folder = join(CACHE_ROOT, `kubernetes-${cacheKey(goVersionOrExplain())}`);
  const binary = join(folder, "kubernetes");
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  const onWait = (): void => log("another process builds Kubernetes; waiting for it");
  await withBuildLock(join(folder, "lock"), onWait, async () => {
    if (!existsSync(binary)) await build(folder, binary, log);
  });
  return binary;
}

/** Of the Go sources, the flags, and the compiler with the platform it builds for. */
function cacheKey(goVersion: string): string {
  const hash = createHash("sha256").update(goVersion).update(linkerFlags()).update(JSON.stringify(ENV));
  const files = readdirSync(SOURCES).filter((name) => name.endsWith(".go") || name === "go.mod" || name === "go.sum");
  for (const file of files.sort()) hash.update(`\0${file}\0`).update(readFileSync(join(SOURCES, file)));
  return hash.digest("hex").slice(0, 16);
}

function linkerFlags(): string {
  const version = kubernetesVersion();
  const [major = "", minor = ""] = version.slice(1).split(".");
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: "clean" };
  const stamps = Object.entries(values).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  return ["-s -w", ...stamps].join(" ");
}

/** Asked for inside the module, so that it is the toolchain go.mod selects. */
function goVersionOrExplain(): string {
  const go = spawnSync("go", ["version"], { cwd: SOURCES, encoding: "utf8" });
  if (go.status === 0) return go.stdout.trim();
  const cause = go.error === undefined ? go.stderr.trim() : "there is no go on the PATH";
  throw new Error(
    `The embedded Kubernetes is built with Go 1.26 or newer, but ${cause}: install Go 1.26 or newer, or set PALISADE_CLUSTER=kind (needs Docker and kind), or set PALISADE_CLUSTER=existing to use the current kube context.`,
  );
}

async function build(folder: string, binary: string, log: Log): Promise<void> {
  const startedMs = performance.now();
  log(`building Kubernetes ${kubernetesVersion()}: about eight minutes on two cores, once`);
  for (const name of readdirSync(folder)) {
    if (name.startsWith("kubernetes.")) rmSync(join(folder, name), { force: true });
  }
  const packages = await go(["list", "-deps", "."], (count) => `fetched ${count} Go modules`, log);
  const total = packages.split("\n").length - 1;
  const fresh = join(folder, `kubernetes.${process.pid}`);
  const flags = ["-v", "-trimpath", "-ldflags", linkerFlags()];
  await go(["build", ...flags, "-o", fresh, "."], (count) => `compiled ${count} of at most ${total} packages`, log);
  rmSync(join(folder, "kubectl"), { force: true });
  symlinkSync("kubernetes", join(folder, "kubectl"));
  renameSync(fresh, binary);
  log(`built Kubernetes in ${clock(performance.now() - startedMs)}`);
}

/** Runs go among the sources and returns what it printed; `describe` is told how many lines of progress there were. */
async function go(args: readonly string[], describe: (lines: number) => string, log: Log): Promise<string> {
  const tail: string[] = [];
  let lines = 0;
  let stdout = "";
  const progress = showProgress(() => describe(lines), log);
  try {
    const env = { ...process.env, ...ENV };
    const child = spawn("go", args, { cwd: SOURCES, env, stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      stdout += chunk;
    });
    createInterface({ input: child.stderr }).on("line", (line) => {
      lines += 1;
      tail.push(line);
      if (tail.length > 20) tail.shift();
    });
    const code = await new Promise((resolve, reject) => child.once("error", reject).once("close", resolve));
    if (code === 0) return stdout;
    throw new Error(`go ${args[0]} failed: are the Go modules reachable?\n${tail.join("\n")}`);
  } finally {
    progress.stop();
  }
}
