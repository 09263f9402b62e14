/** What a cluster says of addresses, rights and what is declared, with the caller's rights. What may not be read is told. */
import { ApiError, type Client, type KubeObject, type Resource } from "kopf-ts";
import { convert } from "../../convert/convert.ts";
import { BASELINE_NAME, SECURE_WORKLOAD, SECURITY_BASELINE } from "../../crds/group.ts";
import {
  CLUSTER_ROLE,
  CLUSTER_ROLE_BINDING,
  ENDPOINT_SLICE,
  NODE,
  POD,
  ROLE,
  ROLE_BINDING,
  SERVICE,
} from "../../kubernetes/kinds.ts";
import { declaredBy } from "../../learn/declared.ts";
import { manifestsOf } from "../live.ts";
import { reachable } from "../reachable.ts";
import { type Drafts, NO_DRAFTS } from "./drafts.ts";

/** Undefined for what may not be read, or is not served. */
async function listed(
  client: Client,
  resource: Resource,
  namespace?: string,
): Promise<readonly KubeObject[] | undefined> {
  try {
    const { items } = await client.list(resource, namespace === undefined ? {} : { namespace });
    return items;
  } catch (error) {
    if (error instanceof ApiError && error.status >= 400 && error.status < 500) return undefined;
    throw error;
  }
}

export interface Addresses {
  readonly objects: readonly KubeObject[];
  /** What may not be read, in sentences. */
  readonly left: readonly string[];
}

/** Of every namespace where the caller may, else of one. */
export async function addressesOf(client: Client, namespace: string): Promise<Addresses> {
  const left: string[] = [];
  const wide = async (resource: Resource): Promise<readonly KubeObject[]> => {
    const all = await listed(client, resource);
    if (all !== undefined) return all;
    left.push(`${resource.plural} of other namespaces, which you may not list: their addresses are nobody's`);
    return (await listed(client, resource, namespace)) ?? [];
  };
  const [pods, services, nodes, slices, api] = await reachable(() =>
    Promise.all([
      wide(POD),
      wide(SERVICE),
      listed(client, NODE),
      listed(client, ENDPOINT_SLICE, namespace),
      listed(client, ENDPOINT_SLICE, "default"),
    ]),
  );
  if (nodes === undefined)
    left.push("nodes, which you may not list: callers from addresses beside those of pods are taken to be theirs");
  return { objects: [...services, ...(nodes ?? []), ...(slices ?? []), ...(api ?? []), ...pods], left };
}

/** Roles and bindings of a namespace, and those of the cluster where the caller may read them. */
export async function rbacOf(client: Client, namespace: string): Promise<readonly KubeObject[]> {
  const lists = await reachable(() =>
    Promise.all([
      listed(client, ROLE, namespace),
      listed(client, ROLE_BINDING, namespace),
      listed(client, CLUSTER_ROLE),
      listed(client, CLUSTER_ROLE_BINDING),
    ]),
  );
  return lists.flatMap((list) => list ?? []);
}

/** The SecureWorkloads of a namespace, and what `convert` makes of whatever runs beside them. */
export async function declaredIn(client: Client, namespace: string): Promise<Drafts> {
  const { manifests } = await manifestsOf(client, namespace);
  const standing = (await reachable(() => listed(client, SECURE_WORKLOAD, namespace))) ?? [];
  const names = new Set(standing.map(({ metadata }) => metadata.name));
  const { workloads } = convert({ manifests, unread: [] }, namespace);
  const inferred = workloads.map(({ object }) => object).filter(({ metadata }) => !names.has(metadata.name));
  return {
    ...NO_DRAFTS,
    workloads: [...standing, ...inferred].map((object) => declaredBy(object, namespace)),
    baseline: await baselineOf(client),
    objects: manifests.map(({ object }) => object),
  };
}

export async function baselineOf(client: Client): Promise<KubeObject | undefined> {
  try {
    return await client.get(SECURITY_BASELINE, { name: BASELINE_NAME });
  } catch {
    return undefined;
  }
}
