/** HTTP to one API server: connection pools, credentials, deadlines, Retry-After, raw JSON. */
import type { Registry } from "prom-client";
import type { Dispatcher } from "undici";
import { ApiError, errorOfStatus, noAnswer, parseRetryAfter } from "./api-error.ts";
import { type Clock, sleep, systemClock } from "./clock.ts";
import type { Connection } from "./connection-types.ts";
import { defined } from "./defined.ts";
import { FencedError, refusedWrite } from "./fence.ts";
import { guardedBy } from "./guarded-dispatch.ts";
import { type PoolName, type PoolSizes, Pools } from "./pools.ts";
import { currentSpan, traced } from "./reconcile-run.ts";
import { type RequestMetrics, requestMetrics } from "./request-metrics.ts";
import { openScope, type RequestScope } from "./request-scope.ts";
import { requestSpan } from "./request-span.ts";
import type { ApiRequest, Transport, WatchEvent, WatchRequest } from "./transport-types.ts";
import { jsonOf, parseAnswer, readEvents, withQuery } from "./wire.ts";

export interface TransportOptions {
  readonly userAgent?: string;
  readonly registry?: Registry;
  readonly clock?: Clock;
  readonly poolSizes?: PoolSizes;
}

const DEADLINE_MS = 30_000;
/** As client-go. */
const MAX_WAITS = 10;
/** Keeps `Retry-After: 0` from becoming a tight loop. */
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
  /** The path prefix of a server that serves many clusters; mostly empty. */
  readonly prefix: string;
  readonly clock: Clock;
  readonly pools: Pools;
  readonly userAgent: string;
  readonly host: string;
  readonly metrics: RequestMetrics | undefined;
  readonly signals: readonly AbortSignal[];
}

/** The attempts a request has left. */
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

  async *watch({ path, query, accept, signal }: WatchRequest): AsyncIterable<readonly WatchEvent[]> {
    const scope = this.#scope(signal, undefined);
    try {
      const body = await this.#openWatch({ method: "GET", path, ...defined({ query, accept }) }, scope);
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
        await this.#waitToRetry(request, scope, budget, error);
        refresh = error instanceof ApiError && error.status === 401;
      }
    }
  }

  /** Rethrows `error` when there is nothing left to try. */
  async #waitToRetry({ method: verb }: ApiRequest, scope: RequestScope, budget: Budget, error: unknown): Promise<void> {
    const { metrics, host, clock } = this.#parts;
    const waitMs = nextTryMs(error, budget);
    if (waitMs === undefined || scope.signal.aborted || waitMs >= scope.remainingMs()) throw error;
    const code = error instanceof ApiError && error.status !== 0 ? String(error.status) : "<error>";
    metrics?.retries.inc({ code, verb, host });
    if (waitMs > 0) await sleep(clock, waitMs, scope.signal);
  }

  async #once<T>(request: ApiRequest, scope: RequestScope, refresh: boolean): Promise<T> {
    const { clock, metrics, host } = this.#parts;
    const pool = request.pool ?? (request.method === "GET" ? "read" : "write");
    const startedMs = clock.monotonicMs();
    try {
      const response = await this.#send(request, pool, scope, refresh);
      if (response.statusCode < 200 || response.statusCode > 299) throw await this.#refusal(request, response, scope);
      const text = await this.#text(request, response, scope);
      return request.as === "text" ? (text as T) : parseAnswer<T>(`${request.method} ${request.path}`, text);
    } finally {
      metrics?.seconds.observe({ verb: request.method, host }, (clock.monotonicMs() - startedMs) / 1_000);
    }
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
    const { impersonatedUser } = this.#parts.connection;
    if (impersonatedUser !== undefined) headers["impersonate-user"] = impersonatedUser;
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

const spend = (budget: Budget, what: keyof Budget): boolean => budget[what]-- > 0;

/** The wait before the next attempt; undefined when there must be none. Spends `budget`. */
function nextTryMs(error: unknown, budget: Budget): number | undefined {
  if (!(error instanceof ApiError)) return undefined;
  const { status, retryAfterMs } = error;
  if (status === 401) return spend(budget, "credentials") ? 0 : undefined;
  if (status === 0) return spend(budget, "reconnects") ? 0 : undefined;
  const isBusy = status === 429 || status === 503;
  if (!isBusy || retryAfterMs === undefined || !spend(budget, "waits")) return undefined;
  return Math.max(MIN_WAIT_MS, retryAfterMs);
}

function failureOf(
  { method, path }: ApiRequest,
  scope: RequestScope,
  reason: "Unreachable" | "Broken",
  cause: unknown,
): ApiError {
  const subject = `${method} ${path}`;
  if (scope.timedOut()) return noAnswer(subject, "Timeout", "no answer before the deadline");
  if (scope.signal.aborted) return noAnswer(subject, "Aborted", "aborted by the caller");
  return noAnswer(subject, reason, cause instanceof Error ? cause.message : "the connection failed", cause);
}
