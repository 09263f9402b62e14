/** What runs in a namespace, as manifests: read with the caller's rights. Secrets are never asked for. */
import type { Client, KubeObject, Resource } from "kopf-ts";
import {
  CONFIG_MAP,
  HORIZONTAL_POD_AUTOSCALER,
  HTTP_ROUTE,
  INGRESS,
  NETWORK_POLICY,
  POD,
  POD_DISRUPTION_BUDGET,
  POD_MONITOR,
  ROLE,
  ROLE_BINDING,
  SCALED_OBJECT,
  SERVICE,
  SERVICE_ACCOUNT,
  SERVICE_MONITOR,
} from "../kubernetes/kinds.ts";
import { controllerOf } from "../kubernetes/metadata.ts";
import type { Manifest, Unread } from "../manifests/parse.ts";
import { RUNNERS } from "../migration/running.ts";
import { couldNotLook, type Given } from "./answer.ts";
import { configOf } from "./config-of.ts";
import type { Manifests } from "./files.ts";
import { openApi } from "./open-api.ts";
import { isRefusal, reachable } from "./reachable.ts";

export const READABLE: readonly Resource[] = [
  ...RUNNERS,
  POD,
  SERVICE,
  CONFIG_MAP,
  INGRESS,
  HTTP_ROUTE,
  HORIZONTAL_POD_AUTOSCALER,
  SCALED_OBJECT,
  POD_DISRUPTION_BUDGET,
  NETWORK_POLICY,
  SERVICE_ACCOUNT,
  ROLE,
  ROLE_BINDING,
  SERVICE_MONITOR,
  POD_MONITOR,
];

interface Listed {
  readonly manifests: readonly Manifest[];
  readonly unread: readonly Unread[];
}

/** Of `--namespace`, else of the context's. */
export async function liveManifests({ flags, signal }: Given): Promise<Manifests & { readonly namespace: string }> {
  const { client, namespace, close } = await openApi(configOf(flags, "palisade convert --help"), "convert", signal);
  try {
    return { ...(await manifestsOf(client, namespace)), namespace };
  } finally {
    await close();
  }
}

/** A kind that the caller may not list is told; one that the cluster does not serve is not there. */
export async function manifestsOf(client: Client, namespace: string): Promise<Manifests> {
  const listed = await reachable(() => Promise.all(READABLE.map((resource) => listOf(client, resource, namespace))));
  const manifests = listed.flatMap((one) => one.manifests);
  const unread = listed.flatMap((one) => one.unread);
  if (unread.length === READABLE.length)
    throw couldNotLook(`nothing in ${namespace} may be listed`, `kubectl auth can-i list deployments -n ${namespace}`);
  return { manifests, foreign: [], unread };
}

async function listOf(client: Client, resource: Resource, namespace: string): Promise<Listed> {
  try {
    const { items } = await client.list(resource, { namespace });
    return { manifests: items.filter((object) => !isMade(object)).map(manifestOf), unread: [] };
  } catch (error) {
    if (!isRefusal(error)) throw error;
    if (error.status === 404) return { manifests: [], unread: [] };
    return { manifests: [], unread: [{ file: resource.plural, line: 1, problem: "may not be listed: left out" }] };
  }
}

/** What a controller makes comes from something else that is read, or from a SecureWorkload. */
const isMade = (object: KubeObject): boolean => controllerOf(object) !== undefined;

const manifestOf = (object: KubeObject): Manifest => ({
  object,
  file: `${object.kind}/${object.metadata.name}`,
  lineOf: () => 1,
});
