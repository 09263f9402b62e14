/** Reads the namespaces that peers are in, with the caller's rights. */
import { type Client, isForbidden, type Resource } from "kopf-ts";
import {
  CRON_JOB,
  DAEMON_SET,
  DEPLOYMENT,
  JOB,
  REPLICATION_CONTROLLER,
  SERVICE,
  STATEFUL_SET,
} from "../../kubernetes/kinds.ts";
import type { Neighbourhood } from "../../migration/elsewhere.ts";
import { readiness } from "./ready.ts";

const RUNNING: readonly Resource[] = [
  DEPLOYMENT,
  STATEFUL_SET,
  DAEMON_SET,
  CRON_JOB,
  JOB,
  REPLICATION_CONTROLLER,
  SERVICE,
];

/** Undefined for each that the caller may not look into. */
export async function neighbourhoodsOf(
  client: Client,
  namespaces: readonly string[],
): Promise<ReadonlyMap<string, Neighbourhood | undefined>> {
  const read = await Promise.all(
    namespaces.map(async (namespace) => [namespace, await neighbourhoodOf(client, namespace)] as const),
  );
  return new Map(read);
}

async function neighbourhoodOf(client: Client, namespace: string): Promise<Neighbourhood | undefined> {
  try {
    const workloads = await readiness(client, namespace);
    const running = await Promise.all(RUNNING.map((resource) => client.list(resource, { namespace })));
    return { workloads, running: running.flatMap((list) => list.items) };
  } catch (error) {
    if (isForbidden(error)) return undefined;
    throw error;
  }
}
