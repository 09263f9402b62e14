/** The API server, as a command that people type asks it: with their rights, and under the command's own name. */
import { type Client, type Connection, createClient, createTransport, type Transport } from "kopf-ts";
import type { Config } from "../config/load.ts";
import { VERSION } from "../version.ts";
import { FALLBACK_NAMESPACE } from "./answer.ts";
import { connectionOf, FIELD_MANAGER } from "./process.ts";
import { reachable } from "./reachable.ts";

export interface OpenApi {
  readonly connection: Connection;
  /** Of `--namespace`, else of the context, else `default`. */
  readonly namespace: string;
  readonly transport: Transport;
  readonly client: Client;
  close(): Promise<void>;
}

/** Requests end when `signal` aborts. What it writes has the field manager `palisade-COMMAND`. Whoever opens it closes it. */
export async function openApi(config: Config, command: string, signal: AbortSignal): Promise<OpenApi> {
  const connection = await reachable(() => connectionOf(config));
  const name = `${FIELD_MANAGER}-${command}`;
  const transport = createTransport(connection, { userAgent: `${name}/${VERSION}` }).withAbort(signal);
  return {
    connection,
    namespace: config.namespace ?? connection.namespace ?? FALLBACK_NAMESPACE,
    transport,
    client: createClient(transport, name),
    close: () => transport.close(),
  };
}
