/** Connections to one API server: a pool per kind of traffic, so that none starves another. */
import { Agent, type Dispatcher, ProxyAgent } from "undici";
import type { Connection, TlsMaterial } from "./connection-types.ts";

export type PoolName = "read" | "write" | "lease" | "watch";

export interface PoolSizes {
  readonly read?: number;
  readonly write?: number;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** Shorter than the API server's 90 s, so that no request uses a connection that the server is closing. */
const KEEP_ALIVE_MS = 60_000;
/** The server answers a watch with headers at once, however quiet the kind is. */
const WATCH_HEADERS_MS = 30_000;

export class Pools {
  readonly #connection: Connection;
  readonly #sizes: Readonly<Record<PoolName, number | null>>;
  readonly #retired = new Set<Dispatcher>();
  #agents = new Map<PoolName, Dispatcher>();
  #tls: TlsMaterial | undefined;
  #closed = false;

  constructor(connection: Connection, sizes: PoolSizes = {}) {
    this.#connection = connection;
    // One connection per watch, so the number of watched kinds is the limit.
    this.#sizes = { read: sizes.read ?? 8, write: sizes.write ?? 32, lease: 4, watch: null };
  }

  /** Throws once closed. New TLS material creates new pools; running requests finish on the old ones. */
  get(name: PoolName): Dispatcher {
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

  /** Closes every connection, streams included. */
  async close(): Promise<void> {
    this.#closed = true;
    const agents = [...this.#agents.values(), ...this.#retired];
    this.#agents.clear();
    this.#retired.clear();
    await Promise.all(agents.map((agent) => agent.destroy()));
  }

  /**
   * Requests finish on their pool, which then closes. Streams run for minutes, and a closing agent can no longer end them, so
   * theirs is kept for `close`.
   */
  #retire(tls: TlsMaterial): void {
    for (const [name, agent] of this.#agents) {
      if (name === "watch") this.#retired.add(agent);
      else agent.close().catch(() => {});
    }
    this.#agents = new Map();
    this.#tls = tls;
  }

  #create(name: PoolName, tls: TlsMaterial): Dispatcher {
    const options = {
      connections: this.#sizes[name],
      pipelining: 1,
      // HTTP/2 limits streams per connection and needs pings; a pool of HTTP/1.1 connections is faster in Node.
      allowH2: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      // Requests have deadlines, and the reflector ends silent watches.
      headersTimeout: name === "watch" ? WATCH_HEADERS_MS : 0,
      bodyTimeout: 0,
    };
    const connect = { ...tls, timeout: CONNECT_TIMEOUT_MS };
    const { proxy } = this.#connection;
    return proxy === undefined
      ? new Agent({ ...options, connect })
      : new ProxyAgent({
          ...options,
          uri: proxy,
          proxyTunnel: true,
          requestTls: connect,
          proxyTls: { timeout: CONNECT_TIMEOUT_MS },
        });
  }
}
