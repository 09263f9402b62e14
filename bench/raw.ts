/** A workload and its children as Palisade would make them, sent by hand: what the API server can do at all. */
import type { Client, KubeObject, Resource } from "kopf-ts";
import { SECURE_WORKLOAD } from "../src/crds/group.ts";
import { parseSecureWorkload } from "../src/crds/v1alpha1/secure-workload.ts";
import { CHILD_KINDS, expand } from "../src/expand/child-kinds.ts";
import { NO_PLATFORM } from "../src/expand/input.ts";

export async function makeRaw(client: Client, workload: KubeObject): Promise<void> {
  const { namespace = "", name } = workload.metadata;
  const parsed = parseSecureWorkload(workload);
  if (!parsed.ok) throw new Error(parsed.errors.join());
  const children = expand({
    workload: { namespace, name, uid: crypto.randomUUID(), labels: {} },
    spec: parsed.value.spec,
    identity: { uid: 20_000, userNamespace: true },
    facts: { dns: undefined, apiServer: undefined, podSecurityVersion: "v1.37" },
    platform: NO_PLATFORM,
    resolved: { configs: {}, images: {} },
  });
  await client.create(SECURE_WORKLOAD, workload);
  await Promise.all(
    children.map((child) =>
      client.create(resourceOf(child), { ...child, metadata: { ...child.metadata, ownerReferences: [] } }),
    ),
  );
}

function resourceOf({ kind }: KubeObject): Resource {
  const found = CHILD_KINDS.find(({ resource }) => resource.kind === kind);
  if (found === undefined) throw new Error(`no child kind ${kind}`);
  return found.resource;
}
