import { connect } from "node:net";
import { Counter, Registry } from "prom-client";
import { type HealthServer, startHealthServer } from "./health.ts";

let server: HealthServer;
let checks: Record<string, boolean>;

beforeEach(async () => {
  checks = { running: true, "cache/pods": true };
  const registry = new Registry();
  new Counter({ name: "things_total", help: "Things.", registers: [registry] }).inc();
  server = await startHealthServer({ port: 0, host: "127.0.0.1", registry, ready: () => checks });
});

afterEach(() => server.close());

async function get(path: string): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
  return { status: response.status, text: await response.text() };
}

/** The status line for a request target as written, which a URL parser would mend. */
function statusLineOf(target: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(server.port, "127.0.0.1", () =>
      socket.write(`GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`),
    );
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString();
    });
    socket.on("end", () => resolve(text.split("\r\n")[0] ?? ""));
    socket.on("error", reject);
  });
}

test("it is ready only when every check holds, and names those that fail", async () => {
  expect(await get("/readyz")).toEqual({ status: 200, text: "ok\n" });
  checks["cache/pods"] = false;
  expect(await get("/readyz")).toEqual({ status: 503, text: "[-] cache/pods\nnot ready\n" });
  expect((await get("/readyz?verbose")).text).toBe("[+] running\n[-] cache/pods\nnot ready\n");
  expect((await get("/healthz")).status).toBe(200);
});

test("metrics are served as text", async () => {
  expect((await get("/metrics")).text).toContain("things_total 1");
});

test.each(["//", "//[", "/%", "*", "http://[/", "/nothing"])(
  "a request for %s is answered and harms nothing",
  async (target) => {
    expect(await statusLineOf(target)).toMatch(/^HTTP\/1\.1 4/);
    expect((await get("/healthz")).status).toBe(200);
  },
);
