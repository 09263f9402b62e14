/** Reads SecureWorkloads and what belongs to them with the caller's rights. What may not be read is told, and the rest goes on. */
import { ApiError, type Client, EVENT, isForbidden, isNotFound, type KubeObject, type Resource } from "kopf-ts";
import { SECURE_WORKLOAD, WORKLOAD_LABEL } from "../../crds/group.ts";
import { POD } from "../../kubernetes/kinds.ts";
import { couldNotLook, type Failure, messageOf } from "../answer.ts";
import { partsOf, resourceOfChild } from "./children.ts";
import type { Unread } from "./model.ts";
import { type Reading, statusOf } from "./reading.ts";

export interface Asking {
  readonly client: Client;
  /** Undefined for every namespace. */
  readonly namespace: string | undefined;
  /** The user to act as, for what is to be typed. */
  readonly as: string | undefined;
}

interface Right {
  readonly verb: "get" | "list";
  readonly resource: Resource;
}

/** Without the SecureWorkloads there is nothing to say. */
export async function readAll(asking: Asking): Promise<readonly KubeObject[]> {
  const { client, namespace } = asking;
  const where = namespace === undefined ? {} : { namespace };
  return await orNoAnswer(asking, { verb: "list", resource: SECURE_WORKLOAD }, async () => {
    const { items } = await client.list(SECURE_WORKLOAD, where);
    return items;
  });
}

/** Rejects where there is no such SecureWorkload, or it may not be read. */
export async function readOne(name: string, asking: Asking & { readonly namespace: string }): Promise<Reading> {
  const { client, namespace } = asking;
  const workload = await orNoAnswer(asking, { verb: "get", resource: SECURE_WORKLOAD }, () =>
    client.get(SECURE_WORKLOAD, { namespace, name }),
  );
  if (workload === undefined)
    throw couldNotLook(`there is no SecureWorkload ${namespace}/${name}`, `palisade status -n ${namespace}`);
  const events = { fieldSelector: `regarding.kind=${SECURE_WORKLOAD.kind},regarding.name=${name}` };
  const [children, pods, told] = await Promise.all([
    Promise.all((statusOf(workload).children ?? []).map((child) => readChild(child, name, asking))),
    readList("pods", POD, { labelSelector: `${WORKLOAD_LABEL}=${name}` }, asking),
    readList("corrections, but for the last one", EVENT, events, asking),
  ]);
  return {
    workload,
    children: new Map(children.flatMap(({ entry }) => (entry === undefined ? [] : [entry]))),
    pods: pods.items,
    events: told.items,
    unread: [...children.flatMap(({ unread }) => unread), ...pods.unread, ...told.unread],
  };
}

interface ReadChild {
  readonly entry?: readonly [string, KubeObject | undefined];
  readonly unread: readonly Unread[];
}

async function readChild(child: string, workload: string, asking: Asking): Promise<ReadChild> {
  const resource = resourceOfChild(child, workload);
  const { namespace = "" } = asking;
  if (resource === undefined) {
    const next = `kubectl get ${child.toLowerCase()} -n ${namespace}`;
    return { unread: [{ what: child, message: "this version of palisade does not know such a child", next }] };
  }
  const { name } = partsOf(child);
  try {
    return { entry: [child, await asking.client.get(resource, { namespace, name })], unread: [] };
  } catch (error) {
    return { unread: [unreadBecause(error, child, { verb: "get", resource }, asking)] };
  }
}

async function readList(
  what: string,
  resource: Resource,
  selector: { readonly labelSelector?: string; readonly fieldSelector?: string },
  asking: Asking,
): Promise<{ readonly items: readonly KubeObject[]; readonly unread: readonly Unread[] }> {
  const { client, namespace = "" } = asking;
  try {
    return { ...(await client.list(resource, { namespace, ...selector })), unread: [] };
  } catch (error) {
    return { items: [], unread: [unreadBecause(error, what, { verb: "list", resource }, asking)] };
  }
}

/** Throws where the API server does not answer any more, or does not know who asks. */
function unreadBecause(error: unknown, what: string, right: Right, asking: Asking): Unread {
  if (!(error instanceof ApiError) || error.status === 0 || error.status === 401) throw noAnswer(error);
  const next = canI(right, asking);
  if (!isForbidden(error)) return { what, message: error.message, next };
  return { what, right: `${right.verb} ${namedResource(right.resource)}`, message: missing(right, asking), next };
}

/** A refusal names the right that is missing. */
async function orNoAnswer<T>(asking: Asking, right: Right, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (isForbidden(error)) throw couldNotLook(missing(right, asking), canI(right, asking));
    if (isNotFound(error))
      throw couldNotLook(
        `this cluster does not serve ${namedResource(right.resource)}`,
        "kubectl api-resources --api-group=palisade.dev",
      );
    throw noAnswer(error);
  }
}

const noAnswer = (error: unknown): Failure => couldNotLook(messageOf(error), "kubectl cluster-info");

const namedResource = ({ plural, group }: Resource): string => (group === "" ? plural : `${plural}.${group}`);

const missing = ({ verb, resource }: Right, { namespace }: Asking): string =>
  `you may not ${verb} ${namedResource(resource)} in ${namespace === undefined ? "every namespace" : `namespace ${namespace}`}`;

function canI({ verb, resource }: Right, { namespace, as }: Asking): string {
  const where = namespace === undefined ? "-A" : `-n ${namespace}`;
  const who = as === undefined ? "" : ` --as ${as}`;
  return `kubectl auth can-i ${verb} ${namedResource(resource)} ${where}${who}`;
}
