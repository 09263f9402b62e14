import { spawnSync } from "node:child_process";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import {
  createLogger,
  createOperator,
  createTransport,
  type ReconcileHandler,
  type Resource,
  settled,
  type Transport,
} from "kopf-ts";
import { type OtlpReceiver, startOtlpReceiver } from "../../test/support/otlp-receiver.ts";
import { startTracing } from "./tracing.ts";

const PODS: Resource = { group: "", version: "v1", kind: "Pod", plural: "pods", namespaced: true };

let receiver: OtlpReceiver;
let server: Server;
let asked: IncomingMessage[];
let transport: Transport;
let lines: string[];

beforeEach(async () => {
  receiver = await startOtlpReceiver();
  asked = [];
  lines = [];
  server = createServer((request, response) => {
    asked.push(request);
    const found = request.url?.includes("/pods/web") === true;
    const body = found
      ? { apiVersion: "v1", kind: "Pod", metadata: { name: "web" }, spec: { hostname: "top-secret" } }
      : { kind: "Status", reason: "Forbidden", message: "top-secret is not yours" };
    response.writeHead(found ? 200 : 403, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const connection = {
    server: `http://127.0.0.1:${port}`,
    tls: () => ({}),
    authorization: async () => "Bearer top-secret",
  };
  transport = createTransport(connection);
});

afterEach(async () => {
  await receiver.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** One pass for `shop/web`, from start to stop. */
async function pass(handler: ReconcileHandler, tracing: { endpoint?: string; sampleRatio?: number }): Promise<void> {
  const logger = createLogger({ level: "debug", destination: { write: (line) => void lines.push(line) } });
  const { tracer, close } = await startTracing(
    { endpoint: tracing.endpoint, sampleRatio: tracing.sampleRatio ?? 1 },
    { version: "1.2.3", podName: "palisade-0", logger },
  );
  const stop = new AbortController();
  const operator = createOperator({ name: "greeter", transport, logger, tracer });
  const done = Promise.withResolvers<void>();
  operator.on.cleanup(close);
  const reconciler = operator.reconcile(
    "greeter",
    async (context) => {
      try {
        return await handler(context);
      } finally {
        done.resolve();
      }
    },
    { sources: [], about: () => ({ kind: "Pod", namespace: "shop", name: "web" }) },
  );
  const ended = operator.run(stop.signal);
  reconciler.enqueue("shop/web");
  await done.promise;
  stop.abort();
  await ended;
}

const readsPod: ReconcileHandler = async ({ signal }) => {
  await transport.request({
    method: "GET",
    path: "/api/v1/namespaces/shop/pods/web",
    query: { labelSelector: "top-secret" },
    signal,
  });
  return settled();
};

test("a pass is a span, and each of its requests a child of it", async () => {
  await pass(readsPod, { endpoint: receiver.endpoint });
  const whole = receiver.spans.find(({ name }) => name === "reconcile greeter");
  const request = receiver.spans.find(({ name }) => name === "GET pods");
  expect(receiver.spans).toHaveLength(2);
  expect(whole).toMatchObject({
    parentID: undefined,
    failed: false,
    attributes: {
      "kopf.controller": "greeter",
      "kopf.result": "success",
      "k8s.object.kind": "Pod",
      "k8s.namespace.name": "shop",
      "k8s.object.name": "web",
    },
    resource: { "service.name": "palisade", "service.version": "1.2.3", "k8s.pod.name": "palisade-0" },
  });
  expect(request).toMatchObject({
    traceID: whole?.traceID,
    parentID: whole?.spanID,
    attributes: {
      "http.request.method": "GET",
      "http.response.status_code": 200,
      "k8s.resource": "pods",
      "k8s.namespace.name": "shop",
      "k8s.object.name": "web",
    },
  });
  // KEP-647: the API server goes on with the trace.
  expect(asked[0]?.headers["traceparent"]).toBe(`00-${whole?.traceID}-${request?.spanID}-01`);
  expect(lines.find((line) => line.includes('"reconciled"'))).toContain(`"traceID":"${whole?.traceID}"`);
});

test("no query, content, credential or message of a failure gets into a trace", async () => {
  const refused: ReconcileHandler = async ({ signal }) => {
    await readsPod({ signal } as Parameters<ReconcileHandler>[0]);
    await transport.request({
      method: "PUT",
      path: `/api/v1/namespaces/shop/${PODS.plural}/other`,
      body: "top-secret",
    });
    return settled();
  };
  await pass(refused, { endpoint: receiver.endpoint });
  const put = receiver.spans.find(({ name }) => name === "PUT pods");
  expect(put).toMatchObject({
    failed: true,
    attributes: { "http.response.status_code": 403, "error.type": "Forbidden" },
  });
  expect(receiver.spans.find(({ name }) => name === "reconcile greeter")?.attributes["kopf.result"]).toBe("error");
  expect(receiver.text()).not.toContain("top-secret");
});

test("of the passes that are not sampled nothing is sent, and the API server is told so", async () => {
  await pass(readsPod, { endpoint: receiver.endpoint, sampleRatio: 0 });
  expect(receiver.spans).toEqual([]);
  expect(asked[0]?.headers["traceparent"]).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  expect(lines.join("")).not.toContain("traceID");
});

test("without an endpoint the API server is told of no trace", async () => {
  await pass(readsPod, {});
  expect(asked).toHaveLength(1);
  expect(asked[0]?.headers).not.toHaveProperty("traceparent");
});

test("a collector that is gone is told of once, and delays no pass", async () => {
  const { endpoint } = receiver;
  await receiver.close();
  const startedMs = performance.now();
  let passedMs = Number.POSITIVE_INFINITY;
  await pass(
    async (context) => {
      const outcome = await readsPod(context);
      passedMs = performance.now() - startedMs;
      return outcome;
    },
    { endpoint },
  );
  expect(passedMs).toBeLessThan(4_000);
  expect(lines.filter((line) => line.includes("traces not sent"))).toHaveLength(1);
}, 30_000);

/** What of OpenTelemetry a process loads that runs `code` with the operator's whole code in it, but for the empty interface that prom-client asks for exemplars. */
function loadedBy(code: string): readonly string[] {
  const watch = `import { registerHooks } from "node:module";
    registerHooks({ load(url, context, next) { if (/@opentelemetry.(?!api.)/.test(url)) console.log(url); return next(url, context); } });`;
  const preload = `data:text/javascript,${encodeURIComponent(watch)}`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--import", preload, "--input-type=module", "--eval", code],
    { cwd: join(import.meta.dirname, "../.."), encoding: "utf8" },
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout.split("\n").filter((line) => line !== "");
}

const start = (tracing: object): string => `
  await import("./src/commands/operator.ts");
  const { startTracing } = await import("./src/observability/tracing.ts");
  const { createLogger } = await import("kopf-ts");
  const { close } = await startTracing(${JSON.stringify(tracing)}, { version: "1", logger: createLogger({ level: "silent" }) });
  await close();`;

test("OpenTelemetry is loaded with an endpoint, and without one is not", () => {
  expect(loadedBy(start({ endpoint: "http://127.0.0.1:9/v1/traces", sampleRatio: 1 })).length).toBeGreaterThan(10);
  expect(loadedBy(start({ sampleRatio: 1 }))).toEqual([]);
}, 60_000);
