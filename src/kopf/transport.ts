/**
 * HTTP to one API server: pooled connections, credentials, deadlines, Retry-After, raw JSON.
 * Watches, reads, writes and the Lease have pools of their own, so that none can starve another.
 */
import { Counter, Histogram, type Registry } from "prom-client";
import { Agent, type Dispatcher } from "undici";
import { ApiError } from "./api-error.ts";
import { type Clock, sleep, systemClock } from "./clock.ts";
import type { Connection, TlsMaterial } from "./connection.ts";
import type { KubeObject } from "./object.ts";

export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
  readonly pool?: "read" | "write" | "lease";
  readonly signal?: AbortSignal;
  /** For the whole request, its retries included. 30 s unless set. */
  readonly deadlineMs?: number;
}

export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: KubeObject;
}

export interface WatchRequest {
  readonly path: string;
  readonly query?: ApiRequest["query"];
  readonly signal: AbortSignal;
}

export interface Transport {
  /**
   * The parsed answer. Any status but 2xx throws {@link ApiError}. 429 and 503 that name a Retry-After are retried inside the
   * deadline, a 401 once with fresh credentials, and a GET once after a broken connection; a write that may have
   * reached the server is never sent again.
   */
  request<T>(request: ApiRequest): Promise<T>;
  /** Batches of events, as they arrive, until the server closes the stream. Half a line at the end is an error, never an event. */
  watch(request: WatchRequest): AsyncIterable<readonly WatchEvent[]>;
  /** The same pools; every request ends when `signal` does. */
  withAbort(signal: AbortSignal): Transport;
  close(): Promise<void>;
}

export interface TransportOptions {
  readonly userAgent?: string;
  readonly registry?: Registry;
  readonly clock?: Clock;
  readonly poolSizes?: { readonly read?: number; readonly write?: number };
}

type PoolName = "read" | "write" | "lease" | "watch";

const DEADLINE_MS = 30_000;
const MAX_RETRIES = 10;
const CONNECT_TIMEOUT_MS = 10_000;

export function createTransport(connection: Connection, options: TransportOptions = {}): Transport {
  return new HttpTransport(connection, options);
}

class Pools {
  readonly #connection: Connection;
  readonly #sizes: Readonly<Record<PoolName, number | null>>;
  #tls: TlsMaterial | undefined;
  #agents: Partial<Record<PoolName, Agent>> = {};

  constructor(connection: Connection, sizes: TransportOptions["poolSizes"]) {
    this.#connection = connection;
    this.#sizes = { read: sizes?.read ?? 8, write: sizes?.write ?? 32, lease: 1, watch: null };
  }

  get(name: PoolName): Agent {
    const tls = this.#connection.tls();
    if (tls !== this.#tls) {
      // Streams on the old certificate authority end by themselves; new requests never use it.
      for (const agent of Object.values(this.#agents)) void agent.close();
      this.#agents = {};
      this.#tls = tls;
    }
    const agent = this.#agents[name] ?? this.#create(name, tls);
    this.#agents[name] = agent;
    return agent;
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.#agents).map((agent) => agent.destroy()));
    this.#agents = {};
  }

  #create(name: PoolName, tls: TlsMaterial): Agent {
    return new Agent({
      connections: this.#sizes[name],
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: 60_000,
      keepAliveMaxTimeout: 300_000,
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { ...tls, timeout: CONNECT_TIMEOUT_MS } as never,
    });
  }
}

interface RequestMetrics {
  readonly total: Counter<"code" | "method" | "host">;
  readonly seconds: Histogram<"verb">;
}

class HttpTransport implements Transport {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #pools: Pools;
  readonly #userAgent: string;
  readonly #host: string;
  readonly #metrics: RequestMetrics | undefined;

  constructor(connection: Connection, options: TransportOptions) {
    this.#connection = connection;
    this.#clock = options.clock ?? systemClock;
    this.#pools = new Pools(connection, options.poolSizes);
    this.#userAgent = options.userAgent ?? "kopf";
    this.#host = new URL(connection.server).host;
    this.#metrics = options.registry === undefined ? undefined : requestMetrics(options.registry);
  }

  async request<T>(request: ApiRequest): Promise<T> {
    const deadline = AbortSignal.timeout(request.deadlineMs ?? DEADLINE_MS);
    const signal = request.signal === undefined ? deadline : AbortSignal.any([request.signal, deadline]);
    let refreshed = false;
    let reconnected = false;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#once<T>(request, signal, refreshed);
      } catch (error) {
        if (signal.aborted || !(error instanceof ApiError)) throw error;
        if (error.status === 401 && !refreshed) refreshed = true;
        else if (error.status === 0 && request.method === "GET" && !reconnected) reconnected = true;
        else if (error.retryAfterMs !== undefined && isBusy(error.status) && attempt < MAX_RETRIES) await sleep(this.#clock, error.retryAfterMs, signal);
        else throw error;
        if (signal.aborted) throw error;
      }
    }
  }

  async *watch({ path, query, signal }: WatchRequest): AsyncIterable<readonly WatchEvent[]> {
    const request: ApiRequest = { method: "GET", path, ...(query === undefined ? {} : { query }), signal };
    const response = await this.#send(request, "watch", signal, false);
    if (response.statusCode !== 200) throw await this.#refusal(request, response);
    const body = response.body;
    const decoder = new TextDecoder();
    let rest = "";
    try {
      for await (const chunk of body) {
        const lines = (rest + decoder.decode(chunk as Buffer, { stream: true })).split("\n");
        rest = lines.pop() ?? "";
        const events = lines.filter((line) => line !== "").map((line) => JSON.parse(line) as WatchEvent);
        if (signal.aborted) return;
        yield events;
      }
    } catch (error) {
      if (signal.aborted) return;
      throw new ApiError(`watch ${path}: the connection broke`, { status: 0, cause: error });
    } finally {
      body.destroy();
    }
    if (rest.trim() !== "") throw new ApiError(`watch ${path}: the stream ended inside an event`, { status: 0 });
  }

  withAbort(signal: AbortSignal): Transport {
    const bounded = (own: AbortSignal | undefined): AbortSignal => (own === undefined ? signal : AbortSignal.any([own, signal]));
    return {
      request: (request) => this.request({ ...request, signal: bounded(request.signal) }),
      watch: (request) => this.watch({ ...request, signal: bounded(request.signal) }),
      withAbort: (other) => this.withAbort(AbortSignal.any([signal, other])),
      close: () => this.close(),
    };
  }

  close(): Promise<void> {
    return this.#pools.close();
  }

  async #once<T>(request: ApiRequest, signal: AbortSignal, refresh: boolean): Promise<T> {
    const startedMs = this.#clock.monotonicMs();
    const response = await this.#send(request, request.pool ?? (request.method === "GET" ? "read" : "write"), signal, refresh);
    if (response.statusCode < 200 || response.statusCode > 299) throw await this.#refusal(request, response);
    const text = await response.body.text().catch((error: unknown) => {
      throw this.#broken(request, error);
    });
    this.#metrics?.seconds.observe({ verb: request.method }, (this.#clock.monotonicMs() - startedMs) / 1_000);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }

  async #send(request: ApiRequest, pool: PoolName, signal: AbortSignal, refresh: boolean): Promise<Dispatcher.ResponseData> {
    const authorization = await this.#connection.authorization(refresh);
    const headers: Record<string, string> = { accept: request.accept ?? "application/json", "user-agent": this.#userAgent };
    if (authorization !== undefined) headers["authorization"] = authorization;
    if (request.body !== undefined) headers["content-type"] = request.contentType ?? "application/json";
    try {
      const response = await this.#pools.get(pool).request({
        origin: this.#connection.server,
        path: withQuery(request.path, request.query),
        method: request.method,
        headers,
        body: request.body === undefined ? null : JSON.stringify(request.body),
        signal,
      });
      this.#metrics?.total.inc({ code: String(response.statusCode), method: request.method, host: this.#host });
      return response;
    } catch (error) {
      this.#metrics?.total.inc({ code: "<error>", method: request.method, host: this.#host });
      throw this.#broken(request, error);
    }
  }

  #broken({ method, path, signal }: ApiRequest, cause: unknown): Error {
    if (signal?.aborted) return new ApiError(`${method} ${path}: given up, the operator is stopping`, { status: 0, reason: "Aborted" });
    const why = cause instanceof Error ? (cause.name === "TimeoutError" ? "no answer in time" : cause.message) : String(cause);
    return new ApiError(`${method} ${path}: ${why}`, { status: 0, cause });
  }

  async #refusal({ method, path }: ApiRequest, response: Dispatcher.ResponseData): Promise<ApiError> {
    const status = response.statusCode;
    const text = await response.body.text().catch(() => "");
    const answer = parseStatus(text);
    const retryAfter = Number(response.headers["retry-after"]);
    const retryAfterMs = Number.isFinite(retryAfter) && retryAfter >= 0 ? retryAfter * 1_000 : undefined;
    return new ApiError(`${method} ${path}: ${status} ${answer.reason ?? ""}: ${answer.message ?? "no message"}`, {
      status,
      reason: answer.reason,
      retryAfterMs,
    });
  }
}

const isBusy = (status: number): boolean => status === 429 || status === 503;

function withQuery(path: string, query: ApiRequest["query"]): string {
  const pairs = Object.entries(query ?? {}).flatMap(([key, value]) =>
    value === undefined ? [] : [`${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`],
  );
  return pairs.length === 0 ? path : `${path}?${pairs.join("&")}`;
}

function parseStatus(text: string): { readonly reason?: string; readonly message?: string } {
  try {
    const status = JSON.parse(text) as { readonly kind?: string; readonly reason?: string; readonly message?: string };
    return status.kind === "Status" ? status : {};
  } catch {
    return {};
  }
}

function requestMetrics(registry: Registry): RequestMetrics {
  const registers = [registry];
  return {
    total: new Counter({
      name: "rest_client_requests_total",
      help: "Requests to the API server, by status code, method and host.",
      labelNames: ["code", "method", "host"],
      registers,
    }),
    seconds: new Histogram({
      name: "rest_client_request_duration_seconds",
      help: "Seconds a request to the API server took, by method.",
      labelNames: ["verb"],
      registers,
    }),
  };
}
