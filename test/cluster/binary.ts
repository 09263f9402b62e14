/** Builds Kubernetes once: one binary in the user's cache folder, under a key of everything it is made from. */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const SOURCES = join(import.meta.dirname, "kubernetes");
const FILES = ["go.mod", "go.sum", "main.go"];

export type Log = (line: string) => void;

/** `v1.37.2`, as go.mod requires it. */
export function kubernetesVersion(): string {
  const version = /^\s*k8s\.io\/kubernetes (v\S+)$/m.exec(readFileSync(join(SOURCES, "go.mod"), "utf8"))?.[1];
  if (version === undefined) throw new Error("go.mod does not require k8s.io/kubernetes");
  return version;
}

function linkerFlags(): string {
  const version = kubernetesVersion();
  const [major = "", minor = ""] = version.slice(1).split(".");
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: "clean" };
  return [
    "-s -w",
    ...Object.entries(values).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`),
  ].join(" ");
}

/** The path of the binary, built first where needed: minutes the first time, nothing afterwards. */
export async function kubernetesBinary(log: Log): Promise<string> {
  const goVersion = goVersionOrExplain();
  const hash = createHash("sha256").update(goVersion).update(linkerFlags());
  for (const file of FILES) hash.update(readFileSync(join(SOURCES, file)));
  const folder = join(
    process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"),
    "palisade",
    `kubernetes-${hash.digest("hex").slice(0, 16)}`,
  );
  const binary = join(folder, "kubernetes");
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  await withLock(join(folder, "lock"), log, async () => {
    if (!existsSync(binary)) await build(folder, binary, log);
  });
  return binary;
}

function goVersionOrExplain(): string {
  const go = spawnSync("go", ["version"], { encoding: "utf8" });
  if (go.status === 0) return go.stdout.trim();
  throw new Error(
    "Kubernetes is built with Go, and there is no go on the PATH: install Go 1.26 or newer, or set PALISADE_CLUSTER=kind (needs Docker and kind), or PALISADE_CLUSTER=existing to use the current kube context.",
  );
}

async function build(folder: string, binary: string, log: Log): Promise<void> {
  const startedMs = performance.now();
  const env = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-buildvcs=false" };
  log(`building Kubernetes ${kubernetesVersion()}: about eight minutes on two cores, once`);
  const listed = await output("go", ["list", "-deps", "."], env, log, "fetching Go modules");
  const total = listed.split("\n").length - 1;
  const fresh = join(folder, `kubernetes.${process.pid}`);
  let compiled = 0;
  let lastMs = 0;
  const onLine = (): void => {
    compiled += 1;
    if (performance.now() - lastMs < 15_000) return;
    lastMs = performance.now();
    log(`compiled ${compiled} of at most ${total} packages`);
  };
  await run("go", ["build", "-v", "-trimpath", "-ldflags", linkerFlags(), "-o", fresh, "."], env, onLine);
  renameSync(fresh, binary);
  rmSync(join(folder, "kubectl"), { force: true });
  symlinkSync("kubernetes", join(folder, "kubectl"));
  log(`built Kubernetes in ${Math.round((performance.now() - startedMs) / 1_000)} s`);
}

function run(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  onLine: (line: string) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: SOURCES, env, stdio: ["ignore", "inherit", "pipe"] });
    const tail: string[] = [];
    createInterface({ input: child.stderr }).on("line", (line) => {
      tail.push(line);
      if (tail.length > 20) tail.shift();
      onLine(line);
    });
    child.once("error", reject);
    child.once("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`${command} ${args[0] ?? ""} failed:\n${tail.join("\n")}`)),
    );
  });
}

async function output(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  log: Log,
  doing: string,
): Promise<string> {
  const timer = setInterval(() => log(doing), 15_000);
  try {
    return await new Promise((resolve, reject) => {
      const child = spawn(command, args, { cwd: SOURCES, env, stdio: ["ignore", "pipe", "ignore"] });
      let text = "";
      child.stdout.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
      child.once("error", reject);
      child.once("exit", (code) =>
        code === 0
          ? resolve(text)
          : reject(new Error(`${command} ${args.join(" ")} failed: are the Go modules reachable?`)),
      );
    });
  } finally {
    clearInterval(timer);
  }
}

/** One build at a time, whichever process asks; a lock whose owner is gone is taken over. */
async function withLock(path: string, log: Log, work: () => Promise<void>): Promise<void> {
  for (let waited = 0; ; waited += 1) {
    try {
      writeFileSync(path, String(process.pid), { flag: "wx" });
      break;
    } catch {
      const owner = Number(existsSync(path) ? readFileSync(path, "utf8") : "0");
      if (owner > 0 && !isAlive(owner)) rmSync(path, { force: true });
      else if (waited % 15 === 0) log("another process builds Kubernetes; waiting for it");
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
  }
  try {
    await work();
  } finally {
    rmSync(path, { force: true });
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export const STATE_ROOT = join(tmpdir(), "palisade-clusters");
