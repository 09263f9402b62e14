/**
 * Stands between a client and a real API server, counts what passes, and breaks it on demand: by rule for requests to come,
 * or at once for streams that are open. What is not told to break passes unchanged.
 */
import { createServer as createPlainServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Agent, createServer as createTlsServer, request as requestUpstream } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { BrokenStream } from "./broken-stream.ts";
import {
  type Fault,
  isStreamFault,
  matches,
  type RequestMatch,
  type SeenRequest,
  type StatusFault,
  type StreamFault,
  seenRequest,
  statusBody,
} from "./faults.ts";

export interface FaultProxyOptions {
  /** The API server, `https://host:port`. */
  readonly target: string;
  readonly ca: string | Buffer;
  /** With a certificate and its key the proxy speaks TLS, without them plain HTTP. */
  readonly tls?: { readonly cert: string | Buffer; readonly key: string | Buffer };
}

export interface Injection {
  /** How many requests it has hit. */
  readonly hits: number;
  remove(): void;
}

export interface FaultProxy {
  /** The same over the proxy's whole life, refusals included. */
  readonly url: string;
  /** Breaks requests that come: the next one that matches, or as many as `times` says. Rules are tried oldest first. */
  inject(fault: Fault, match?: RequestMatch & { readonly times?: number }): Injection;
  /** Breaks the answers that are on their way now. Returns how many. */
  strike(fault: StreamFault, match?: RequestMatch): number;
  /** Requests that came so far. */
  count(match?: RequestMatch): number;
  /** Answers on their way now: an open watch is one. */
  streams(match?: RequestMatch): number;
  connections(): { readonly opened: number; readonly open: number };
  /** Resets every connection and refuses new ones, as a machine does whose server is down. */
  refuse(): Promise<void>;
  accept(): Promise<void>;
  /** Forgets every rule. Counts stay. */
  heal(): void;
  close(): Promise<void>;
}

/** The proxy listens on the loopback address, at a port of its own. */
export async function startFaultProxy(options: FaultProxyOptions): Promise<FaultProxy> {
  const proxy = new TestProxy(options);
  await proxy.accept();
  return proxy;
}

interface Rule {
  readonly fault: Fault;
  readonly match: RequestMatch;
  left: number;
  hits: number;
}

/** Of one connection, not of what is carried over it (RFC 9110, 7.6.1). */
const HOP_BY_HOP = new Set(["connection", "keep-alive", "transfer-encoding"]);

class TestProxy implements FaultProxy {
  readonly #target: URL;
  readonly #agent: Agent;
  readonly #isTls: boolean;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #streams = new Set<BrokenStream>();
  readonly #seen: SeenRequest[] = [];
  #rules: Rule[] = [];
  #opened = 0;
  #port = 0;

  constructor({ target, ca, tls }: FaultProxyOptions) {
    this.#target = new URL(target);
    this.#agent = new Agent({ ca, keepAlive: true });
    this.#isTls = tls !== undefined;
    const serve = (request: IncomingMessage, response: ServerResponse): void => this.#serve(request, response);
    this.#server = tls === undefined ? createPlainServer(serve) : createTlsServer(tls, serve);
    this.#server.keepAliveTimeout = 0;
    this.#server.on("connection", (socket: Socket) => {
      this.#opened += 1;
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  get url(): string {
    return `${this.#isTls ? "https" : "http"}://127.0.0.1:${this.#port}`;
  }

  inject(fault: Fault, { times = 1, ...match }: RequestMatch & { readonly times?: number } = {}): Injection {
    const rule: Rule = { fault, match, left: times, hits: 0 };
    this.#rules.push(rule);
    return {
      get hits() {
        return rule.hits;
      },
      remove: () => {
        rule.left = 0;
      },
    };
  }

  strike(fault: StreamFault, match: RequestMatch = {}): number {
    const struck = [...this.#streams].filter(({ seen }) => matches(seen, match));
    for (const stream of struck) stream.break(fault);
    return struck.length;
  }

  count(match: RequestMatch = {}): number {
    return this.#seen.filter((seen) => matches(seen, match)).length;
  }

  streams(match: RequestMatch = {}): number {
    return [...this.#streams].filter(({ seen }) => matches(seen, match)).length;
  }

  connections(): { readonly opened: number; readonly open: number } {
    return { opened: this.#opened, open: this.#sockets.size };
  }

  async refuse(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async accept(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(this.#port, "127.0.0.1", () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
    this.#port = portOf(this.#server);
  }

  heal(): void {
    this.#rules = [];
  }

  async close(): Promise<void> {
    if (this.#server.listening) await this.refuse();
    this.#agent.destroy();
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const seen = seenRequest(request.method, request.url);
    this.#seen.push(seen);
    const fault = this.#takeFault(seen);
    // The client may reset the connection at any moment; that is its right and no failure of the proxy.
    response.on("error", () => {});
    if (fault?.kind === "status") answerStatus(request, response, fault);
    else this.#forward(request, response, seen, fault);
  }

  #forward(request: IncomingMessage, response: ServerResponse, seen: SeenRequest, fault: Fault | undefined): void {
    const upstream = requestUpstream({
      agent: this.#agent,
      host: this.#target.hostname,
      port: this.#target.port,
      method: request.method,
      path: request.url,
      headers: { ...withoutHopByHop(request.headers), host: this.#target.host },
    });
    upstream.on("error", () => response.socket?.destroy());
    upstream.on("response", (answer) => {
      answer.on("error", () => response.socket?.destroy());
      const relay = (): void => this.#relay(answer, response, seen, fault);
      if (fault?.kind === "lost-answer") loseAnswer(answer, response);
      else if (fault?.kind === "delay") onceOpen(response, fault.ms, relay);
      else relay();
    });
    response.once("close", () => upstream.destroy());
    request.pipe(upstream);
  }

  #relay(answer: IncomingMessage, response: ServerResponse, seen: SeenRequest, fault: Fault | undefined): void {
    const stream = new BrokenStream(seen, response);
    this.#streams.add(stream);
    response.once("close", () => this.#streams.delete(stream));
    response.writeHead(answer.statusCode ?? 502, withoutHopByHop(answer.headers));
    response.flushHeaders();
    if (fault !== undefined && isStreamFault(fault)) stream.break(fault);
    answer.on("data", (chunk: Buffer) => stream.pass(chunk));
    answer.on("end", () => stream.end());
  }

  #takeFault(seen: SeenRequest): Fault | undefined {
    const rule = this.#rules.find(({ match, left }) => left > 0 && matches(seen, match));
    if (rule === undefined) return undefined;
    rule.left -= 1;
    rule.hits += 1;
    return rule.fault;
  }
}

function answerStatus(request: IncomingMessage, response: ServerResponse, fault: StatusFault): void {
  request.resume();
  const retryAfter = fault.retryAfterSeconds === undefined ? {} : { "retry-after": String(fault.retryAfterSeconds) };
  response.writeHead(fault.status, { "content-type": "application/json", ...retryAfter });
  response.end(statusBody(fault));
}

/** The whole answer is awaited first: by then the server has done what it was asked. */
function loseAnswer(answer: IncomingMessage, response: ServerResponse): void {
  answer.resume();
  answer.once("end", () => response.socket?.destroy());
}

function onceOpen(response: ServerResponse, afterMs: number, task: () => void): void {
  const timer = setTimeout(task, afterMs);
  response.once("close", () => clearTimeout(timer));
}

function withoutHopByHop<T>(headers: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name)));
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") throw new Error("the proxy does not listen on a port");
  return address.port;
}
