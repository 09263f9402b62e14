/** The ways in which a connection to an API server goes wrong, as data. */

/** Answered without asking the server. */
export interface StatusFault {
  readonly kind: "status";
  readonly status: number;
  readonly reason: string;
  readonly retryAfterSeconds?: number;
}

/** Breaks an answer that is on its way. */
export type StreamFault =
  /** The connection is reset after so many bytes more; at once unless set. */
  | { readonly kind: "cut"; readonly afterBytes?: number }
  /** The stream ends in good order, but in the middle of a line. */
  | { readonly kind: "half-line" }
  /** The connection stays and nothing comes any more, as when a firewall forgot it. */
  | { readonly kind: "silence" }
  /** An ERROR event, then a clean end: how the server itself ends a watch. */
  | { readonly kind: "error-event"; readonly status: number; readonly reason: string };

export type Fault =
  | StatusFault
  | StreamFault
  /** The server answers at once and the answer arrives late: what it says may be overtaken on another connection. */
  | { readonly kind: "delay"; readonly ms: number }
  /** The server does what was asked; its answer never arrives. */
  | { readonly kind: "lost-answer" };

/** Which requests are meant; what is left out matches all. */
export interface RequestMatch {
  readonly method?: string;
  /** Tested against the path without its query. */
  readonly path?: RegExp;
  readonly watch?: boolean;
}

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly watch: boolean;
}

export function seenRequest(method: string | undefined, url: string | undefined): SeenRequest {
  const { pathname, searchParams } = new URL(url ?? "/", "http://localhost");
  const watch = searchParams.get("watch");
  return { method: method ?? "GET", path: pathname, watch: watch === "true" || watch === "1" };
}

export function matches(seen: SeenRequest, { method, path, watch }: RequestMatch): boolean {
  if (method !== undefined && method !== seen.method) return false;
  if (watch !== undefined && watch !== seen.watch) return false;
  return path === undefined || path.test(seen.path);
}

export const isStreamFault = (fault: Fault): fault is StreamFault =>
  fault.kind === "cut" || fault.kind === "half-line" || fault.kind === "silence" || fault.kind === "error-event";

/** A `metav1.Status` as the API server words it. */
export function statusBody({ status, reason }: { readonly status: number; readonly reason: string }): string {
  return JSON.stringify({
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: `injected ${reason}`,
    reason,
    code: status,
  });
}
