/** What one pod sees of itself, a finding a line: what its watcher prints, and what the desk reads. Pure. */
import type { End, Socket } from "./proc-net.ts";

/** A connection, from the pod's side: who called which port of it, or which port of whom it called. */
export interface Connection {
  readonly direction: "in" | "out";
  readonly peer: string;
  /** Of the end that was called. */
  readonly port: number;
}

export type Sighting =
  | { readonly saw: "connection"; readonly connection: Connection }
  /** A directory in which files are newer than the process; `hides` where it has older ones too. */
  | { readonly saw: "write"; readonly directory: string; readonly hides: boolean }
  /** The user of the process that runs in the container. */
  | { readonly saw: "user"; readonly user: number; readonly group: number }
  /** Something that cannot be seen, in a sentence. */
  | { readonly saw: "nothing"; readonly of: string; readonly why: string }
  | { readonly saw: "end" };

const KINDS: ReadonlySet<unknown> = new Set<Sighting["saw"]>(["connection", "write", "user", "nothing", "end"]);

export const sayLine = (sighting: Sighting): string => JSON.stringify(sighting);

/** Undefined for a line that no watcher prints, or that is cut. */
export function readLine(line: string): Sighting | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && "saw" in value && KINDS.has(value.saw)
      ? (value as Sighting)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Remembers who listened, and which connections were told: a server that just ended was called all the same. */
export class ConnectionMemory {
  readonly #listeners = new Map<number, Set<string>>();
  readonly #told = new Set<string>();

  /** The connections of a reading that none before had. */
  add(sockets: readonly Socket[]): readonly Connection[] {
    for (const { local, state } of sockets) if (state === "listening") this.#listen(local);
    return sockets.flatMap((socket) => {
      if (socket.state !== "connected" || isLoopback(socket.remote.ip)) return [];
      const connection = this.#directed(socket);
      const key = Object.values(connection).join(" ");
      if (this.#told.has(key)) return [];
      this.#told.add(key);
      return [connection];
    });
  }

  #listen({ ip, port }: End): void {
    this.#listeners.set(port, new Set([...(this.#listeners.get(port) ?? []), ip]));
  }

  #directed({ local, remote }: Socket): Connection {
    const addresses = this.#listeners.get(local.port);
    const isCalled = addresses !== undefined && (addresses.has(local.ip) || ANY.some((one) => addresses.has(one)));
    return isCalled
      ? { direction: "in", peer: remote.ip, port: local.port }
      : { direction: "out", peer: remote.ip, port: remote.port };
  }
}

/** A listener of `::` takes IPv4 too. */
const ANY = ["0.0.0.0", "::"];

const isLoopback = (ip: string): boolean => ip === "::1" || ip.startsWith("127.");
