/** One build at a time on this machine, whichever process asks. */
import { existsSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { pause } from "./pause.ts";

const BEAT_MS = 5_000;
const STALE_MS = 30_000;

/**
 * Runs `work` while holding the lock file `path`. The holder touches the file as it works; one not touched for 30 s
 * belongs to nobody and is taken over, so a killed build blocks the next for half a minute at most. Two may hold it
 * in the rare case that both take over at once: the work has to be harmless when done twice.
 */
export async function withBuildLock<T>(path: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  for (let waitedS = 0; !tryCreate(path); waitedS += 1) {
    if (ageMs(path) > STALE_MS) rmSync(path, { force: true });
    else {
      if (waitedS % 15 === 0) onWait();
      await pause(1_000);
    }
  }
  const beat = setInterval(() => touch(path), BEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    rmSync(path, { force: true });
  }
}

function tryCreate(path: string): boolean {
  try {
    writeFileSync(path, `${process.pid}\n`, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function touch(path: string): void {
  const now = new Date();
  if (existsSync(path)) utimesSync(path, now, now);
}

const ageMs = (path: string): number => Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
