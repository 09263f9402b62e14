/** A transport that refuses writes unless this process may write at that moment. */
import { AsyncLocalStorage } from "node:async_hooks";
import { currentShardTerm } from "./shard-term.ts";
import type { ApiRequest, Transport } from "./transport-types.ts";

/** A write was refused before it was sent, because this replica does not lead. */
export class FencedError extends Error {
  override readonly name = "FencedError";
}

export const refusedWrite = ({ method, path }: ApiRequest): FencedError =>
  new FencedError(`${method} ${path}: not sent, since this replica does not lead`);

/**
 * Checks `mayWrite` before every request but GETs and dry runs, and again just before it is sent, so that a process that was
 * paused past its deadline sends nothing. Refused writes never reach the server.
 */
export function fenceWrites(transport: Transport, mayWrite: () => boolean): Transport {
  return {
    request: async (request) => {
      if (isHarmless(request)) return transport.request(request);
      if (!mayWrite()) throw refusedWrite(request);
      // It is sent in the async context that frees a connection, not in this one.
      const asCaller = AsyncLocalStorage.snapshot();
      return transport.request({ ...request, mayBeSent: () => asCaller(mayWrite) });
    },
    watch: (request) => transport.watch(request),
    withAbort: (signal) => fenceWrites(transport.withAbort(signal), mayWrite),
    close: () => transport.close(),
  };
}

/** Ends requests of a handler with its shard term, even when the handler passes no signal. */
export function boundByShardTerm(transport: Transport): Transport {
  const bound = (): Transport => {
    const term = currentShardTerm();
    return term === undefined ? transport : transport.withAbort(term.signal);
  };
  return {
    request: (request) => bound().request(request),
    watch: (request) => transport.watch(request),
    withAbort: (signal) => boundByShardTerm(transport.withAbort(signal)),
    close: () => transport.close(),
  };
}

const isHarmless = ({ method, query }: ApiRequest): boolean => method === "GET" || query?.["dryRun"] !== undefined;
