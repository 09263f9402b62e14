/** The attacks that change one object of the victim's: a patch, and whether it is still there. */
import type { Client, KubeObject, Resource } from "kopf-ts";
import type { Attack, Attacker } from "./case.ts";
import type { Stage } from "./stage.ts";

export interface PatchOptions {
  readonly user?: Attacker;
  readonly type?: "merge" | "strategic" | "json";
  readonly subresource?: string;
}

/** `mark`: what the object says as JSON while the change stands; a function where that is not enough. */
export function patching(
  title: string,
  resource: Resource,
  name: string,
  body: object,
  mark: string | ((object: KubeObject) => boolean),
  { user = "alice", type = "merge", subresource }: PatchOptions = {},
): Attack {
  const holds = typeof mark === "string" ? (object: KubeObject) => textOf(object).includes(mark) : mark;
  return {
    title,
    user,
    act: ({ namespace }, client) =>
      client.patch(resource, { namespace, name }, body, {
        type,
        ...(subresource === undefined ? {} : { subresource }),
      }),
    stands: async (stage) => {
      const live = await stage.get(resource, name);
      return live !== undefined && holds(live);
    },
  };
}

/** Without managedFields, which would name a field long after it is gone. */
export const textOf = ({ metadata: { managedFields: _who, ...metadata }, ...rest }: KubeObject): string =>
  JSON.stringify({ ...rest, metadata });

/** Creating an object of its own; it stands as long as it is there. */
export function creating(
  title: string,
  resource: Resource,
  object: (stage: Stage) => KubeObject,
  user: Attacker = "alice",
): Attack {
  return {
    title,
    user,
    act: (stage, client) => client.create(resource, object(stage)),
    stands: async (stage) => {
      const { name, namespace } = object(stage).metadata;
      const live = await stage.admin.get(resource, namespace === undefined ? { name } : { namespace, name });
      return live !== undefined && live.metadata.deletionTimestamp === undefined;
    },
    restore: async (stage) => {
      const { name, namespace } = object(stage).metadata;
      await stage.admin.delete(resource, namespace === undefined ? { name } : { namespace, name });
    },
  };
}

/** Deleting one of the victim's objects; it stands while there is none, or the one on its way out. */
export function deleting(title: string, resource: Resource, name: string, user: Attacker = "alice"): Attack {
  return {
    title,
    user,
    act: async ({ namespace }, client: Client) => client.delete(resource, { namespace, name }),
    stands: async (stage) => {
      const live = await stage.get(resource, name);
      return live === undefined || live.metadata.deletionTimestamp !== undefined;
    },
  };
}
