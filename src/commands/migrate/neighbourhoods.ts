/** Reads the namespaces that peers are in, with the caller's rights. */
import { type Client, isForbidden } from "kopf-ts";
import { SERVICE } from "../../kubernetes/kinds.ts";
import type { Neighbourhood } from "../../migration/elsewhere.ts";
import { RUNNERS } from "../../migration/running.ts";
import { readiness } from "./ready.ts";

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
    const running = await Promise.all([...RUNNERS, SERVICE].map((resource) => client.list(resource, { namespace })));
    return { workloads, running: running.flatMap((list) => list.items) };
  } catch (error) {
    if (isForbidden(error)) return undefined;
    throw error;
  }
}
