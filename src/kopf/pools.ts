/** The connections to one API server: a pool for each kind of traffic, so that none can starve another. */
import { Agent } from "undici";
import type { Connection, TlsMaterial } from "./connection.ts";

export type PoolName = "read" | "write" | "lease" | "watch";

export interface PoolSizes {
  readonly read?: number;
  readonly write?: number;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** Shorter than the API server's own 90 s, so that no request meets a connection the server is just closing. */
const KEEP_ALIVE_MS = 60_000;
/** A watch is answered at once, with headers, however quiet its kind is. */
const WATCH_HEADERS_MS = 30_000;

export class Pools {
  readonly #connection: Connection;
  readonly #sizes: Readonly<Record<PoolName, number | null>>;
  readonly #retired = new Set<Agent>();
  #agents = new Map<PoolName, Agent>();
  #tls: TlsMaterial | undefined;
  #closed = false;

  constructor(connection: Connection, sizes: PoolSizes = {}) {
    this.#connection = connection;
    // One connection for each watch; the kinds watched bound their number.
    this.#sizes = { read: sizes.read ?? 8, write: sizes.write ?? 32, lease: 4, watch: null };
  }

  /** Throws once closed. New TLS material on disk brings new pools; requests under way end on the old ones. */
  get(name: PoolName): Agent {
    if (this.#closed) throw new Error("the transport is closed");
    const tls = this.#connection.tls();
    if (tls !== this.#tls) this.#retire(tls);
    let agent = this.#agents.get(name);
    if (agent === undefined) {
      agent = this.#create(name, tls);
      this.#agents.set(name, agent);
    }
    return agent;
  }

  /** Ends every connection, streams included. */
  async close(): Promise<void> {
    this.#closed = true;
    const agents = [...this.#agents.values(), ...this.#retired];
    this.#agents.clear();
    this.#retired.clear();
    await Promise.all(agents.map((agent) => agent.destroy()));
  }

  /**
   * Requests end on the pool they began on, which closes behind them. Streams go on for minutes, and an agent that is
   * closing no longer reaches them: theirs is kept, to be ended by `close`.
   */
  #retire(tls: TlsMaterial): void {
    for (const [name, agent] of this.#agents) {
      if (name === "watch") this.#retired.add(agent);
      else agent.close().catch(() => {});
    }
    this.#agents = new Map();
    this.#tls = tls;
  }

  #create(name: PoolName, tls: TlsMaterial): Agent {
    return new Agent({
      connections: this.#sizes[name],
      pipelining: 1,
      // One HTTP/2 connection caps streams and needs pings of its own; a pool of HTTP/1.1 connections is faster in Node.
      allowH2: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      // Every request brings a deadline of its own, and the reflector's idle limit ends a silent watch.
      headersTimeout: name === "watch" ? WATCH_HEADERS_MS : 0,
      bodyTimeout: 0,
      connect: { ...tls, timeout: CONNECT_TIMEOUT_MS },
    });
  }
}
