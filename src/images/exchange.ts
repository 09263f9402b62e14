/** Single requests to a registry and to what it refers to: bounded, and led to no place where they must not go. */
import { currentSpan, traced } from "../kopf/pass.ts";
import { isLoopbackHost } from "./addresses.ts";
import { connectionFailure } from "./connection-failure.ts";
import { LookupFailure } from "./lookup.ts";
import type { Agents } from "./registry-agents.ts";

export interface Ask {
  readonly method: "HEAD" | "GET" | "POST";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  /** By lower-case name; of one that stands twice, both, which is no valid value for most. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Empty unless the status is 200. */
  readonly body: Buffer;
  /** Where it came from, redirects followed. */
  readonly url: URL;
}

/** A server does not speak TLS; a registry on this machine may be asked without. */
export class PlainHttpFailure extends LookupFailure {
  readonly origin: string;

  constructor(why: string, origin: string) {
    super("unreachable", why);
    this.origin = origin;
  }
}

const MAX_REDIRECTS = 3;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export class Exchange {
  readonly #agents: Agents;
  readonly #signal: AbortSignal;
  readonly #timedOut: () => boolean;

  constructor(agents: Agents, signal: AbortSignal, timedOut: () => boolean) {
    this.#agents = agents;
    this.#signal = signal;
    this.#timedOut = timedOut;
  }

  /** One request; a redirect is an answer like any other. `who` is how a failure calls the server. */
  once(ask: Ask, who: string): Promise<Answer> {
    const { method, url } = ask;
    // Of the address the host alone: where a registry redirects to, the rest may be signed.
    const attributes = { "http.request.method": method, "server.address": url.host };
    return traced(
      () => ({ name: `${method} registry`, attributes }),
      () => this.#ask(ask, who),
    );
  }

  async #ask({ method, url, headers, body }: Ask, who: string): Promise<Answer> {
    try {
      this.#signal.throwIfAborted();
      const response = await this.#agents.agentFor(url).request({
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        // Compressed, the body would not be what the digest is of.
        headers: { ...headers, "user-agent": "palisade", "accept-encoding": "identity" },
        body: body ?? null,
        signal: this.#signal,
      });
      const { statusCode: status } = response;
      currentSpan().set({ "http.response.status_code": status });
      const bytes = status === 200 ? Buffer.from(await response.body.arrayBuffer()) : Buffer.alloc(0);
      if (status !== 200) await response.body.dump();
      return { status, headers: joined(response.headers), body: bytes, url };
    } catch (error) {
      throw this.#failureOf(error, who, url);
    }
  }

  /**
   * Follows redirects: at most three, inside the registry or to another https server, and never to this machine, a link-local
   * or a metadata address. `authorization` goes to the registry itself alone.
   */
  async follow(ask: Ask, authorization: string | undefined): Promise<Answer> {
    const home = ask.url.origin;
    let url = ask.url;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
      const credential = authorization !== undefined && url.origin === home ? { authorization } : {};
      const who = hop === 0 ? "it" : `${url.host}, where it redirects to,`;
      const answer = await this.once({ ...ask, url, headers: { ...ask.headers, ...credential } }, who);
      if (!REDIRECTS.has(answer.status)) return answer;
      url = redirectTarget(answer, home);
    }
    throw new LookupFailure("malformed", `it redirects more than ${MAX_REDIRECTS} times`);
  }

  #failureOf(error: unknown, who: string, url: URL): LookupFailure {
    if (this.#timedOut()) return new LookupFailure("unreachable", `${who} does not answer in time`);
    if (this.#signal.aborted) return new LookupFailure("unreachable", "asking was given up");
    const { kind, words } = connectionFailure(error);
    const why = `${who} ${words}`;
    if (kind === "plain") return new PlainHttpFailure(why, url.origin);
    return new LookupFailure(kind === "unreachable" ? "unreachable" : "malformed", why);
  }
}

const joined = (headers: Readonly<Record<string, string | readonly string[] | undefined>>): Answer["headers"] =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === "object" ? value.join(", ") : value]),
  );

function redirectTarget({ headers, url }: Answer, home: string): URL {
  const location = headers["location"];
  if (location === undefined || !URL.canParse(location, url.href)) {
    throw new LookupFailure("malformed", "it redirects without saying where to");
  }
  const target = new URL(location, url);
  const refuse = (what: string): LookupFailure =>
    new LookupFailure("malformed", `it redirects ${what}, which is refused`);
  if (target.username !== "" || target.password !== "") throw refuse("to an address with a user in it");
  if (target.origin === home) return target;
  if (target.protocol !== "https:") throw refuse("to another server without TLS");
  if (isLoopbackHost(target.hostname)) throw refuse("to this machine");
  return target;
}
