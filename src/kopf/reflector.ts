/**
 * Keeps a sink equal to one collection of the API server: a paged list, then a watch from its version, for ever.
 * The loop has one owner and ends only with its signal; nothing of an ended stream is delivered.
 */
import { setImmediate as yieldToEventLoop } from "node:timers/promises";
import { errorOfStatus, isNotFound, noAnswer } from "./api-error.ts";
import { listPages } from "./client.ts";
import { type Clock, sleep } from "./clock.ts";
import { failureFields, type Logger } from "./log-fields.ts";
import type { KubeObject } from "./object.ts";
import { pathOf, type Resource } from "./resource.ts";
import { compareVersions } from "./resource-version.ts";
import { ResumePolicy, type StreamHistory } from "./resume-policy.ts";
import type { Transport, WatchEvent, WatchRequest } from "./transport.ts";
import { WatchStream } from "./watch-stream.ts";

export interface ReplaceOptions {
  /** The server went back in time (etcd restored from a backup): the list is right, whatever versions are held. */
  readonly restored?: boolean;
}

/** One list on its way into a sink. */
export interface ReplaceSession {
  add(object: KubeObject): void;
  /** The list was complete: what was not added is gone. Until then nothing is. */
  commit(resourceVersion: string): void;
  /** Always called last, after a failure too. */
  end(): void;
}

export interface ReflectorSink {
  replace(options?: ReplaceOptions): ReplaceSession;
  /** ADDED, MODIFIED or DELETED, in the server's order. */
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
  readonly random?: (() => number) | undefined;
  /** Objects in one page of a list. 500 unless set. */
  readonly pageSize?: number | undefined;
  /** A watch that brings no byte for so long is dead: the server sends a bookmark every minute. 70 s unless set. */
  readonly idleMs?: number | undefined;
  /** The server ends a watch after a random time between the two, so that watches spread over its replicas. */
  readonly watchTimeoutSeconds?: readonly [number, number] | undefined;
  /**
   * The kind may not be installed: a 404 is an empty collection, asked for again every 30 s; at once on `refresh`, and from then
   * on at growing intervals, since what announced the kind may be ahead of it.
   */
  readonly optional?: boolean | undefined;
  /** Told when the kind comes into view or goes, once the sink says so too. */
  readonly onServed?: ((served: boolean) => void) | undefined;
  /** Told of every list and watch that failed. */
  readonly onFailure?: (() => void) | undefined;
  /** Everything is listed again, beside the running watch, after so long and up to half as much more. 10 min unless set; 0 is never. */
  readonly relistMs?: number | undefined;
}

const IDLE_MS = 70_000;
const WATCH_SECONDS = [290, 590] as const;
const RELIST_MS = 600_000;
const RELIST_RETRY_MS = 30_000;
/** A refresh tells sooner when a kind is installed. */
const ABSENT_RETRY_MS = 30_000;
const REFRESHED_RETRY_MS = 500;

export class Reflector {
  readonly #options: ReflectorOptions;
  readonly #random: () => number;
  readonly #policy: ResumePolicy;
  readonly #synced = Promise.withResolvers<void>();
  /** Where the next watch begins; undefined asks for a list first. */
  #version: string | undefined;
  /** The latest version ever seen: a consistent list is never behind it. */
  #latest: string | undefined;
  #stream: WatchStream | undefined;
  #running = false;
  #served = false;
  #absentRetryMs = ABSENT_RETRY_MS;
  #awaken: () => void = () => {};

  constructor(options: ReflectorOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
    this.#policy = new ResumePolicy(this.#random);
  }

  /** Resolves when the first list is in the sink. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  /** True while a watch is open and the server was heard on it within twice the idle limit. */
  healthy(): boolean {
    return this.#stream !== undefined && this.#stream.silentMs() < 2 * (this.#options.idleMs ?? IDLE_MS);
  }

  /** Whether the API server serves the kind, as far as the last list told. */
  served(): boolean {
    return this.#served;
  }

  /** Looks at once whether an optional kind is served now, or no longer. */
  refresh(): void {
    if (this.#options.optional !== true) return;
    if (this.#served) this.#version = undefined;
    this.#absentRetryMs = REFRESHED_RETRY_MS;
    this.#stream?.drop();
    this.#awaken();
  }

  /** Resolves only after `signal` aborts. A second call while one runs throws: two loops would deliver everything twice. */
  async run(signal: AbortSignal): Promise<void> {
    if (this.#running) throw new Error(`the reflector of ${this.#options.resource.plural} runs already`);
    this.#running = true;
    try {
      await Promise.all([this.#follow(signal), this.#relistFromTimeToTime(signal)]);
    } finally {
      this.#running = false;
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      const stream = new WatchStream(clock, this.#options.idleMs ?? IDLE_MS);
      const stop = (): void => stream.drop();
      signal.addEventListener("abort", stop, { once: true });
      try {
        if (this.#version === undefined) await this.#list(signal);
        if (!signal.aborted) await this.#watch(stream);
      } catch (error) {
        stream.end();
        await this.#recover(error, stream.history(), signal);
      } finally {
        stream.end();
        signal.removeEventListener("abort", stop);
      }
    }
  }

  async #recover(error: unknown, history: StreamHistory, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    if (this.#options.optional === true && isNotFound(error)) return this.#waitUntilServed(signal);
    const { clock, logger, resource } = this.#options;
    const { delayMs, relist } = this.#policy.onFailure(error, history);
    if (relist) this.#version = undefined;
    this.#options.onFailure?.();
    logger.warn(
      { resource: resource.plural, relist, delayMs: Math.round(delayMs), ...failureFields(logger, error) },
      "watch failed",
    );
    await sleep(clock, delayMs, signal);
  }

  /** With a kind its objects are gone: the sink is emptied, and counts as in sync. */
  async #waitUntilServed(signal: AbortSignal): Promise<void> {
    const { clock, sink } = this.#options;
    const wasServed = this.#served;
    this.#served = false;
    this.#version = undefined;
    this.#latest = undefined;
    const session = sink.replace({ restored: true });
    session.commit("0");
    session.end();
    this.#synced.resolve();
    if (wasServed) this.#options.onServed?.(false);
    const awake = new AbortController();
    this.#awaken = () => awake.abort();
    const delayMs = this.#absentRetryMs;
    this.#absentRetryMs = Math.min(2 * delayMs, ABSENT_RETRY_MS);
    await sleep(clock, delayMs, AbortSignal.any([signal, awake.signal]));
  }

  async #relistFromTimeToTime(signal: AbortSignal): Promise<void> {
    const { clock, logger, resource, relistMs = RELIST_MS } = this.#options;
    if (relistMs === 0) return;
    let failed = false;
    while (!signal.aborted) {
      await sleep(clock, failed ? RELIST_RETRY_MS : relistMs * (1 + this.#random() / 2), signal);
      if (signal.aborted || this.#version === undefined) continue;
      try {
        await this.#list(signal);
        failed = false;
      } catch (error) {
        failed = true;
        if (!signal.aborted)
          logger.warn({ resource: resource.plural, ...failureFields(logger, error) }, "relist failed");
      }
    }
  }

  /** Brings the sink up to a snapshot. A watch that is running goes on, and may be ahead of it. */
  async #list(signal: AbortSignal): Promise<void> {
    const { transport, resource, namespace, labelSelector, fieldSelector, sink, pageSize } = this.#options;
    const before = this.#latest;
    let session: ReplaceSession | undefined;
    let version: string | undefined;
    try {
      const pages = listPages(transport, resource, {
        signal,
        ...(namespace === undefined ? {} : { namespace }),
        ...(labelSelector === undefined ? {} : { labelSelector }),
        ...(fieldSelector === undefined ? {} : { fieldSelector }),
        ...(pageSize === undefined ? {} : { limit: pageSize }),
      });
      for await (const page of pages) {
        session ??= sink.replace({ restored: this.#wentBack(before, page.resourceVersion) });
        version = page.resourceVersion;
        for (const item of page.items) session.add(item);
        await yieldToEventLoop();
        if (signal.aborted) return;
      }
      if (session !== undefined && version !== undefined) this.#commit(session, version, before);
    } finally {
      session?.end();
    }
  }

  #commit(session: ReplaceSession, version: string, before: string | undefined): void {
    const wasServed = this.#served;
    this.#served = true;
    session.commit(version);
    if (!wasServed) this.#options.onServed?.(true);
    const restored = this.#wentBack(before, version);
    if (restored) this.#stream?.drop();
    if (restored || this.#version === undefined) this.#version = version;
    if (restored || this.#latest === undefined || compareVersions(version, this.#latest) > 0) this.#latest = version;
    this.#synced.resolve();
  }

  #wentBack(before: string | undefined, listed: string): boolean {
    return before !== undefined && compareVersions(listed, before) < 0;
  }

  /** Returns after a clean close: the next watch follows at once. */
  async #watch(stream: WatchStream): Promise<void> {
    const request = this.#watchRequest(stream);
    this.#stream = stream;
    stream.open();
    try {
      for await (const events of this.#options.transport.watch(request)) {
        stream.heard();
        this.#takeAll(events, stream);
      }
    } catch (error) {
      if (!stream.signal.aborted) throw error;
    } finally {
      this.#stream = undefined;
    }
    if (stream.isIdle) throw noAnswer(`WATCH ${request.path}`, "Idle", "nothing came, not even a bookmark");
    if (stream.isFruitless) throw noAnswer(`WATCH ${request.path}`, "Broken", "the stream ended as soon as it began");
  }

  #watchRequest({ signal }: WatchStream): WatchRequest {
    const { resource, namespace, labelSelector, fieldSelector } = this.#options;
    const [least, most] = this.#options.watchTimeoutSeconds ?? WATCH_SECONDS;
    const timeoutSeconds = Math.floor(least + this.#random() * (most - least));
    const from = { watch: true, allowWatchBookmarks: true, resourceVersion: this.#version, timeoutSeconds };
    return { path: pathOf(resource, { namespace }), query: { ...from, labelSelector, fieldSelector }, signal };
  }

  #takeAll(events: readonly WatchEvent[], stream: WatchStream): void {
    for (const event of events) {
      if (stream.signal.aborted) return;
      this.#take(event, stream);
    }
  }

  #take(event: WatchEvent, stream: WatchStream): void {
    if (event.type === "ERROR")
      throw errorOfStatus(`WATCH ${this.#options.resource.plural}`, event.object, { status: 500 });
    if (event.type !== "BOOKMARK") this.#options.sink.apply(event);
    const version = event.object.metadata.resourceVersion;
    if (version === undefined) return;
    // Moved only once the sink has the event: no failure in between loses it.
    this.#version = version;
    this.#latest = version;
    stream.progressed();
  }
}
