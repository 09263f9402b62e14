/**
 * Keeps a sink in sync with one collection: a paged list, then a watch from its version, and so on until its signal aborts.
 * Delivers nothing of a stream that has ended.
 */
import { setImmediate as yieldToEventLoop } from "node:timers/promises";
import { errorOfStatus, isNotFound, noAnswer } from "./api-error.ts";
import { listPages } from "./client.ts";
import { type Clock, sleep } from "./clock.ts";
import { defined } from "./defined.ts";
import { METADATA_ONLY } from "./full-reads.ts";
import { failureFields, type Logger } from "./log-fields.ts";
import type { KubeObject } from "./object.ts";
import { pathOf, type Resource } from "./resource.ts";
import { compareVersions } from "./resource-version.ts";
import { ResumePolicy, type StreamHistory } from "./resume-policy.ts";
import type { Transport, WatchEvent, WatchRequest } from "./transport-types.ts";
import { WatchStream } from "./watch-stream.ts";

export interface ReplaceOptions {
  /** etcd was restored from a backup: the list is right, even where its versions are older. */
  readonly restored?: boolean;
}

/** One list being delivered to a sink. */
export interface ReplaceSession {
  add(object: KubeObject): void;
  /** The list is complete: objects that were not added are gone. */
  commit(resourceVersion: string): void;
  /** Called last, also after a failure. */
  end(): void;
}

export interface ReflectorSink {
  replace(options?: ReplaceOptions): ReplaceSession;
  /** Takes ADDED, MODIFIED and DELETED in the server's order. */
  apply(event: WatchEvent): void;
}

export interface ReflectorOptions {
  readonly transport: Transport;
  readonly resource: Resource;
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Asks for the metadata of objects alone. The sink gets them as `PartialObjectMetadata`. */
  readonly metadataOnly?: boolean | undefined;
  readonly sink: ReflectorSink;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random?: (() => number) | undefined;
  /** Objects per page of a list. 500 unless set. */
  readonly pageSize?: number | undefined;
  /** A watch without a byte for this long is dead: the server sends a bookmark every minute. 70 s unless set. */
  readonly idleMs?: number | undefined;
  /** The server ends a watch after a random time in this range, so that watches spread over its replicas. */
  readonly watchTimeoutSeconds?: readonly [number, number] | undefined;
  /**
   * The kind may not be installed: a 404 is an empty collection, retried every 30 s. After `refresh`, retried at once and then
   * at growing intervals, since the announcement of a kind may come before the kind.
   */
  readonly optional?: boolean | undefined;
  /** Called when the kind appears or disappears, after the sink was updated. */
  readonly onServed?: ((served: boolean) => void) | undefined;
  /** Called on every failed list and watch. */
  readonly onFailure?: (() => void) | undefined;
  /** Lists everything again beside the running watch, after 1 to 1.5 times this. 10 min unless set; 0 is never. */
  readonly relistMs?: number | undefined;
}

const IDLE_MS = 70_000;
const WATCH_SECONDS = [290, 590] as const;
const RELIST_MS = 600_000;
const RELIST_RETRY_MS = 30_000;
const ABSENT_RETRY_MS = 30_000;
const REFRESHED_RETRY_MS = 500;

export class Reflector {
  readonly #options: ReflectorOptions;
  readonly #random: () => number;
  readonly #policy: ResumePolicy;
  readonly #synced = Promise.withResolvers<void>();
  /** Where the next watch starts; undefined means list first. */
  #version: string | undefined;
  /** The latest version seen. A consistent list is never older. */
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

  /** Whether the API server served the kind at the last list. */
  served(): boolean {
    return this.#served;
  }

  /** Checks at once whether an optional kind is served. */
  refresh(): void {
    if (this.#options.optional !== true) return;
    if (this.#served) this.#version = undefined;
    this.#absentRetryMs = REFRESHED_RETRY_MS;
    this.#stream?.drop();
    this.#awaken();
  }

  /** Runs until `signal` aborts. A second call meanwhile throws: two loops would deliver everything twice. */
  async run(signal: AbortSignal): Promise<void> {
    if (this.#running) throw new Error(`the reflector of ${this.#options.resource.plural} runs already`);
    this.#running = true;
    try {
      await Promise.all([this.#follow(signal), this.#relistPeriodically(signal)]);
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

  async #relistPeriodically(signal: AbortSignal): Promise<void> {
    const { clock, logger, resource, relistMs = RELIST_MS } = this.#options;
    if (relistMs === 0) return;
    const interval = (): number => relistMs * (1 + this.#random() / 2);
    for (let delayMs = interval(); ; ) {
      await sleep(clock, delayMs, signal);
      if (signal.aborted) return;
      delayMs = interval();
      if (this.#version === undefined) continue;
      await this.#list(signal).catch((error: unknown) => {
        delayMs = RELIST_RETRY_MS;
        if (!signal.aborted)
          logger.warn({ resource: resource.plural, ...failureFields(logger, error) }, "relist failed");
      });
    }
  }

  /** Brings the sink to a snapshot. A running watch goes on, and may be ahead of it. */
  async #list(signal: AbortSignal): Promise<void> {
    const { transport, resource, namespace, labelSelector, fieldSelector, sink, pageSize } = this.#options;
    const before = this.#latest;
    const accept = this.#options.metadataOnly === true ? METADATA_ONLY.list : undefined;
    const options = defined({ signal, namespace, labelSelector, fieldSelector, limit: pageSize, accept });
    let session: ReplaceSession | undefined;
    let version: string | undefined;
    try {
      for await (const page of listPages(transport, resource, options)) {
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

  /** Returns after a clean close; the next watch follows at once. */
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
    if (stream.isIdle) throw noAnswer(`WATCH ${request.path}`, "Idle", "no event and no bookmark arrived");
    if (stream.isFruitless) throw noAnswer(`WATCH ${request.path}`, "Broken", "the stream ended as soon as it began");
  }

  #watchRequest({ signal }: WatchStream): WatchRequest {
    const { resource, namespace, labelSelector, fieldSelector } = this.#options;
    const [least, most] = this.#options.watchTimeoutSeconds ?? WATCH_SECONDS;
    const timeoutSeconds = Math.floor(least + this.#random() * (most - least));
    const from = { watch: true, allowWatchBookmarks: true, resourceVersion: this.#version, timeoutSeconds };
    const accept = this.#options.metadataOnly === true ? METADATA_ONLY.watch : undefined;
    const query = { ...from, labelSelector, fieldSelector };
    return { path: pathOf(resource, { namespace }), query, signal, ...defined({ accept }) };
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
    // Only after the sink has the event, so that no failure loses it.
    this.#version = version;
    this.#latest = version;
    stream.progressed();
  }
}
