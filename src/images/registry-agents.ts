/** The connections to registries: never through a proxy, and only to addresses that passed a check. */

import { type LookupAddress, lookup as systemLookup } from "node:dns";
import type { LookupFunction } from "node:net";
import { getCACertificates } from "node:tls";
import { followedFile } from "kopf-ts";
import { Agent } from "undici";
import { isForbiddenAddress, isLoopbackAddress, isLoopbackHost, literalAddress } from "./addresses.ts";

/** Resolves a name, as `dns.lookup` does with `all`. */
export type Resolve = (
  hostname: string,
  callback: (error: Error | null, addresses: readonly LookupAddress[]) => void,
) => void;

export interface Agents {
  /** Throws {@link ForbiddenAddressError} for a forbidden address; for a name with one, the request throws it. */
  agentFor(url: URL): Agent;
  close(): Promise<void>;
}

export interface AgentOptions {
  /** PEM of authorities to trust besides the system's; read again when it changes. */
  readonly caFile?: string | undefined;
  readonly resolve?: Resolve | undefined;
}

export class ForbiddenAddressError extends Error {
  override readonly name = "ForbiddenAddressError";
}

/** As many as the resolver's own limit for a registry. */
const CONNECTIONS = 4;
const CONNECT_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 15_000;
/** The size that registries must accept for a manifest (OCI distribution specification, pushing manifests). */
const MAX_RESPONSE_BYTES = 4 * 1_024 * 1_024;

const systemResolve: Resolve = (hostname, callback) => systemLookup(hostname, { all: true }, callback);

/**
 * One agent for this machine and one for all others. The name selects the agent; the agent checks the address as it connects,
 * so a name cannot change its meaning in between.
 */
export class RegistryAgents implements Agents {
  readonly #resolve: Resolve;
  readonly #readCa: () => string | undefined;
  #ca: string | undefined;
  #local: Agent | undefined;
  #remote: Agent | undefined;

  /** Throws if the file of authorities cannot be read. */
  constructor({ caFile, resolve = systemResolve }: AgentOptions = {}) {
    this.#resolve = resolve;
    this.#readCa = caFile === undefined ? () => undefined : followedFile(caFile);
    try {
      this.#ca = this.#readCa();
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? "unreadable";
      throw new Error(`cannot read the registry authorities ${caFile}: ${code}`);
    }
  }

  agentFor({ hostname }: URL): Agent {
    this.#refreshCa();
    if (isLoopbackHost(hostname)) {
      this.#local ??= this.#create(isLoopbackAddress);
      return this.#local;
    }
    const literal = literalAddress(hostname);
    if (literal !== undefined && isForbiddenAddress(literal)) throw new ForbiddenAddressError(hostname);
    this.#remote ??= this.#create((address) => !isForbiddenAddress(address));
    return this.#remote;
  }

  async close(): Promise<void> {
    await Promise.all([this.#local?.destroy(), this.#remote?.destroy()]);
  }

  /** Requests under way finish on the agent that they started on. */
  #refreshCa(): void {
    const ca = this.#readCa();
    if (ca === this.#ca) return;
    this.#ca = ca;
    for (const agent of [this.#local, this.#remote]) agent?.close().catch(() => {});
    this.#local = undefined;
    this.#remote = undefined;
  }

  #create(isAllowed: (address: string) => boolean): Agent {
    const trusted = this.#ca === undefined ? {} : { ca: [...getCACertificates("default"), this.#ca] };
    return new Agent({
      connections: CONNECTIONS,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      // Each request brings its own deadline.
      headersTimeout: 0,
      bodyTimeout: 0,
      maxResponseSize: MAX_RESPONSE_BYTES,
      connect: { ...trusted, timeout: CONNECT_TIMEOUT_MS, lookup: checkedLookup(this.#resolve, isAllowed) },
    });
  }
}

/** Rejects a name that has one forbidden address among its own: any of them may be connected to first. */
const checkedLookup =
  (resolve: Resolve, isAllowed: (address: string) => boolean): LookupFunction =>
  (hostname, options, callback) =>
    resolve(hostname, (error, found = []) => {
      const refusal = error ?? refusalOf(hostname, found, isAllowed);
      if (refusal !== undefined) callback(refusal, []);
      else if (options.all === true) callback(null, [...found]);
      else callback(null, found[0]?.address ?? "", found[0]?.family ?? 0);
    });

const refusalOf = (
  hostname: string,
  addresses: readonly { readonly address: string }[],
  isAllowed: (address: string) => boolean,
): Error | undefined => {
  if (addresses.length === 0) return new Error("no address");
  return addresses.every(({ address }) => isAllowed(address)) ? undefined : new ForbiddenAddressError(hostname);
};
