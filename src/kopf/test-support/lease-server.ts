/** Leases of one namespace as the API server keeps them: versions move on each write, a stale version is refused. */
import { ApiError } from "../api-error.ts";
import type { Client } from "../client.ts";
import type { KubeObject, ObjectName } from "../object.ts";

export class LeaseServer {
  readonly leases = new Map<string, KubeObject>();
  #version = 0;

  /** Who holds it; empty where nobody does. */
  holder(name: string): string {
    return (this.leases.get(name)?.["spec"] as { readonly holderIdentity?: string } | undefined)?.holderIdentity ?? "";
  }

  names(): readonly string[] {
    return [...this.leases.keys()].sort();
  }

  /** `isReachable` is asked with the name of the Lease, where the request is about one. */
  client(isReachable: (name?: string) => boolean = () => true): Client {
    const reach = (name?: string): void => {
      if (!isReachable(name)) throw new ApiError("no answer", { status: 0 });
    };
    const mustHold = ({ name, resourceVersion }: KubeObject["metadata"]): void => {
      const held = this.leases.get(name);
      if (held === undefined) throw new ApiError("not found", { status: 404, reason: "NotFound" });
      if (held.metadata.resourceVersion !== resourceVersion)
        throw new ApiError("stale", { status: 409, reason: "Conflict" });
    };
    const store = (object: KubeObject): KubeObject => {
      this.#version += 1;
      const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#version) } };
      this.leases.set(object.metadata.name, stored);
      return stored;
    };
    return {
      get: async (_resource: unknown, { name }: ObjectName) => {
        reach(name);
        return this.leases.get(name);
      },
      list: async () => {
        reach();
        return { items: [...this.leases.values()], resourceVersion: String(this.#version) };
      },
      create: async (_resource: unknown, object: KubeObject) => {
        reach(object.metadata.name);
        if (this.leases.has(object.metadata.name))
          throw new ApiError("exists", { status: 409, reason: "AlreadyExists" });
        return store(object);
      },
      replace: async (_resource: unknown, object: KubeObject) => {
        reach(object.metadata.name);
        mustHold(object.metadata);
        return store(object);
      },
      delete: async (_resource: unknown, { name }: ObjectName, { resourceVersion }: { resourceVersion: string }) => {
        reach(name);
        mustHold({ name, resourceVersion });
        return this.leases.delete(name);
      },
    } as unknown as Client;
  }
}
