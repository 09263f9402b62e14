/** Waits for an API server of our own. */
import { existsSync, readFileSync } from "node:fs";
import { Agent, request } from "undici";
import { pause } from "./pause.ts";
import { isRunning, tailOf } from "./processes.ts";

const DEADLINE_MS = 90_000;

/** Resolves when `/readyz` answers ok. Throws with the end of the log when a process ends first, or after 90 s. */
export async function untilReady(folder: string, url: string, caFile: string, token: string): Promise<void> {
  const deadlineMs = performance.now() + DEADLINE_MS;
  for (;;) {
    const ready = existsSync(caFile) && (await isReady(url, caFile, token));
    for (const name of ["etcd", "kube-apiserver"]) {
      if (!isRunning(folder, name)) throw new Error(`${name} ended at start:\n${tailOf(folder, name)}`);
    }
    if (ready) return;
    if (performance.now() > deadlineMs) {
      throw new Error(`kube-apiserver was not ready in ${DEADLINE_MS} ms:\n${tailOf(folder, "kube-apiserver")}`);
    }
    await pause(50);
  }
}

async function isReady(url: string, caFile: string, token: string): Promise<boolean> {
  const dispatcher = new Agent({ connect: { ca: readFileSync(caFile) } });
  try {
    const headers = { authorization: `Bearer ${token}` };
    const { statusCode, body } = await request(`${url}/readyz`, { dispatcher, headers });
    await body.dump();
    return statusCode === 200;
  } catch {
    return false;
  } finally {
    await dispatcher.destroy();
  }
}
