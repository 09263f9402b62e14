/** `/healthz`, `/readyz` and `/metrics` on one small server. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";

export interface HealthOptions {
  readonly port: number;
  readonly host?: string;
  /** The readiness checks by name. */
  readonly ready: () => Readonly<Record<string, boolean>>;
  readonly registry: Registry;
}

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Starts the probe server. An operator with `health` set runs its own. */
export async function startHealthServer(options: HealthOptions): Promise<HealthServer> {
  const server = createServer((request, response) => {
    // Not `URL`: it throws on targets such as `//`, and a throw here would end the process.
    const [path, query] = (request.url ?? "/").split("?", 2);
    const answer = (status: number, text: string, type = "text/plain; charset=utf-8"): void => {
      response.writeHead(status, { "content-type": type }).end(text);
    };
    if (path === "/healthz") return answer(200, "ok\n");
    if (path === "/readyz") return answerReadiness(options.ready(), new URLSearchParams(query).has("verbose"), answer);
    if (path !== "/metrics") return answer(404, "not found: /healthz, /readyz or /metrics\n");
    options.registry.metrics().then(
      (text) => answer(200, text, options.registry.contentType),
      (error: unknown) => answer(500, `${String(error)}\n`),
    );
  });
  await listening(server, options);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answerReadiness(
  checks: Readonly<Record<string, boolean>>,
  verbose: boolean,
  answer: (status: number, text: string) => void,
): void {
  const failing = Object.entries(checks).filter(([, ok]) => !ok);
  const shown = verbose ? Object.entries(checks) : failing;
  const lines = shown.map(([name, ok]) => `[${ok ? "+" : "-"}] ${name}\n`).join("");
  answer(failing.length === 0 ? 200 : 503, `${lines}${failing.length === 0 ? "ok" : "not ready"}\n`);
}

function listening(server: Server, { port, host = "0.0.0.0" }: HealthOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
