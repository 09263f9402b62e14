/** A desk at which commands are typed, in this process: a kubeconfig of a server on this machine, and what the front door says. */
import { writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { frontDoor } from "../../src/commands/front-door.ts";
import type { Typed } from "./palisade-command.ts";

/** Of a server that listens on `port`, with `namespace` in its context where one is given. */
export const writeDeskKubeconfig = (file: string, port: number, namespace?: string): void =>
  writeFileSync(
    file,
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "it",
      contexts: [
        { name: "it", context: { cluster: "it", user: "it", ...(namespace === undefined ? {} : { namespace }) } },
      ],
      clusters: [{ name: "it", cluster: { server: `http://127.0.0.1:${port}`, "insecure-skip-tls-verify": true } }],
      users: [{ name: "it", user: { token: "t" } }],
    }),
  );

/** Starts one that answers so, and writes its kubeconfig. */
export async function serveAtDesk(kubeconfig: string, listener: RequestListener): Promise<Server> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  writeDeskKubeconfig(kubeconfig, (server.address() as AddressInfo).port);
  return server;
}

/** Though somebody still waits for an answer. */
export async function stopServing(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

/** What `palisade` answers to these words; nothing stands on its standard input unless told. */
export async function typeAtDesk(
  argv: readonly string[],
  readInput: () => Promise<string | Uint8Array> = () => Promise.resolve(""),
): Promise<Typed> {
  let stdout = "";
  let stderr = "";
  const code = await frontDoor(argv, {
    out: (text) => {
      stdout += text;
    },
    talk: (text) => {
      stderr += `${text}\n`;
    },
    async *input() {
      yield await readInput();
    },
  });
  return { code, stdout, stderr };
}
