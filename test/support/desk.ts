/** A desk at which commands are typed, in this process: a kubeconfig of a server on this machine, and what the front door says. */
import { writeFileSync } from "node:fs";
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
