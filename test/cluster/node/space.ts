/**
 * The node's own world: process, mount and network namespaces, held by one process. All that runs on the node runs in
 * it, so the end of that process is the end of every pod, mount, interface and firewall rule, whoever ends it and how.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pause, until } from "../pause.ts";
import { hasEnded, killProcess, startProcess, tailOf } from "../processes.ts";

const HOLDER = "node";

// The first process of a process namespace is its init: one that ignores SIGCHLD has the kernel reap what is orphaned.
// The node's /var and /run are its own, so that every component keeps its usual paths and none touches the host's.
const INIT = `set -e
mount --bind "$1/var" /var
mount --bind "$1/run" /run
ip link set lo up
modprobe --quiet --all overlay br_netfilter ip_set || true
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables
trap '' CHLD
touch "$1/node.up"
exec sleep infinity`;

/** Makes the namespaces below the cluster's folder and resolves when they stand. */
export async function createSpace(folder: string, detached: boolean): Promise<void> {
  for (const path of ["var/lib", "var/log", "var/tmp", "run"]) mkdirSync(join(folder, path), { recursive: true });
  symlinkSync("/run", join(folder, "var", "run"));
  const unshare = ["unshare", "--mount", "--net", "--pid", "--ipc", "--fork", "--kill-child", "--mount-proc"];
  const init = ["sh", "-c", INIT, "sh", folder];
  // Ends with the process that starts it, even if that was killed; a detached node outlives it.
  const [binary = "", ...args] = [...(detached ? [] : ["setpriv", "--pdeathsig", "KILL"]), ...unshare, ...init];
  startProcess({ folder, name: HOLDER, binary, args, detached });
  const stands = (): boolean => {
    if (hasEnded(folder, HOLDER)) throw new Error(`the node's namespaces cannot be made: ${tailOf(folder, HOLDER)}`);
    return existsSync(join(folder, "node.up"));
  };
  await until(stands, "the node's namespaces");
  const holder = readFileSync(join(folder, `${HOLDER}.pid`), "utf8");
  writeFileSync(initFileOf(folder), readFileSync(`/proc/${holder}/task/${holder}/children`, "utf8").trim());
}

const initFileOf = (folder: string): string => join(folder, "node.init");

/** The id, on the host, of the process that holds the namespaces; undefined where there are none. */
export const initOf = (folder: string): string | undefined =>
  existsSync(initFileOf(folder)) ? readFileSync(initFileOf(folder), "utf8") : undefined;

/** The command line that runs `command` inside. */
export const inside = (folder: string, command: readonly string[]): readonly string[] => [
  "nsenter",
  `--target=${initOf(folder)}`,
  "--mount",
  "--net",
  "--pid",
  "--ipc",
  "--",
  ...command,
];

/** Runs a short command inside and returns what it printed; throws with its own words when it fails. */
export function runInside(folder: string, command: readonly string[], input?: string): string {
  return run(inside(folder, command), input);
}

/** Runs a short command on the host and returns what it printed; throws with its own words when it fails. */
export function run([binary = "", ...args]: readonly string[], input?: string): string {
  const { status, stdout, stderr, error } = spawnSync(binary, args, {
    encoding: "utf8",
    ...(input === undefined ? {} : { input }),
  });
  if (status === 0) return stdout;
  throw new Error(`${[binary, ...args].join(" ")}: ${error?.message ?? stderr}`);
}

/** Starts a component inside; its output is in `NAME.log`. Its command line must hold the folder. */
export function startInside(folder: string, name: string, command: readonly string[], detached: boolean): void {
  const [binary = "", ...args] = inside(folder, command);
  startProcess({ folder, name, binary, args, detached });
}

/** Ends everything inside and resolves when it is gone. */
export async function endSpace(folder: string): Promise<void> {
  const init = initOf(folder);
  await killProcess(folder, HOLDER);
  while (init !== undefined && holdsOn(init)) await pause(10);
}

/** The kernel lets the init of a process namespace become a zombie only after all others in it are gone. */
function holdsOn(init: string): boolean {
  try {
    const [, state] = /^\d+ \(sleep\) (\w)/.exec(readFileSync(`/proc/${init}/stat`, "utf8")) ?? [];
    return state !== undefined && state !== "Z";
  } catch {
    return false;
  }
}
