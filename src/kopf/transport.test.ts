/** Over real sockets, against a small server of the test's own; the real API server is met in `test/integration/`. */

import { getEventListeners } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { inspect } from "node:util";
import { Registry } from "prom-client";
import { ApiError, isAborted } from "./api-error.ts";
import type { Connection } from "./connection-types.ts";
import { FencedError } from "./fence.ts";
import { createTransport, type TransportOptions } from "./transport.ts";
import type { Transport, WatchEvent } from "./transport-types.ts";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let handler: Handler = () => {};
let seen: string[] = [];
let sockets = new Set<object>();
const transports: Transport[] = [];

beforeEach(async () => {
  seen = [];
  const open = new Set<object>();
  sockets = open;
  server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    handler(request, response);
  });
  server.on("connection", (socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  await Promise.all(transports.splice(0).map((transport) => transport.close()));
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const TLS = {};

interface Options extends TransportOptions {
  readonly tokens?: readonly [string, string];
  readonly connection?: Partial<Connection>;
}

function aTransport(options: Options = {}): Transport {
  const { tokens: [first, second] = ["token", "token"], connection, ...rest } = options;
  const address = server.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const transport = createTransport(
    {
      server: `http://127.0.0.1:${port}`,
      tls: () => TLS,
      authorization: (refresh) => Promise.resolve(`Bearer ${refresh === true ? second : first}`),
      ...connection,
    },
    rest,
  );
  transports.push(transport);
  return transport;
}

const answer = (response: ServerResponse, status: number, body: unknown, headers = {}): void => {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
};

async function failureOf(promise: Promise<unknown>): Promise<ApiError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ApiError)) throw new Error(`expected an ApiError, got ${inspect(error)}`);
  return error;
}

const never = new AbortController().signal;

async function namesOf(events: AsyncIterable<readonly WatchEvent[]>, into: string[]): Promise<void> {
  for await (const batch of events) into.push(...batch.map(({ object }) => object.metadata.name));
}

test("leaves out what is undefined in a query, and encodes the rest", async () => {
  handler = (_, response) => answer(response, 200, { ok: true });
  const query = { watch: true, limit: 5, continue: undefined, labelSelector: "a in (b,c)" };
  expect(await aTransport().request({ method: "GET", path: "/api", query })).toEqual({ ok: true });
  expect(seen).toEqual(["GET /api?watch=true&limit=5&labelSelector=a%20in%20(b%2Cc)"]);
});

test("returns an answer as its text where that is asked for, and refusals as ever", async () => {
  handler = (_, response) => answer(response, 200, "a line\n{", { "content-type": "text/plain" });
  expect(await aTransport().request({ method: "GET", path: "/log", as: "text" })).toBe("a line\n{");
  handler = (_, response) => answer(response, 403, { message: "no" });
  expect((await failureOf(aTransport().request({ method: "GET", path: "/log", as: "text" }))).status).toBe(403);
});

test("reads its credentials again after a 401, once", async () => {
  handler = ({ headers }, response) => answer(response, headers.authorization === "Bearer fresh" ? 200 : 401, {});
  await aTransport({ tokens: ["stale", "fresh"] }).request({ method: "POST", path: "/api", body: {} });
  expect(seen).toHaveLength(2);
  const refused = await failureOf(aTransport({ tokens: ["stale", "stale"] }).request({ method: "GET", path: "/api" }));
  expect(refused.status).toBe(401);
  expect(seen).toHaveLength(4);
});

test("a watch reads its credentials again after a 401 as well", async () => {
  handler = ({ headers }, response) => answer(response, headers.authorization === "Bearer fresh" ? 200 : 401, "");
  const transport = aTransport({ tokens: ["stale", "fresh"] });
  for await (const _ of transport.watch({ path: "/api", signal: new AbortController().signal })) throw new Error("no");
  expect(seen).toHaveLength(2);
});

test.each([
  { method: "GET", times: 2 },
  { method: "POST", times: 1 },
  { method: "PATCH", times: 1 },
  { method: "DELETE", times: 1 },
] as const)("sends a $method whose connection breaks $times time(s)", async ({ method, times }) => {
  handler = (_, response) => response.socket?.destroy();
  const error = await failureOf(aTransport().request({ method, path: "/api" }));
  expect(error).toMatchObject({ status: 0, reason: "Unreachable" });
  expect(seen).toHaveLength(times);
});

test("gives up asking a busy server after ten waits", async () => {
  handler = (_, response) => answer(response, 429, {}, { "retry-after": "0" });
  const registry = new Registry();
  const error = await failureOf(aTransport({ registry }).request({ method: "PUT", path: "/api", body: {} }));
  expect(error.status).toBe(429);
  expect(seen).toHaveLength(11);
  expect(await registry.metrics()).toMatch(
    /rest_client_request_retries_total\{code="429",verb="PUT",host="[^"]+"\} 10$/m,
  );
});

test.each([409, 422, 500, 503])("throws a %i without Retry-After at once", async (status) => {
  handler = (_, response) => answer(response, status, { kind: "Status", code: status, message: "no" });
  expect((await failureOf(aTransport().request({ method: "PUT", path: "/api", body: {} }))).status).toBe(status);
  expect(seen).toHaveLength(1);
});

test("ends a request at its deadline, before the answer and inside it", async () => {
  const transport = aTransport();
  handler = () => {};
  const silent = await failureOf(transport.request({ method: "GET", path: "/api", deadlineMs: 100 }));
  expect(silent).toMatchObject({ status: 0, reason: "Timeout" });
  handler = (_, response) => response.writeHead(200).write("{");
  const slow = await failureOf(transport.request({ method: "GET", path: "/api", deadlineMs: 100 }));
  expect(slow).toMatchObject({ status: 0, reason: "Timeout" });
});

test("ends with any of its signals", async () => {
  handler = () => {};
  const [fence, outer, own] = [new AbortController(), new AbortController(), new AbortController()];
  const transport = aTransport().withAbort(fence.signal).withAbort(outer.signal);
  for (const controller of [own, outer, fence]) {
    const request = failureOf(transport.request({ method: "POST", path: "/api", body: {}, signal: own.signal }));
    controller.abort();
    expect(isAborted(await request)).toBe(true);
  }
  const after = seen.length;
  expect(isAborted(await failureOf(transport.request({ method: "POST", path: "/api" })))).toBe(true);
  expect(seen).toHaveLength(after);
});

test("shows neither token, body, query nor answer in an error", async () => {
  const secrets = ["t0ken", "b0dy", "qu3ry", "4nswer"];
  const transport = aTransport({ tokens: ["t0ken", "t0ken"] });
  const request = { method: "PUT", path: "/api", query: { q: "qu3ry" }, body: { data: "b0dy" } } as const;
  const errors: ApiError[] = [];
  for (const broken of [
    (response: ServerResponse) => answer(response, 200, '{"data":"4nswer'),
    (response: ServerResponse) => answer(response, 500, "<p>4nswer</p>"),
    (response: ServerResponse) => response.socket?.destroy(),
  ]) {
    handler = (_, response) => broken(response);
    errors.push(await failureOf(transport.request(request)));
  }
  handler = (_, response) => answer(response, 200, '{"type":"ADDED","object":{"data":"4nswer"\n');
  errors.push(await failureOf(namesOf(transport.watch({ path: "/api", signal: never }), [])));
  for (const secret of secrets) expect(inspect(errors, { depth: 9 })).not.toContain(secret);
});

describe("a watch", () => {
  const line = (name: string): string => `{"type":"ADDED","object":{"metadata":{"name":"${name}"}}}\n`;

  test("delivers whole lines, and throws for half of one", async () => {
    handler = (_, response) => answer(response, 200, `${line("a")}${line("ü")}${line("c").slice(0, 20)}`);
    const names: string[] = [];
    const error = await failureOf(namesOf(aTransport().watch({ path: "/api", signal: never }), names));
    expect(names).toEqual(["a", "ü"]);
    expect(error).toMatchObject({ status: 0, reason: "Broken" });
  });

  test("ends in order when the server ends it in order, and uses the connection again", async () => {
    handler = (_, response) => answer(response, 200, line("a"));
    const transport = aTransport();
    for (let round = 0; round < 10; round += 1) await namesOf(transport.watch({ path: "/api", signal: never }), []);
    expect(sockets.size).toBeLessThanOrEqual(2);
  });

  test("delivers nothing after its signal, and closes its connection", async () => {
    const stop = new AbortController();
    handler = (_, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write(line("a")), 5);
      response.once("close", () => clearInterval(timer));
    };
    let after = 0;
    for await (const batch of aTransport().watch({ path: "/api", signal: stop.signal })) {
      if (stop.signal.aborted) after += batch.length;
      stop.abort();
    }
    expect(after).toBe(0);
    while (sockets.size > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  });
});

test("close ends every connection, and nothing is opened after it", async () => {
  handler = (_, response) => answer(response, 200, {});
  const transport = aTransport();
  await Promise.all(Array.from({ length: 100 }, () => transport.request({ method: "POST", path: "/api" })));
  expect(sockets.size).toBeGreaterThan(1);
  expect(sockets.size).toBeLessThanOrEqual(32);
  await transport.close();
  while (sockets.size > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  expect((await failureOf(transport.request({ method: "GET", path: "/api" }))).message).toContain("closed");
  expect(sockets.size).toBe(0);
});

test("counts requests by code, method and host, for all transports of a registry", async () => {
  const registry = new Registry();
  handler = ({ url }, response) => answer(response, url === "/none" ? 404 : 200, {});
  const [one, other] = [aTransport({ registry }), aTransport({ registry })];
  await one.request({ method: "GET", path: "/api" });
  await failureOf(other.request({ method: "GET", path: "/none" }));
  const metrics = await registry.metrics();
  expect(metrics).toMatch(/rest_client_requests_total\{code="200",method="GET",host="127.0.0.1:\d+"\} 1/);
  expect(metrics).toMatch(/rest_client_requests_total\{code="404",method="GET",host="127.0.0.1:\d+"\} 1/);
  expect(metrics).toMatch(/rest_client_request_duration_seconds_count\{verb="GET",host="127.0.0.1:\d+"\} 2/);
});

test("puts the path of the server's address before every path", async () => {
  handler = (_request, response) => answer(response, 200, {});
  const { port } = server.address() as { readonly port: number };
  const transport = createTransport({
    server: `http://127.0.0.1:${port}/k8s/clusters/c-1/`,
    tls: () => TLS,
    authorization: () => Promise.resolve(undefined),
  });
  transports.push(transport);
  await transport.request({ method: "GET", path: "/api/v1/pods", query: { limit: 1 } });
  expect(seen).toEqual(["GET /k8s/clusters/c-1/api/v1/pods?limit=1"]);
});

test("close also ends a watch that was opened under an older certificate authority", async () => {
  handler = ({ url }, response) => {
    if (url === "/api") answer(response, 200, {});
    else response.writeHead(200).flushHeaders();
  };
  const { port } = server.address() as { readonly port: number };
  let tls = {};
  const authorization = (): Promise<undefined> => Promise.resolve(undefined);
  const transport = createTransport({ server: `http://127.0.0.1:${port}`, tls: () => tls, authorization });
  const watching = failureOf(namesOf(transport.watch({ path: "/watch", signal: never }), []));
  while (!seen.includes("GET /watch")) await new Promise((resolve) => setTimeout(resolve, 5));
  tls = {};
  await transport.request({ method: "GET", path: "/api" });
  await transport.close();
  expect((await watching).status).toBe(0);
  while (sockets.size > 0) await new Promise((resolve) => setTimeout(resolve, 10));
});

test("leaves nothing behind on the long-lived signals that its requests obeyed", async () => {
  handler = (_request, response) => answer(response, 200, {});
  const [fence, own] = [new AbortController(), new AbortController()];
  const transport = aTransport().withAbort(fence.signal);
  const requests = Array.from({ length: 50 }, () =>
    transport.request({ method: "GET", path: "/api", signal: own.signal }),
  );
  expect(getEventListeners(fence.signal, "abort")).toHaveLength(50);
  await Promise.all(requests);
  expect(getEventListeners(fence.signal, "abort")).toHaveLength(0);
  expect(getEventListeners(own.signal, "abort")).toHaveLength(0);
});

test("a request that may not be sent any more when its turn comes never leaves", async () => {
  const transport = aTransport({ poolSizes: { write: 1 } });
  let mayWrite = true;
  const held = Promise.withResolvers<void>();
  handler = (_request, response) => void held.promise.then(() => answer(response, 200, {}));
  const first = transport.request({ method: "PUT", path: "/first", mayBeSent: () => mayWrite });
  while (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  // It waits for the one connection.
  const second = transport.request({ method: "PUT", path: "/second", mayBeSent: () => mayWrite });
  const refused = expect(second).rejects.toThrow(FencedError);
  await new Promise((resolve) => setTimeout(resolve, 20));
  mayWrite = false;
  held.resolve();
  await first;
  await refused;
  expect(seen).toEqual(["PUT /first"]);
});

test("acts as another user where the connection says so", async () => {
  let user: unknown;
  handler = (request, response) => {
    user = request.headers["impersonate-user"];
    answer(response, 200, {});
  };
  await aTransport({ connection: { impersonatedUser: "bob" } }).request({ method: "GET", path: "/api" });
  expect(user).toBe("bob");
  await aTransport().request({ method: "GET", path: "/api" });
  expect(user).toBeUndefined();
});

test("reaches the server through the connection's proxy", async () => {
  const asked: string[] = [];
  const proxy = createServer();
  proxy.on("connect", ({ url = "" }: IncomingMessage, socket) => {
    asked.push(url);
    const upstream = connect(Number(url.split(":").at(-1)), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on("error", () => socket.destroy());
    socket.on("error", () => upstream.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const address = proxy.address();
  const port = typeof address === "object" ? address?.port : undefined;
  handler = (_, response) => answer(response, 200, { major: "1" });
  const transport = aTransport({ connection: { proxy: `http://127.0.0.1:${port}` } });
  expect(await transport.request({ method: "GET", path: "/version" })).toEqual({ major: "1" });
  expect(asked).toHaveLength(1);
  await Promise.all(transports.splice(0).map((one) => one.close()));
  proxy.closeAllConnections();
  await new Promise((resolve) => proxy.close(resolve));
});
