/** The connections to registries: never through a proxy, always to an address that was looked at. */
import { type LookupAddress, lookup as systemLookup } from "node:dns";
import type { LookupFunction } from "node:net";
import { getCACertificates } from "node:tls";
import { Agent } from "undici";
import { followedFile } from "../kopf/followed-file.ts";
import { isForbiddenAddress, isLoopbackAddress, isLoopbackHost, literalAddress } from "./addresses.ts";

/** Name to addresses, as `dns.lookup` with `all` does. */
export type Resolve = (
  hostname: string,
  callback: (error: Error | null, addresses: readonly LookupAddress[]) => void,
) => void;

/** Where connections come from. */
export interface Agents {
  /** Throws {@link ForbiddenAddressError} for a forbidden address; for a name that leads to one, the request does. */
  agentFor(url: URL): Agent;
  close(): Promise<void>;
}

export interface AgentOptions {
  /** PEM of the authorities that are trusted beside the system's; followed while it changes. */
  readonly caFile?: string | undefined;
  readonly resolve?: Resolve | undefined;
}

export class ForbiddenAddressError extends Error {
  override readonly name = "ForbiddenAddressError";
}

/** As many as a registry is asked at once; see the resolver's own bound. */
const CONNECTIONS = 4;
const CONNECT_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 15_000;
/** What registries accept as a manifest, and so what one may be (OCI distribution specification, pushing manifests). */
const MAX_ANSWER_BYTES = 4 * 1_024 * 1_024;

const systemResolve: Resolve = (hostname, callback) => systemLookup(hostname, { all: true }, callback);

/**
 * One agent for this machine and one for all others. The name decides which, and the address is judged when it is
 * connected to, so that a name cannot change its meaning in between.
 */
export class RegistryAgents implements Agents {
  readonly #resolve: Resolve;
  readonly #ca: (() => string) | undefined;
  #trusted: string | undefined;
  #local: Agent | undefined;
  #remote: Agent | undefined;

  /** Throws when the file of authorities cannot be read. */
  constructor({ caFile, resolve = systemResolve }: AgentOptions = {}) {
    this.#resolve = resolve;
    this.#ca = caFile === undefined ? undefined : followedFile(caFile);
    try {
      this.#trusted = this.#ca?.();
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? "unreadable";
      throw new Error(`the registry authorities ${caFile} cannot be read: ${code}`);
    }
  }

  agentFor({ hostname }: URL): Agent {
    this.#followAuthorities();
    if (isLoopbackHost(hostname)) {
      this.#local ??= this.#create((address) => isLoopbackAddress(address));
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

  /** Requests under way end on the agent they began on. */
  #followAuthorities(): void {
    const trusted = this.#ca?.();
    if (trusted === this.#trusted) return;
    this.#trusted = trusted;
    for (const agent of [this.#local, this.#remote]) agent?.close().catch(() => {});
    this.#local = undefined;
    this.#remote = undefined;
  }

  #create(isAllowed: (address: string) => boolean): Agent {
    const trusted = this.#trusted === undefined ? {} : { ca: [...getCACertificates("default"), this.#trusted] };
    return new Agent({
      connections: CONNECTIONS,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      // Every request brings a deadline of its own.
      headersTimeout: 0,
      bodyTimeout: 0,
      maxResponseSize: MAX_ANSWER_BYTES,
      connect: { ...trusted, timeout: CONNECT_TIMEOUT_MS, lookup: vetted(this.#resolve, isAllowed) },
    });
  }
}

/** One forbidden address among a name's condemns all: which is tried first is not ours to say. */
function vetted(resolve: Resolve, isAllowed: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error !== null || first === undefined) callback(error ?? new Error("no address"), []);
      else if (!addresses.every(({ address }) => isAllowed(address))) callback(new ForbiddenAddressError(hostname), []);
      else if (options.all === true) callback(null, [...addresses]);
      else callback(null, first.address, first.family);
    });
  };
}
