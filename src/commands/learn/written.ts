/** Which directories of a root file system hold something newer than an instant. */
import { type Dirent, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

export interface Written {
  readonly directory: string;
  /** Whether something older stands there, too. */
  readonly hides: boolean;
}

export interface Owner {
  readonly user: number;
  readonly group: number;
}

/** Of `/proc/PID/status`: the user and the group that the process runs as. */
export function ownerOf(status: string): Owner | undefined {
  const id = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+\\d+\\s+(\\d+)`, "m").exec(status)?.[1] ?? Number.NaN);
  const [user, group] = [id("Uid"), id("Gid")];
  return Number.isNaN(user) || Number.isNaN(group) ? undefined : { user, group };
}

/** As every architecture that Kubernetes runs on has it (sysconf _SC_CLK_TCK). */
const TICKS_PER_SECOND = 100;
/** Of `/proc/PID/stat`, counted after the name, which may hold anything. */
const START_FIELD = 19;

/** When a process began, in seconds since 1970, by `/proc/PID/stat` and `/proc/stat`. */
export function startedSeconds(stat: string, machine: string): number | undefined {
  const ticks = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[START_FIELD]);
  const boot = Number(/^btime (\d+)/m.exec(machine)?.[1] ?? Number.NaN);
  const seconds = boot + ticks / TICKS_PER_SECOND;
  return Number.isFinite(seconds) ? seconds : undefined;
}

/** The runtime makes mount points and links after it has begun the process, and before that becomes the program. */
const SETTLING_SECONDS = 2;
/** An image of more is not walked to its end. */
const MOST_ENTRIES = 300_000;

/** Only on the file system of the root itself: volumes are declared already. Throws where the root cannot be read at all. */
export function writtenSince(root: string, sinceSeconds: number): readonly Written[] {
  const device = lstatSync(`${root}/`).dev;
  const found: Written[] = [];
  const waiting = ["/"];
  let left = MOST_ENTRIES;
  readdirSync(`${root}/`);
  for (let path = waiting.pop(); path !== undefined && left > 0; path = waiting.pop()) {
    const entries = entriesOf(join(root, path));
    left -= entries.length;
    const seen = lookAt(root, path, entries, { device, sinceSeconds });
    if (seen.isWritten) found.push({ directory: path, hides: seen.hasOlder });
    waiting.push(...seen.directories);
  }
  return highest(found);
}

/** One that may not be read is passed over. */
function entriesOf(path: string): readonly Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch {
    return [];
  }
}

interface Looking {
  readonly device: number;
  readonly sinceSeconds: number;
}

interface Seen {
  readonly isWritten: boolean;
  readonly hasOlder: boolean;
  readonly directories: readonly string[];
}

/** A directory is written where a file in it is newer, and where it changed itself: what was put there is gone again. */
function lookAt(root: string, path: string, entries: readonly Dirent[], looking: Looking): Seen {
  const { sinceSeconds } = looking;
  const parts = entries.map((entry) => partAt(root, join(path, entry.name), entry, looking));
  const changed = (statOf(join(root, path))?.mtimeMs ?? 0) / 1_000;
  return {
    isWritten: changed > sinceSeconds + SETTLING_SECONDS || parts.some(({ isWritten }) => isWritten),
    hasOlder: parts.some(({ isOlder }) => isOlder),
    directories: parts.flatMap(({ directory }) => directory ?? []),
  };
}

interface Part {
  readonly isWritten: boolean;
  readonly isOlder: boolean;
  /** To be walked. */
  readonly directory?: string;
}

const NOTHING: Part = { isWritten: false, isOlder: false };

/** Links and devices are nothing that a program keeps its data in. */
function partAt(root: string, path: string, entry: Dirent, { device, sinceSeconds }: Looking): Part {
  const stat = entry.isDirectory() || entry.isFile() ? statOf(join(root, path)) : undefined;
  if (stat === undefined) return NOTHING;
  const isNewer = stat.mtimeMs / 1_000 > sinceSeconds;
  if (entry.isFile()) return SYSTEM_FILES.has(path) ? NOTHING : { isWritten: isNewer, isOlder: !isNewer };
  if (stat.dev !== device || SYSTEM.has(path)) return NOTHING;
  return { isWritten: false, isOlder: !isNewer, directory: path };
}

/** The kernel's, and what kubelets and runtimes put into every container. */
const SYSTEM: ReadonlySet<string> = new Set(["/proc", "/sys", "/dev"]);
const SYSTEM_FILES: ReadonlySet<string> = new Set([
  "/etc/hosts",
  "/etc/hostname",
  "/etc/resolv.conf",
  "/etc/mtab",
  "/.dockerenv",
]);

function statOf(path: string): { readonly mtimeMs: number; readonly dev: number } | undefined {
  try {
    return lstatSync(path);
  } catch {
    return undefined;
  }
}

/** A directory below one that is written is written with it. */
function highest(found: readonly Written[]): readonly Written[] {
  const sorted = [...found].sort((a, b) => a.directory.length - b.directory.length);
  const kept: Written[] = [];
  for (const one of sorted) {
    const isBelow = kept.some(({ directory }) => one.directory.startsWith(directory === "/" ? "//" : `${directory}/`));
    if (!isBelow) kept.push(one);
  }
  return kept;
}
