/**
 * Keeps a sink equal to one collection of the API server: paged list, then watch from its version, for ever.
 * Back-off, deadlines and the idle limit follow client-go's reflector; the loop has one owner and never ends before `signal`.
 */
import type { Logger } from "pino";
import { ApiError, isGone } from "./api-error.ts";
import { exponentialMs } from "./backoff.ts";
import type { ListPage } from "./client.ts";
import { type Clock, sleep } from "./clock.ts";
import type { KubeObject } from "./object.ts";
import { apiVersionOf, pathOf, type Resource } from "./resource.ts";
import type { Transport, WatchEvent } from "./transport.ts";

export interface ReplaceSession {
  add(object: KubeObject): void;
  /** What was not added since {@link ReflectorSink.replace} is gone. Until then the old state serves. */
  commit(resourceVersion: string): void;
}

export interface ReflectorSink {
  replace(): ReplaceSession;
  apply(event: WatchEvent): void;
}

export interface ReflectorOptions {
  readonly transport: Transport;
  readonly resource: Resource;
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  readonly sink: ReflectorSink;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random?: () => number;
  readonly pageSize?: number;
  /** A watch that brings no byte for so long is dead: the server sends a bookmark every minute. */
  readonly idleMs?: number;
  /** Everything is listed again, and judged again, after so long; jittered by half as much again. */
  readonly relistMs?: number;
}

const WATCH_SECONDS = { min: 290, spread: 300 };
const BACKOFF = { baseMs: 100, maxMs: 30_000, resetAfterMs: 120_000 };
/** So many errors in a row without an event, and the version itself is doubted. */
const ERRORS_BEFORE_RELIST = 3;

export class Reflector {
  readonly #options: ReflectorOptions;
  readonly #random: () => number;
  #version: string | undefined;
  #relistAtMs = 0;
  #failures = 0;
  #lastFailureMs = 0;

  constructor(options: ReflectorOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger, resource } = this.#options;
    while (!signal.aborted) {
      try {
        if (this.#version === undefined || clock.monotonicMs() >= this.#relistAtMs) await this.#list(signal);
        await this.#watch(signal);
      } catch (error) {
        if (signal.aborted) return;
        const delayMs = this.#onFailure(error);
        logger.warn({ resource: resource.plural, delayMs, error: describe(error) }, "watch interrupted");
        await sleep(clock, delayMs, signal);
      }
    }
  }

  #onFailure(error: unknown): number {
    const now = this.#options.clock.monotonicMs();
    if (now - this.#lastFailureMs > BACKOFF.resetAfterMs) this.#failures = 0;
    this.#lastFailureMs = now;
    this.#failures += 1;
    if (isGone(error)) {
      this.#version = undefined;
      if (this.#failures === 1) return 0;
    } else if (this.#failures % ERRORS_BEFORE_RELIST === 0) {
      this.#version = undefined;
    }
    const bound = exponentialMs(this.#failures, BACKOFF.baseMs, BACKOFF.maxMs);
    const jittered = bound / 2 + (this.#random() * bound) / 2;
    return error instanceof ApiError && error.retryAfterMs !== undefined ? Math.max(error.retryAfterMs, jittered) : jittered;
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { transport, resource, namespace, labelSelector, fieldSelector, sink, clock, pageSize = 500, relistMs = 600_000 } = this.#options;
    const session = sink.replace();
    let next: string | undefined;
    let version: string;
    do {
      const page: ListPage<KubeObject> = await transport.request<ListPage<KubeObject>>({
        method: "GET",
        path: pathOf(resource, { namespace }),
        query: { limit: pageSize, continue: next, labelSelector, fieldSelector },
        signal,
      });
      // Items of a list do not say what they are.
      for (const item of page.items ?? []) session.add({ ...item, apiVersion: apiVersionOf(resource), kind: resource.kind });
      version = page.metadata.resourceVersion;
      next = page.metadata.continue === "" ? undefined : page.metadata.continue;
      await new Promise((resolve) => setImmediate(resolve));
    } while (next !== undefined && !signal.aborted);
    if (signal.aborted) return;
    session.commit(version);
    this.#version = version;
    this.#relistAtMs = clock.monotonicMs() + relistMs * (1 + this.#random() / 2);
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { transport, resource, namespace, labelSelector, fieldSelector, clock, idleMs = 70_000 } = this.#options;
    const stream = new AbortController();
    const stop = (): void => stream.abort();
    signal.addEventListener("abort", stop, { once: true });
    let idle = false;
    const onIdle = (): void => {
      idle = true;
      stream.abort();
    };
    let cancelIdle = clock.after(idleMs, onIdle);
    try {
      const timeoutSeconds = Math.floor(WATCH_SECONDS.min + this.#random() * WATCH_SECONDS.spread);
      const untilRelistMs = Math.max(1_000, this.#relistAtMs - clock.monotonicMs());
      const cancelRelist = clock.after(untilRelistMs, stop);
      try {
        const query = { watch: true, allowWatchBookmarks: true, resourceVersion: this.#version, timeoutSeconds, labelSelector, fieldSelector };
        for await (const events of transport.watch({ path: pathOf(resource, { namespace }), query, signal: stream.signal })) {
          cancelIdle();
          cancelIdle = clock.after(idleMs, onIdle);
          for (const event of events) this.#take(event);
        }
      } finally {
        cancelRelist();
      }
    } finally {
      cancelIdle();
      signal.removeEventListener("abort", stop);
      stream.abort();
    }
    if (idle) throw new ApiError(`watch ${resource.plural}: silent for ${idleMs} ms`, { status: 0, reason: "Idle" });
  }

  #take(event: WatchEvent): void {
    if (event.type === "ERROR") {
      const status = event.object as unknown as { readonly code?: number; readonly reason?: string; readonly message?: string };
      throw new ApiError(`watch ${this.#options.resource.plural}: ${status.reason ?? "Error"}: ${status.message ?? ""}`, {
        status: status.code ?? 500,
        reason: status.reason,
      });
    }
    const version = event.object.metadata.resourceVersion;
    if (event.type !== "BOOKMARK") this.#options.sink.apply(event);
    // Moved only after the sink took the event: an event is lost by no failure in between.
    if (version !== undefined) this.#version = version;
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
