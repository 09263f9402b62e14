/**
 * What the policies belong to: the ClusterRole of the keeper, which every way of installing makes. Whatever removes the release removes it, and the garbage
 * collector then removes the policies; no hook and no finalizer has to run (decision 0016).
 */
import type { Cache, CacheOptions } from "../../kopf/cache.ts";
import type { OwnerReference } from "../../kopf/object.ts";
import { apiVersionOf } from "../../kopf/resource.ts";
import { CLUSTER_ROLE } from "../secure-workload/resources/kinds.ts";

export class PolicyOwner {
  /** The uid of the one role. */
  readonly cache: Cache<string>;
  readonly #name: string;
  #wasThere = false;

  constructor(cache: <R>(options: CacheOptions<R>) => Cache<R>, name: string) {
    this.#name = name;
    this.cache = cache({
      resource: CLUSTER_ROLE,
      fieldSelector: `metadata.name=${name}`,
      shape: ({ metadata }) => {
        this.#wasThere = true;
        return metadata.uid;
      },
    });
  }

  /** None where there is no such role: run by hand, the policies are nobody's. */
  references(): readonly OwnerReference[] {
    const uid = this.cache.get(this.#name);
    if (uid === undefined) return [];
    return [{ apiVersion: apiVersionOf(CLUSTER_ROLE), kind: CLUSTER_ROLE.kind, name: this.#name, uid }];
  }

  /** The release is being removed: whoever wrote a policy now would keep it from going. */
  isGone(): boolean {
    return this.#wasThere && this.cache.get(this.#name) === undefined;
  }
}
