/** Ports for servers that are stopped and started again on them. */
import { createServer } from "node:net";

export const LOOPBACK = "127.0.0.1";

// Below every system's range for outgoing connections: a client that retries a server which is down could otherwise
// be given that very port, connect to itself, and keep the server from coming back.
const FIRST = 20_000;
const LAST = 29_999;

/** Different ports that were free a moment ago. Another process may still be quicker, so be ready to try again. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const found = new Set<number>();
  while (found.size < count) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST + 1));
    if (await isFree(port)) found.add(port);
  }
  return [...found];
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, LOOPBACK, () => server.close(() => resolve(true)));
  });
}
