/** The processes of one cluster: started, recorded in its folder by process id, and ended by it. */
import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pause } from "./pause.ts";

export interface ProcessSpec {
  readonly folder: string;
  readonly name: string;
  readonly binary: string;
  /** The folder must occur in them: the process is known by it. */
  readonly args: readonly string[];
  /** Lives on when its starter ends. Otherwise it ends within a second of it, even if that was killed. */
  readonly detached: boolean;
}

/** Starts a component; its output is in `NAME.log`, its id in `NAME.pid`. */
export function startProcess({ folder, name, binary, args, detached }: ProcessSpec): void {
  const log = openSync(join(folder, `${name}.log`), "a");
  const { PALISADE_PARENT_PID: _, ...inherited } = process.env;
  const env = detached ? inherited : { ...inherited, PALISADE_PARENT_PID: String(process.pid) };
  const child = spawn(binary, args, { stdio: ["ignore", log, log], env, detached, cwd: folder });
  closeSync(log);
  child.unref();
  if (child.pid === undefined) throw new Error(`${name} did not start`);
  writeFileSync(join(folder, `${name}.pid`), String(child.pid));
}

/** The components that were started in this folder. */
export const processNames = (folder: string): readonly string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith(".pid"))
        .map((name) => name.slice(0, -".pid".length))
    : [];

export const isRunning = (folder: string, name: string): boolean => runningPid(folder, name) !== undefined;

/** Whether a component that was started here a moment ago is gone. One that exec replaces has no command line meanwhile. */
export const hasEnded = (folder: string, name: string): boolean =>
  !isAlive(Number(readFileSync(join(folder, `${name}.pid`), "utf8")));

/** Kills a component with no farewell and resolves when it is gone; does nothing where it does not run. */
export async function killProcess(folder: string, name: string): Promise<void> {
  const pid = runningPid(folder, name);
  if (pid !== undefined) {
    kill(pid);
    await untilGone(folder, name, pid);
  }
  rmSync(join(folder, `${name}.pid`), { force: true });
}

/** Its command line goes first and its ports later, so only the end of its id is an end. */
async function untilGone(folder: string, name: string, pid: number): Promise<void> {
  const deadlineMs = performance.now() + 10_000;
  const patienceMs = performance.now() + 2_000;
  while (isAlive(pid)) {
    const nobodyReapsIt = performance.now() > patienceMs && !isRunning(folder, name);
    if (nobodyReapsIt) return;
    if (performance.now() > deadlineMs) throw new Error(`${name} (process ${pid}) does not end`);
    await pause(10);
  }
}

/** Whether any process has this id; one of another user counts too. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

export const tailOf = (folder: string, name: string): string => {
  const file = join(folder, `${name}.log`);
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(-15).join("\n") : "no log";
};

/** A process id is given again after a while, so it counts only while its command line names the folder. */
function runningPid(folder: string, name: string): number | undefined {
  const file = join(folder, `${name}.pid`);
  if (!existsSync(file)) return undefined;
  const pid = Number(readFileSync(file, "utf8"));
  return pid > 0 && commandLine(pid).includes(folder) ? pid : undefined;
}

function commandLine(pid: number): string {
  if (process.platform !== "linux") {
    return spawnSync("ps", ["-ww", "-o", "args=", "-p", String(pid)], { encoding: "utf8" }).stdout ?? "";
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
