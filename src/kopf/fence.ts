/** A client's transport that lets no write pass unless this process may write at that very moment. */
import { AsyncLocalStorage } from "node:async_hooks";
import { currentTenure } from "./tenure.ts";
import type { ApiRequest, Transport } from "./transport.ts";

export class FencedError extends Error {
  override readonly name = "FencedError";
}

export const refusedWrite = ({ method, path }: ApiRequest): FencedError =>
  new FencedError(`${method} ${path}: not sent, since this replica does not lead`);

/**
 * `mayWrite` is asked before every request that is not a GET, and again when it is about to go out, so that a deadline counts even when the
 * process stood still and no timer has fired yet. A dry run stores nothing and passes. What is refused never reaches the server.
 */
export function fenceWrites(transport: Transport, mayWrite: () => boolean): Transport {
  return {
    request: async (request) => {
      if (isHarmless(request)) return transport.request(request);
      if (!mayWrite()) throw refusedWrite(request);
      // It goes out in whatever context a connection becomes free.
      const asCaller = AsyncLocalStorage.snapshot();
      return transport.request({ ...request, mayBeSent: () => asCaller(mayWrite) });
    },
    watch: (request) => transport.watch(request),
    withAbort: (signal) => fenceWrites(transport.withAbort(signal), mayWrite),
    close: () => transport.close(),
  };
}

/** Requests of a handler also end with the tenure of its shard, whether or not the handler passes a signal on. */
export function boundByTenure(transport: Transport): Transport {
  const bound = (): Transport => {
    const tenure = currentTenure();
    return tenure === undefined ? transport : transport.withAbort(tenure.signal);
  };
  return {
    request: (request) => bound().request(request),
    watch: (request) => transport.watch(request),
    withAbort: (signal) => boundByTenure(transport.withAbort(signal)),
    close: () => transport.close(),
  };
}

const isHarmless = ({ method, query }: ApiRequest): boolean => method === "GET" || query?.["dryRun"] !== undefined;
