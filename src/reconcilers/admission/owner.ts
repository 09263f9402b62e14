/**
 * The owner of the policies: the policy controller's ClusterRole, which every installation method creates. Removing the release removes it, and the garbage
 * collector then removes the policies; no hook and no finalizer has to run (decision 0016).
 */
import { apiVersionOf, type Cache, type CacheOptions, type OwnerReference } from "kopf-ts";
import { CLUSTER_ROLE } from "../../kubernetes/kinds.ts";

export class PolicyOwner {
  /** The uid of the role. */
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

  /** None without such a role: if run by hand, the policies have no owner. */
  references(): readonly OwnerReference[] {
    const uid = this.cache.get(this.#name);
    if (uid === undefined) return [];
    return [{ apiVersion: apiVersionOf(CLUSTER_ROLE), kind: CLUSTER_ROLE.kind, name: this.#name, uid }];
  }

  /** The release is being removed: a policy written now would outlive it. */
  isGone(): boolean {
    return this.#wasThere && this.cache.get(this.#name) === undefined;
  }
}
