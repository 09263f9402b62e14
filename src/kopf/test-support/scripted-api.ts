/** A transport whose every answer a test gives by hand: for orders of events that a real server shows once in a thousand runs. */
import { ApiError } from "../api-error.ts";
import type { KubeObject } from "../object.ts";
import { settle } from "../testing.ts";
import type { ApiRequest, Transport, WatchEvent, WatchRequest } from "../transport-types.ts";

export interface ListCall {
  readonly request: ApiRequest;
  /** Answers with a page; with `next` there is another one. */
  answer(resourceVersion: string, items: readonly KubeObject[], next?: string): Promise<void>;
  /** Answers with one object. */
  send(object: KubeObject): Promise<void>;
  fail(error: Error): Promise<void>;
}

export interface WatchCall {
  readonly request: WatchRequest;
  send(...events: readonly WatchEvent[]): Promise<void>;
  close(): Promise<void>;
  fail(error: Error): Promise<void>;
}

export class ScriptedApi {
  readonly lists: ListCall[] = [];
  readonly watches: WatchCall[] = [];
  readonly transport: Transport = {
    request: <T>(request: ApiRequest) => this.#request<T>(request),
    watch: (request) => this.#watch(request),
    withAbort: () => this.transport,
    close: () => Promise.resolve(),
  };

  /** The latest list asked for. */
  get list(): ListCall {
    return last(this.lists, "list");
  }

  /** The latest watch opened. */
  get watch(): WatchCall {
    return last(this.watches, "watch");
  }

  #request<T>(request: ApiRequest): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const aborted = new ApiError("given up by the caller", { status: 0, reason: "Aborted" });
    request.signal?.addEventListener("abort", () => reject(aborted), { once: true });
    this.lists.push({
      request,
      answer: (resourceVersion, items, next) => {
        resolve({ metadata: { resourceVersion, continue: next ?? "" }, items });
        return settle();
      },
      send: (object) => {
        resolve(object);
        return settle();
      },
      fail: (error) => {
        reject(error);
        return settle();
      },
    });
    // The test answers with the page that the caller asked for.
    return promise as Promise<T>;
  }

  #watch(request: WatchRequest): AsyncIterable<readonly WatchEvent[]> {
    const channel = new Channel(request.signal);
    this.watches.push({
      request,
      send: (...events) => channel.put({ events }),
      close: () => channel.put({ end: true }),
      fail: (error) => channel.put({ error }),
    });
    return channel.read();
  }
}

type Message = { readonly events: readonly WatchEvent[] } | { readonly end: true } | { readonly error: Error };

class Channel {
  readonly #signal: AbortSignal;
  readonly #messages: Message[] = [];
  #wake: () => void = () => {};

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#wake(), { once: true });
  }

  put(message: Message): Promise<void> {
    this.#messages.push(message);
    this.#wake();
    return settle();
  }

  async *read(): AsyncIterable<readonly WatchEvent[]> {
    while (!this.#signal.aborted) {
      const message = this.#messages.shift();
      if (message === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      } else if ("error" in message) throw message.error;
      else if ("end" in message) return;
      else yield message.events;
    }
  }
}

function last<T>(calls: readonly T[], what: string): T {
  const call = calls.at(-1);
  if (call === undefined) throw new Error(`no ${what} was asked for`);
  return call;
}
