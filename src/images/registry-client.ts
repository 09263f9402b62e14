/** Asks a registry which digest a tag has: the OCI distribution specification's manifest request, and nothing else. */
import { parseRetryAfter } from "../kopf/api-error.ts";
import { type Clock, systemClock } from "../kopf/clock.ts";
import { openScope } from "../kopf/request-scope.ts";
import { isLoopbackHost } from "./addresses.ts";
import { authorize } from "./authorization.ts";
import { type Credentials, noCredentials } from "./credentials.ts";
import { type Answer, Exchange, PlainHttpFailure } from "./exchange.ts";
import { type Lookup, LookupFailure } from "./lookup.ts";
import { ACCEPT, claimedDigest, provenDigest } from "./manifest.ts";
import { type ImageReference, tagOf } from "./reference.ts";
import { type Agents, RegistryAgents } from "./registry-agents.ts";

export interface RegistryClient {
  /**
   * The digest of the reference's tag now; a digest that the reference has is not looked at. Resolves within the deadline, and
   * rejects for nothing that a registry or the way to it does: every failure is a kind of {@link Lookup}. The caller has made
   * sure that the registry is one it may ask.
   *
   * Requests go over TLS, and without it to this machine alone. A credential goes to the registry, to the token endpoint that
   * the registry names, and nowhere else.
   */
  digestOf(reference: ImageReference, signal?: AbortSignal): Promise<Lookup>;
  close(): Promise<void>;
}

export interface RegistryClientOptions {
  readonly credentials?: Credentials;
  /** Vetted ones that trust the system's authorities unless set. Closed with the client. */
  readonly agents?: Agents;
  readonly clock?: Clock;
  /** For one resolution, the token included. 10 s unless set. */
  readonly deadlineMs?: number;
}

const DEADLINE_MS = 10_000;

export function createRegistryClient(options: RegistryClientOptions = {}): RegistryClient {
  const { credentials = noCredentials, clock = systemClock, deadlineMs = DEADLINE_MS } = options;
  const { agents = new RegistryAgents() } = options;
  return {
    digestOf: async (reference, signal) => {
      const scope = openScope(clock, signal === undefined ? [] : [signal], deadlineMs);
      try {
        const exchange = new Exchange(agents, scope.signal, scope.timedOut);
        return { kind: "found", digest: await find({ reference, exchange, credentials, clock }) };
      } catch (error) {
        if (error instanceof LookupFailure) return lookupOf(error, reference, credentials);
        throw error;
      } finally {
        scope.dispose();
      }
    },
    close: () => agents.close(),
  };
}

interface Search {
  readonly reference: ImageReference;
  readonly exchange: Exchange;
  readonly credentials: Credentials;
  readonly clock: Clock;
}

/** This machine's registries mostly do without TLS; one that has it is never asked without. */
async function find(search: Search): Promise<string> {
  const host = search.reference.registry;
  const secure = new URL(`https://${host}`);
  try {
    return await new Conversation(search, secure).digest();
  } catch (error) {
    const isPlain = error instanceof PlainHttpFailure && error.origin === secure.origin;
    if (!isPlain || !isLoopbackHost(secure.hostname)) throw error;
    return new Conversation(search, new URL(`http://${host}`)).digest();
  }
}

/** A few requests to one registry about one manifest, with the authorization that it asked for. */
class Conversation {
  readonly #search: Search;
  readonly #home: URL;
  #authorization: string | undefined;

  constructor(search: Search, home: URL) {
    this.#search = search;
    this.#home = home;
  }

  /** A HEAD's claim is as good as the connection it comes over; elsewhere, and where there is none, the manifest is hashed. */
  async digest(): Promise<string> {
    if (this.#home.protocol === "https:") {
      const head = await this.#ask("HEAD");
      const claimed = head.status === 200 ? claimedDigest(head.headers) : undefined;
      if (claimed !== undefined) return claimed;
      this.#throwIfFinal(head);
    }
    const answer = await this.#ask("GET");
    this.#throwIfFinal(answer);
    if (answer.status === 200) return provenDigest(answer.headers, answer.body);
    throw new LookupFailure("malformed", `it answers ${answer.status} where a manifest is due`);
  }

  async #ask(method: "HEAD" | "GET"): Promise<Answer> {
    const { reference, exchange, credentials } = this.#search;
    const url = new URL(`/v2/${reference.repository}/manifests/${tagOf(reference)}`, this.#home);
    const ask = { method, url, headers: { accept: ACCEPT } };
    const answer = await exchange.follow(ask, this.#authorization);
    const asksUsWho = answer.status === 401 && answer.url.origin === this.#home.origin;
    if (!asksUsWho || this.#authorization !== undefined) return answer;
    const applicant = { repository: reference.repository, credential: credentials.of(reference), home: this.#home };
    this.#authorization = await authorize(answer, applicant, exchange);
    return exchange.follow(ask, this.#authorization);
  }

  /** What a GET would say no better than a HEAD. */
  #throwIfFinal({ status, headers }: Answer): void {
    const { reference, clock } = this.#search;
    if (status === 401 || status === 403) {
      throw new LookupFailure(
        "denied",
        `it refuses who asks (${status}): see to the credential in the file of --registry-config`,
      );
    }
    if (status === 404) {
      throw new LookupFailure(
        "not-found",
        `it has no tag ${tagOf(reference)} for who asks: push it, correct the image, or see to the credential in the file of --registry-config`,
      );
    }
    if (status === 408 || status === 429 || status >= 500) {
      const retryAfterMs = parseRetryAfter(headers["retry-after"], clock.now());
      throw new LookupFailure("unreachable", `it answers ${status}`, retryAfterMs);
    }
  }
}

function lookupOf(failure: LookupFailure, { registry, repository }: ImageReference, credentials: Credentials): Lookup {
  const { kind, retryAfterMs } = failure;
  const note = kind === "denied" ? credentials.problem() : undefined;
  const message = `${registry} was asked for ${repository}: ${failure.message}${note === undefined ? "" : ` (${note})`}`;
  if (kind !== "unreachable") return { kind, message };
  return { kind, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}
