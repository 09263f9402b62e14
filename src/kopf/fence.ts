/** A client's transport that lets no write pass unless this process may write at that very moment. */
import { currentTenure } from "./tenure.ts";
import type { ApiRequest, Transport } from "./transport.ts";

export class FencedError extends Error {
  override readonly name = "FencedError";
}

/**
 * `mayWrite` is asked before every request that is not a GET, so that a deadline counts even when the event loop stood still
 * and no timer has fired yet. A dry run stores nothing and passes. What is refused never reaches the server.
 */
export function fenceWrites(transport: Transport, mayWrite: () => boolean): Transport {
  return {
    request: async (request) => {
      if (!isHarmless(request) && !mayWrite())
        throw new FencedError(`${request.method} ${request.path}: not sent, since this replica does not lead`);
      return transport.request(request);
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
