/**
 * What runs in the ephemeral container: reads the pod's socket tables, and which directories the program writes, and prints each finding once, as a
 * line. Ends by itself. It has no rights but to read what any process of the pod may read.
 */
import { readFileSync } from "node:fs";
import { endianness } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { readSockets, type Socket } from "../../learn/proc-net.ts";
import { ConnectionMemory, type Sighting, sayLine } from "../../learn/sightings.ts";
import { type Owner, ownerOf, startedSeconds, writtenSince } from "./written.ts";

/** A closed connection stays in the table for 60 s at the end that closed it, so each is read at least twice. */
const EVERY_SECONDS = 20;
/** Callers of a public port may be the whole internet. */
const MOST_CONNECTIONS = 5_000;

export interface WatchOptions {
  readonly forSeconds: number;
  readonly everySeconds?: number;
  /** Whether it looks for what the program wrote. */
  readonly writes: boolean;
  readonly connections: boolean;
  readonly print: (line: string) => void;
  /** Where the kernel's files are. */
  readonly proc?: string;
  /** As whom it runs. */
  readonly self?: Owner;
}

/** What `palisade watch-connections` was given. */
export function watchOptions(argv: readonly string[], print: (line: string) => void): WatchOptions | undefined {
  const at = argv.indexOf("--for");
  const forSeconds = Number(argv[at + 1]);
  if (at < 0 || !(forSeconds > 0)) return undefined;
  return { forSeconds, writes: argv.includes("--writes"), connections: !argv.includes("--files-only"), print };
}

export async function watchConnections(options: WatchOptions): Promise<void> {
  const { forSeconds, everySeconds = EVERY_SECONDS, print, proc = "/proc" } = options;
  const say = (sighting: Sighting): void => print(sayLine(sighting));
  const tell = options.connections ? connectionTeller(proc, say) : () => {};
  const owner = options.writes ? ownerOf(textOf(`${proc}/1/status`)) : undefined;
  if (owner !== undefined) say({ saw: "user", ...owner });
  tell();
  for (let leftSeconds = forSeconds; leftSeconds > 0; leftSeconds -= everySeconds) {
    await pause(Math.min(everySeconds, leftSeconds) * 1_000);
    tell();
  }
  // Once, at the end: a walk over the files of an image is not free. Another user sees nothing, and who reads this sends the right one.
  if (options.writes && isSelf(owner, options.self)) tellWrites(proc, say);
  say({ saw: "end" });
}

/** Reads the tables at each call, and tells what none before had. */
function connectionTeller(proc: string, say: (sighting: Sighting) => void): () => void {
  const memory = new ConnectionMemory();
  let left = MOST_CONNECTIONS;
  return () => {
    for (const connection of memory.add(socketsIn(proc))) {
      left -= 1;
      if (left > 0) say({ saw: "connection", connection });
      else if (left === 0) say({ saw: "nothing", of: "connections", why: `beyond the first ${MOST_CONNECTIONS}` });
    }
  };
}

function socketsIn(proc: string): readonly Socket[] {
  return ["tcp", "tcp6"].flatMap((name) => readSockets(textOf(`${proc}/net/${name}`), endianness()));
}

/** A kernel without IPv6 has no table of it. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

const isSelf = (
  owner: Owner | undefined,
  { user, group }: Owner = { user: process.getuid?.() ?? 0, group: process.getgid?.() ?? 0 },
): boolean => owner === undefined || (owner.user === user && owner.group === group);

function tellWrites(proc: string, say: (sighting: Sighting) => void): void {
  try {
    const since = startedSeconds(textOf(`${proc}/1/stat`), textOf(`${proc}/stat`));
    if (since === undefined) throw new Error("nobody says when the program began");
    for (const written of writtenSince(`${proc}/1/root`, since)) say({ saw: "write", ...written });
  } catch (error) {
    say({ saw: "nothing", of: "files", why: error instanceof Error ? error.message : String(error) });
  }
}
