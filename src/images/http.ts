/** Sends single requests to a registry and to the servers it refers to, with bounds on time, size and redirects. */
import { currentSpan, traced } from "kopf-ts";
import { isLoopbackHost } from "./addresses.ts";
import { connectionFailure } from "./connection-failure.ts";
import type { Agents } from "./registry-agents.ts";
import { ResolutionError } from "./resolution.ts";

export interface HttpRequest {
  readonly method: "HEAD" | "GET" | "POST";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpResponse {
  readonly status: number;
  /** By lower-case name; a repeated header has its values joined, which most headers do not allow. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Empty unless the status is 200. */
  readonly body: Buffer;
  /** Of the server that answered, after redirects. */
  readonly url: URL;
}

/** The server does not speak TLS; a registry on this machine may be asked again without it. */
export class PlainHttpError extends ResolutionError {
  readonly origin: string;

  constructor(message: string, origin: string) {
    super("unreachable", message);
    this.origin = origin;
  }
}

const MAX_REDIRECTS = 3;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export class RegistryHttp {
  readonly #agents: Agents;
  readonly #deadline: AbortSignal;

  /** `deadline` ends every request. */
  constructor(agents: Agents, deadline: AbortSignal) {
    this.#agents = agents;
    this.#deadline = deadline;
  }

  /** Sends one request and returns redirects as they are. `server` is what failures call the server. */
  send(request: HttpRequest, server: string): Promise<HttpResponse> {
    const { method, url } = request;
    // The path and query that a registry redirects to may be signed, so traces get the host alone.
    const attributes = { "http.request.method": method, "server.address": url.host };
    return traced(
      () => ({ name: `${method} registry`, attributes }),
      () => this.#send(request, server),
    );
  }

  async #send({ method, url, headers, body }: HttpRequest, server: string): Promise<HttpResponse> {
    try {
      const response = await this.#agents.agentFor(url).request({
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        // The digest is that of the uncompressed body.
        headers: { ...headers, "user-agent": "palisade", "accept-encoding": "identity" },
        body: body ?? null,
        signal: this.#deadline,
      });
      const { statusCode: status } = response;
      currentSpan().set({ "http.response.status_code": status });
      const bytes = status === 200 ? Buffer.from(await response.body.arrayBuffer()) : Buffer.alloc(0);
      if (status !== 200) await response.body.dump();
      return { status, headers: joined(response.headers), body: bytes, url };
    } catch (error) {
      if (this.#deadline.aborted) throw new ResolutionError("unreachable", `${server} did not answer in time`);
      const { kind, message } = connectionFailure(error);
      if (kind === "plain") throw new PlainHttpError(`${server} ${message}`, url.origin);
      throw new ResolutionError(kind, `${server} ${message}`);
    }
  }

  /**
   * Follows up to three redirects, inside the registry or to another https server; never to this machine or a forbidden
   * address. `authorization` goes to the registry alone.
   */
  async follow(request: HttpRequest, authorization: string | undefined): Promise<HttpResponse> {
    const { origin } = request.url;
    let { url } = request;
    for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
      const credential = authorization !== undefined && url.origin === origin ? { authorization } : {};
      const server = hop === 0 ? "the registry" : `the redirect target ${url.host}`;
      const response = await this.send({ ...request, url, headers: { ...request.headers, ...credential } }, server);
      if (!REDIRECTS.has(response.status)) return response;
      url = redirectTarget(response, origin);
    }
    throw new ResolutionError("malformed", `the registry redirects more than ${MAX_REDIRECTS} times`);
  }
}

const joined = (headers: Readonly<Record<string, string | readonly string[] | undefined>>): HttpResponse["headers"] =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === "object" ? value.join(", ") : value]),
  );

function redirectTarget({ headers, url }: HttpResponse, origin: string): URL {
  const location = headers["location"];
  const refuse = (why: string): ResolutionError =>
    new ResolutionError("malformed", `the registry redirects ${why}, which is not allowed`);
  if (location === undefined || !URL.canParse(location, url.href)) throw refuse("without a valid location");
  const target = new URL(location, url);
  if (target.username !== "" || target.password !== "") throw refuse("to an address that contains a user");
  if (target.origin === origin) return target;
  if (target.protocol !== "https:") throw refuse("to another server without TLS");
  if (isLoopbackHost(target.hostname)) throw refuse("to this machine");
  return target;
}
