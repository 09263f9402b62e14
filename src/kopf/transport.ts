/** HTTP to one API server: pooled connections, credentials, deadlines, Retry-After, raw JSON. It knows no kinds. */
import type { Registry } from "prom-client";
import type { Dispatcher } from "undici";
import { ApiError, errorOfStatus, noAnswer, parseRetryAfter } from "./api-error.ts";
import { type Clock, sleep, systemClock } from "./clock.ts";
import type { Connection } from "./connection.ts";
import { FencedError, refusedWrite } from "./fence.ts";
import { guardedBy } from "./guarded-dispatch.ts";
import type { KubeObject } from "./object.ts";
import { currentSpan, traced } from "./pass.ts";
import { type PoolName, type PoolSizes, Pools } from "./pools.ts";
import { type RequestMetrics, requestMetrics } from "./request-metrics.ts";
import { openScope, type RequestScope } from "./request-scope.ts";
import { requestSpan } from "./request-span.ts";
import { jsonOf, parseAnswer, readEvents, withQuery } from "./wire.ts";

export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
  /** `read` for GET and `write` for the rest, unless set. */
  readonly pool?: "read" | "write" | "lease";
  readonly signal?: AbortSignal;
  /** For the whole request, its retries included. 30 s unless set. */
  readonly deadlineMs?: number;
  /** Asked for each attempt at the last moment, when the connection is there and nothing is sent. What is refused throws {@link FencedError}. */
  readonly mayBeSent?: () => boolean;
}

export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: KubeObject;
}

export interface WatchRequest {
  readonly path: string;
  readonly query?: NonNullable<ApiRequest["query"]>;
  readonly signal: AbortSignal;
}

export interface Transport {
  /**
   * The parsed answer; the caller names the shape that the API promises for it. Any status but 2xx throws {@link ApiError}.
   * 429 and 503 that name a Retry-After are retried inside the deadline, a 401 once with fresh credentials, and a GET once
   * after a broken connection; a write that may have reached the server is never sent again.
   */
  request<T>(request: ApiRequest): Promise<T>;
  /**
   * Events in batches, one for each chunk that arrives, until the server closes the stream; none after `signal` aborts.
   * A stream that breaks, or that ends inside a line, throws {@link ApiError}: half an event is never delivered.
   */
  watch(request: WatchRequest): AsyncIterable<readonly WatchEvent[]>;
  /** The same pools; every request also ends when `signal` does. */
  withAbort(signal: AbortSignal): Transport;
  /** Closes every connection, of all transports that share them. */
  close(): Promise<void>;
}

export interface TransportOptions {
  readonly userAgent?: string;
  readonly registry?: Registry;
  readonly clock?: Clock;
  readonly poolSizes?: PoolSizes;
}

const DEADLINE_MS = 30_000;
/** As many as client-go makes when the server says how long to wait. */
const MAX_WAITS = 10;
/** A server that answers `Retry-After: 0` must not be asked in a tight loop. */
const MIN_WAIT_MS = 50;

export function createTransport(connection: Connection, options: TransportOptions = {}): Transport {
  const { origin, host, pathname } = new URL(connection.server);
  return new HttpTransport({
    connection,
    origin,
    prefix: pathname.replace(/\/+$/, ""),
    clock: options.clock ?? systemClock,
    pools: new Pools(connection, options.poolSizes),
    userAgent: options.userAgent ?? "kopf",
    host,
    metrics: options.registry === undefined ? undefined : requestMetrics(options.registry),
    signals: [],
  });
}

interface Parts {
  readonly connection: Connection;
  readonly origin: string;
  /** What stands before every path, where one address serves many clusters; empty for most. */
  readonly prefix: string;
  readonly clock: Clock;
  readonly pools: Pools;
  readonly userAgent: string;
  readonly host: string;
  readonly metrics: RequestMetrics | undefined;
  readonly signals: readonly AbortSignal[];
}

/** What a request may still try. */
interface Budget {
  credentials: number;
  reconnects: number;
  waits: number;
}

class HttpTransport implements Transport {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async request<T>(request: ApiRequest): Promise<T> {
    const scope = this.#scope(request.signal, request.deadlineMs ?? DEADLINE_MS);
    try {
      return await traced(
        () => requestSpan(request.method, request.path),
        () => this.#persist<T>(request, scope),
      );
    } finally {
      scope.dispose();
    }
  }

  async *watch({ path, query, signal }: WatchRequest): AsyncIterable<readonly WatchEvent[]> {
    const scope = this.#scope(signal, undefined);
    try {
      const body = await this.#openWatch({ method: "GET", path, ...(query === undefined ? {} : { query }) }, scope);
      try {
        yield* readEvents(`WATCH ${path}`, body, scope.signal);
      } finally {
        body.destroy();
      }
    } finally {
      scope.dispose();
    }
  }

  withAbort(signal: AbortSignal): Transport {
    return new HttpTransport({ ...this.#parts, signals: [...this.#parts.signals, signal] });
  }

  close(): Promise<void> {
    return this.#parts.pools.close();
  }

  #scope(signal: AbortSignal | undefined, deadlineMs: number | undefined): RequestScope {
    const { clock, signals } = this.#parts;
    return openScope(clock, signal === undefined ? signals : [...signals, signal], deadlineMs);
  }

  async #persist<T>(request: ApiRequest, scope: RequestScope): Promise<T> {
    const budget: Budget = { credentials: 1, reconnects: request.method === "GET" ? 1 : 0, waits: MAX_WAITS };
    for (let refresh = false; ; ) {
      try {
        return await this.#once<T>(request, scope, refresh);
      } catch (error) {
        const waitMs = nextTryMs(error, budget);
        if (waitMs === undefined || scope.signal.aborted || waitMs >= scope.remainingMs()) throw error;
        refresh = error instanceof ApiError && error.status === 401;
        this.#countRetry(request, error);
        if (waitMs > 0) await sleep(this.#parts.clock, waitMs, scope.signal);
      }
    }
  }

  async #once<T>(request: ApiRequest, scope: RequestScope, refresh: boolean): Promise<T> {
    const { clock, metrics, host } = this.#parts;
    const pool = request.pool ?? (request.method === "GET" ? "read" : "write");
    const startedMs = clock.monotonicMs();
    try {
      const response = await this.#send(request, pool, scope, refresh);
      if (response.statusCode < 200 || response.statusCode > 299) throw await this.#refusal(request, response, scope);
      return parseAnswer<T>(`${request.method} ${request.path}`, await this.#text(request, response, scope));
    } finally {
      metrics?.seconds.observe({ verb: request.method, host }, (clock.monotonicMs() - startedMs) / 1_000);
    }
  }

  #countRetry({ method: verb }: ApiRequest, error: unknown): void {
    const { metrics, host } = this.#parts;
    const code = error instanceof ApiError && error.status !== 0 ? String(error.status) : "<error>";
    metrics?.retries.inc({ code, verb, host });
  }

  async #openWatch(request: ApiRequest, scope: RequestScope): Promise<Dispatcher.ResponseData["body"]> {
    let response = await this.#send(request, "watch", scope, false);
    if (response.statusCode === 401) {
      await response.body.dump();
      response = await this.#send(request, "watch", scope, true);
    }
    if (response.statusCode !== 200) throw await this.#refusal(request, response, scope);
    return response.body;
  }

  async #send(
    request: ApiRequest,
    pool: PoolName,
    scope: RequestScope,
    refresh: boolean,
  ): Promise<Dispatcher.ResponseData> {
    const { connection, origin, prefix, pools, metrics, host } = this.#parts;
    const { method } = request;
    try {
      scope.signal.throwIfAborted();
      const headers = this.#headers(request, await connection.authorization(refresh));
      const { mayBeSent } = request;
      const agent = pools.get(pool);
      const dispatcher =
        mayBeSent === undefined ? agent : agent.compose(guardedBy(mayBeSent, () => refusedWrite(request)));
      const response = await dispatcher.request({
        origin,
        path: prefix + withQuery(request.path, request.query),
        method,
        headers,
        body: request.body === undefined ? null : JSON.stringify(request.body),
        signal: scope.signal,
      });
      metrics?.total.inc({ code: String(response.statusCode), method, host });
      currentSpan().set({ "http.response.status_code": response.statusCode });
      return response;
    } catch (error) {
      metrics?.total.inc({ code: "<error>", method, host });
      throw error instanceof FencedError ? error : failureOf(request, scope, "Unreachable", error);
    }
  }

  #headers(request: ApiRequest, authorization: string | undefined): Record<string, string> {
    const headers: Record<string, string> = {
      accept: request.accept ?? "application/json",
      "user-agent": this.#parts.userAgent,
    };
    const { traceparent } = currentSpan();
    if (traceparent !== undefined) headers.traceparent = traceparent;
    if (authorization !== undefined) headers.authorization = authorization;
    if (request.body !== undefined) headers["content-type"] = request.contentType ?? "application/json";
    return headers;
  }

  async #text(request: ApiRequest, response: Dispatcher.ResponseData, scope: RequestScope): Promise<string> {
    try {
      return await response.body.text();
    } catch (error) {
      throw failureOf(request, scope, "Broken", error);
    }
  }

  async #refusal(request: ApiRequest, response: Dispatcher.ResponseData, scope: RequestScope): Promise<ApiError> {
    const status = response.statusCode;
    const retryAfterMs = parseRetryAfter(response.headers["retry-after"], this.#parts.clock.now());
    const text = await this.#text(request, response, scope);
    return errorOfStatus(`${request.method} ${request.path}`, jsonOf(text), { status, retryAfterMs });
  }
}

/** How long to wait before another try; undefined when there must be none. Takes from `budget`. */
function nextTryMs(error: unknown, budget: Budget): number | undefined {
  if (!(error instanceof ApiError)) return undefined;
  const { status, retryAfterMs } = error;
  if (status === 401) return budget.credentials-- > 0 ? 0 : undefined;
  if (status === 0) return budget.reconnects-- > 0 ? 0 : undefined;
  const isBusy = status === 429 || status === 503;
  if (!isBusy || retryAfterMs === undefined) return undefined;
  return budget.waits-- > 0 ? Math.max(MIN_WAIT_MS, retryAfterMs) : undefined;
}

function failureOf(
  { method, path }: ApiRequest,
  scope: RequestScope,
  reason: "Unreachable" | "Broken",
  cause: unknown,
): ApiError {
  const subject = `${method} ${path}`;
  if (scope.timedOut()) return noAnswer(subject, "Timeout", "no answer before the deadline");
  if (scope.signal.aborted) return noAnswer(subject, "Aborted", "given up by the caller");
  return noAnswer(subject, reason, cause instanceof Error ? cause.message : "the connection failed", cause);
}
