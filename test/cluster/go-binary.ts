/** Builds a Go program once: a binary in the user's cache folder, under a key of everything it is made from. */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { withBuildLock } from "./build-lock.ts";
import { clock, type Log, showProgress, toStderr } from "./build-progress.ts";
import { CACHE_ROOT } from "./paths.ts";

export interface GoProgram {
  /** Of the binary and its folder in the cache, `kubernetes` for example. */
  readonly name: string;
  /** As people call it, with its version. */
  readonly title: string;
  /** How long a first build takes, for people: `about eight minutes on two cores`. */
  readonly duration: string;
  /** The folder of its module. */
  readonly sources: string;
  /** What to build; `.` unless set, or the path of a package that the module requires. */
  readonly package?: string;
  readonly tags?: readonly string[];
  readonly linkerFlags?: string;
  /** Added to the environment of the build. */
  readonly env?: Readonly<Record<string, string>>;
  /** What to say when there is no Go: why it is needed, and the other ways. */
  readonly withoutGo?: (cause: string) => string;
  /** Runs beside a fresh binary before others see it. */
  readonly finish?: (folder: string) => void;
}

/** The path of the binary, built first where needed: minutes the first time, nothing afterwards. */
export async function goBinary(program: GoProgram, log: Log = toStderr): Promise<string> {
  const { name, title } = program;
  const folder = join(CACHE_ROOT, `${name}-${cacheKey(program, goVersionOrExplain(program))}`);
  const binary = join(folder, name);
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  const onWait = (): void => log(`another process builds ${title}; waiting for it`);
  await withBuildLock(join(folder, "lock"), onWait, async () => {
    if (!existsSync(binary)) await build(program, folder, log);
  });
  return binary;
}

/** `v1.37.2`, as the program's go.mod requires `module`. */
export function requiredVersion(sources: string, module: string): string {
  const text = readFileSync(join(sources, "go.mod"), "utf8");
  const words = text.split("\n").map((line) =>
    line
      .trim()
      .replace(/^require /, "")
      .split(" "),
  );
  const version = words.find(([path]) => path === module)?.[1];
  if (version === undefined) throw new Error(`${sources}/go.mod does not require ${module}`);
  return version;
}

const envOf = ({ env = {} }: GoProgram): Record<string, string> => ({
  CGO_ENABLED: "0",
  GOFLAGS: "-buildvcs=false",
  ...env,
});

/** Of the Go sources, the flags, and the compiler with the platform it builds for. */
function cacheKey(program: GoProgram, goVersion: string): string {
  const { sources, package: what = ".", tags = [], linkerFlags = "" } = program;
  const hash = createHash("sha256").update(goVersion);
  hash.update(JSON.stringify([what, tags, linkerFlags, envOf(program)]));
  const files = readdirSync(sources).filter((file) => file.endsWith(".go") || file === "go.mod" || file === "go.sum");
  for (const file of files.sort()) hash.update(`\0${file}\0`).update(readFileSync(join(sources, file)));
  return hash.digest("hex").slice(0, 16);
}

/** Asked for inside the module, so that it is the toolchain go.mod selects. */
function goVersionOrExplain({ sources, title, withoutGo }: GoProgram): string {
  const go = spawnSync("go", ["version"], { cwd: sources, encoding: "utf8" });
  if (go.status === 0) return go.stdout.trim();
  const cause = go.error === undefined ? go.stderr.trim() : "there is no go on the PATH";
  throw new Error(
    withoutGo?.(cause) ?? `${title} is built with Go 1.26 or newer, but ${cause}: install Go 1.26 or newer.`,
  );
}

/** A fifth less work: compilers that end before they would collect garbage, and no notes for debuggers, which the linker would drop. */
const QUICK = { env: { GOGC: "off", GOMEMLIMIT: "1GiB" }, flags: ["-gcflags=all=-dwarf=false"] } as const;

async function build(program: GoProgram, folder: string, log: Log): Promise<void> {
  const { name, title, duration, package: what = ".", tags = [], linkerFlags = "-s -w", finish } = program;
  const startedMs = performance.now();
  log(`building ${title}: ${duration}, once`);
  for (const file of readdirSync(folder)) {
    if (file.startsWith(`${name}.`)) rmSync(join(folder, file), { force: true });
  }
  const tagged = tags.length === 0 ? [] : ["-tags", tags.join(",")];
  const packages = await go(program, ["list", ...tagged, "-deps", what], (n) => `fetched ${n} Go modules`, log);
  const total = packages.split("\n").length - 1;
  const fresh = join(folder, `${name}.${process.pid}`);
  const flags = ["-v", "-trimpath", ...QUICK.flags, ...tagged, "-ldflags", linkerFlags];
  await go(program, ["build", ...flags, "-o", fresh, what], (n) => `compiled ${n} of at most ${total} packages`, log);
  finish?.(folder);
  renameSync(fresh, join(folder, name));
  log(`built ${title} in ${clock(performance.now() - startedMs)}`);
}

/** Runs go among the sources and returns what it printed; `describe` is told how many lines of progress there were. */
async function go(
  program: GoProgram,
  args: readonly string[],
  describe: (lines: number) => string,
  log: Log,
): Promise<string> {
  const tail: string[] = [];
  let lines = 0;
  let stdout = "";
  const progress = showProgress(() => describe(lines), log);
  try {
    const env = { ...process.env, ...QUICK.env, ...envOf(program) };
    const child = spawn("go", args, { cwd: program.sources, env, stdio: ["ignore", "pipe", "pipe"] });
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
