/** Reads what Palisade holds, with the caller's rights. What may not be read is told, and the rest goes on. */
import { ApiError, type Client, EVENT, isNotFound, type KubeObject, type Resource } from "kopf-ts";
import { SECURE_WORKLOAD, SECURITY_BASELINE, SECURITY_EXCEPTION } from "../../crds/group.ts";
import { NAMESPACE } from "../../kubernetes/kinds.ts";
import { couldNotLook, messageOf } from "../answer.ts";
import type { HeldReading } from "./holdings.ts";

interface Listed {
  readonly items: readonly KubeObject[];
  readonly unread: HeldReading["unread"];
}

/** Of every namespace, or of one. */
export async function readHeld(client: Client, namespace: string | undefined): Promise<HeldReading> {
  const where = namespace === undefined ? {} : { namespace };
  const [workloads, events, baselines, exceptions, namespaces] = await Promise.all([
    listed(client, SECURE_WORKLOAD, where),
    listed(client, EVENT, { ...where, fieldSelector: `reason=DriftCorrected,regarding.kind=${SECURE_WORKLOAD.kind}` }),
    listed(client, SECURITY_BASELINE, {}),
    listed(client, SECURITY_EXCEPTION, {}),
    readNamespaces(client, namespace),
  ]);
  return {
    workloads: workloads.items,
    events: events.items,
    baseline: baselines.items[0],
    exceptions: exceptions.items,
    namespaces: namespaces.items,
    namespace,
    unread: [workloads, events, baselines, exceptions, namespaces].flatMap(({ unread }) => unread),
  };
}

async function listed(client: Client, resource: Resource, where: Parameters<Client["list"]>[1]): Promise<Listed> {
  try {
    return { items: (await client.list(resource, where)).items, unread: [] };
  } catch (error) {
    if (resource === SECURE_WORKLOAD && isNotFound(error))
      throw couldNotLook(
        "this cluster does not serve SecureWorkloads: no Palisade runs in it",
        "palisade audit -o html",
      );
    return { items: [], unread: [unreadBecause(error, resource)] };
  }
}

/** Whoever may read one namespace may not be allowed to list them. */
async function readNamespaces(client: Client, namespace: string | undefined): Promise<Listed> {
  if (namespace === undefined) return await listed(client, NAMESPACE, {});
  try {
    const found = await client.get(NAMESPACE, { name: namespace });
    return { items: found === undefined ? [] : [found], unread: [] };
  } catch (error) {
    return { items: [], unread: [unreadBecause(error, NAMESPACE)] };
  }
}

/** Throws where the API server does not answer any more, or does not know who asks. */
function unreadBecause(error: unknown, { plural, group }: Resource): HeldReading["unread"][number] {
  if (!(error instanceof ApiError) || error.status === 0 || error.status === 401)
    throw couldNotLook(messageOf(error), "kubectl cluster-info");
  const what = group === "" ? plural : `${plural}.${group}`;
  return { what, problem: error.status === 403 ? "may not be read: what is in it is unknown" : error.message };
}
