/** The folder a cluster lives in: its data, keys, logs and process ids. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { removeNode } from "./node/front.ts";
import { STATE_ROOT } from "./paths.ts";
import { isAlive, isRunning, killProcess, processNames } from "./processes.ts";

const STARTING_MS = 120_000;

/** A fresh folder only this user may read. A cluster that is not detached is owned by this process. */
export function createStateFolder(detached: boolean): string {
  mkdirSync(STATE_ROOT, { recursive: true, mode: 0o700 });
  const folder = mkdtempSync(join(STATE_ROOT, "c-"));
  if (!detached) writeFileSync(join(folder, "owner"), String(process.pid));
  return folder;
}

/** The process a cluster ends with; undefined for a detached one. */
export function ownerOf(folder: string): number | undefined {
  const file = join(folder, "owner");
  return existsSync(file) ? Number(readFileSync(file, "utf8")) : undefined;
}

/** Of writes, a line each. */
export const auditLogOf = (folder: string): string => join(folder, "audit.log");

/** Moves a cluster's audit log to the folder that `PALISADE_AUDIT_LOGS` names, if it names one. */
export function keepAuditLog(folder: string): void {
  const kept = process.env.PALISADE_AUDIT_LOGS;
  const log = auditLogOf(folder);
  if (kept && existsSync(log)) renameSync(log, join(kept, `${basename(folder)}.log`));
}

/** Ends every process of a cluster, its node with all pods included, and removes its folder. The data is thrown away, so none gets time to keep it. */
export async function removeStateFolder(folder: string): Promise<void> {
  await removeNode(folder);
  await Promise.all(processNames(folder).map((name) => killProcess(folder, name)));
  rmSync(folder, { recursive: true, force: true });
}

/** Removes what clusters left behind whose owner was killed, or whose processes ended with the machine. */
export async function sweepAbandoned(): Promise<void> {
  if (!existsSync(STATE_ROOT)) return;
  const folders = readdirSync(STATE_ROOT).map((name) => join(STATE_ROOT, name));
  await Promise.all(folders.filter(isAbandoned).map((folder) => removeStateFolder(folder).catch(passOverMissing)));
}

/** Two starts may sweep the same folder at once: what one has removed already, the other need not. */
function passOverMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}

function isAbandoned(folder: string): boolean {
  const owner = ownerOf(folder);
  if (owner !== undefined && owner > 0 && !isAlive(owner)) return true;
  if (processNames(folder).some((name) => isRunning(folder, name))) return false;
  const stat = statSync(folder, { throwIfNoEntry: false });
  return stat !== undefined && Date.now() - stat.mtimeMs > STARTING_MS;
}
