/** What a transport does: requests and watches over HTTP, without knowledge of kinds. */
import type { KubeObject } from "./object.ts";

export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
  /** What the answer is returned as: parsed JSON unless set, or its text, for logs of pods. */
  readonly as?: "json" | "text";
  /** `read` for GET and `write` for the rest, unless set. */
  readonly pool?: "read" | "write" | "lease";
  readonly signal?: AbortSignal;
  /** For the whole request, its retries included. 30 s unless set. */
  readonly deadlineMs?: number;
  /** Called before each attempt, after the connection is open and before anything is sent. False throws `FencedError`. */
  readonly mayBeSent?: () => boolean;
}

export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  readonly object: KubeObject;
}

export interface WatchRequest {
  readonly path: string;
  readonly query?: NonNullable<ApiRequest["query"]>;
  readonly accept?: string;
  readonly signal: AbortSignal;
}

export interface Transport {
  /**
   * Returns the parsed answer; the caller names its type. Any status but 2xx throws `ApiError`.
   * Retries, within the deadline: 429 and 503 with a Retry-After, a 401 once with new credentials, and a GET once after a
   * broken connection. Never resends a write that may have reached the server.
   */
  request<T>(request: ApiRequest): Promise<T>;
  /**
   * Yields events in batches, one per chunk, until the server closes the stream; none after `signal` aborts.
   * A stream that breaks, or ends inside a line, throws `ApiError`: half an event is never delivered.
   */
  watch(request: WatchRequest): AsyncIterable<readonly WatchEvent[]>;
  /** A transport on the same pools whose requests also end when `signal` aborts. */
  withAbort(signal: AbortSignal): Transport;
  /** Closes every connection, also of other transports on the same pools. */
  close(): Promise<void>;
}
