/** Runs a command in a container over a WebSocket, as `kubectl exec` does (KEP-4006), and returns what it printed. */
import type { Connection } from "kopf-ts";
import { Agent, type Dispatcher, ProxyAgent, WebSocket } from "undici";

const PROTOCOL = "v5.channel.k8s.io";
const DEADLINE_MS = 20_000;
/** The first byte of a frame says what follows. */
const CHANNEL = { out: 1, error: 2, status: 3 } as const;
/** A table of sockets of a busy pod has some megabytes. */
const MOST_BYTES = 32 * 1024 * 1024;

export interface Target {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** Rejects with what the API server, the runtime or the command said. */
export async function execute(connection: Connection, target: Target, command: readonly string[]): Promise<string> {
  const dispatcher = dispatcherOf(connection);
  try {
    const authorization = await connection.authorization();
    const headers = {
      ...(authorization === undefined ? {} : { authorization }),
      ...(connection.impersonatedUser === undefined ? {} : { "impersonate-user": connection.impersonatedUser }),
    };
    return await overSocket(
      new WebSocket(urlOf(connection, target, command), { protocols: PROTOCOL, dispatcher, headers }),
    );
  } finally {
    await dispatcher.destroy();
  }
}

function urlOf({ server }: Connection, { namespace, pod, container }: Target, command: readonly string[]): URL {
  const url = new URL(`${server.replace(/^http/, "ws")}/api/v1/namespaces/${namespace}/pods/${pod}/exec`);
  for (const [name, value] of [
    ["container", container],
    ["stdout", "true"],
    ["stderr", "true"],
  ] as const)
    url.searchParams.append(name, value);
  for (const word of command) url.searchParams.append("command", word);
  return url;
}

function dispatcherOf(connection: Connection): Dispatcher {
  const connect = { ...connection.tls(), timeout: DEADLINE_MS };
  return connection.proxy === undefined
    ? new Agent({ connect, allowH2: false })
    : new ProxyAgent({ uri: connection.proxy, proxyTunnel: true, requestTls: connect });
}

function overSocket(socket: WebSocket): Promise<string> {
  socket.binaryType = "arraybuffer";
  const said: Record<number, Buffer[]> = { [CHANNEL.out]: [], [CHANNEL.error]: [], [CHANNEL.status]: [] };
  let left = MOST_BYTES;
  const textOf = (channel: number): string => Buffer.concat(said[channel] ?? []).toString("utf8");
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail("no answer in time"), DEADLINE_MS);
    const fail = (message: string): void => {
      clearTimeout(timer);
      reject(new Error(message));
      socket.close();
    };
    socket.addEventListener("message", ({ data }: { data: unknown }) => {
      const bytes = Buffer.from(data as ArrayBuffer);
      left -= bytes.length;
      if (left > 0) said[bytes[0] ?? 0]?.push(bytes.subarray(1));
    });
    socket.addEventListener("error", ({ error, message }: { error?: unknown; message?: string }) =>
      fail(error instanceof Error ? error.message : (message ?? "the API server refused it")),
    );
    socket.addEventListener("close", () => {
      clearTimeout(timer);
      const problem = problemIn(textOf(CHANNEL.status));
      if (problem === undefined) resolve(textOf(CHANNEL.out));
      else reject(new Error(textOf(CHANNEL.error).trim() || problem));
    });
  });
}

/** The last frame is a Status; without one the command never ended. */
function problemIn(status: string): string | undefined {
  try {
    const { status: result, message } = JSON.parse(status) as { readonly status?: string; readonly message?: string };
    return result === "Success" ? undefined : (message ?? "the command failed");
  } catch {
    return "the connection ended before the command";
  }
}
