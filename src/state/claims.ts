/** The persistent volume claims of workloads that declare a size, and what lets them grow. Reads only. */
import { type Cache, type CacheOptions, keyOf, nameOf } from "kopf-ts";
import { type SizedClaim, sizedClaims } from "../expand/claims.ts";
import { PERSISTENT_VOLUME_CLAIM, STORAGE_CLASS } from "../kubernetes/kinds.ts";
import { ownClaimName } from "../names.ts";
import type { ClaimView, LiveClaim } from "../plan/claims.ts";
import type { PlatformGrants } from "./platform-grants.ts";
import { type ClaimRecord, shapeClaim } from "./records/claim.ts";
import type { WorkloadRecord } from "./records/workload.ts";

/** `data-db-0` is of the series `data-db`. */
const SERIES = /^(.+)-[0-9]+$/;

/** Which workloads a claim may be of: its name alone decides, so those that somebody made beforehand are found too. */
export function claimCandidates(key: string): readonly string[] {
  const { namespace = "", name } = nameOf(key);
  const stem = SERIES.exec(name)?.[1];
  return [name, ...(stem === undefined ? [] : [stem])].flatMap((one) =>
    [...one.matchAll(/-/g)].map(({ index }) => keyOf({ namespace, name: one.slice(index + 1) })),
  );
}

export class Claims {
  readonly cache: Cache<ClaimRecord>;
  /** Whether each StorageClass lets claims grow. */
  readonly classes: Cache<boolean>;
  readonly #granted: PlatformGrants;

  constructor(cache: <R>(options: CacheOptions<R>) => Cache<R>, granted: PlatformGrants) {
    this.#granted = granted;
    this.cache = cache({
      resource: PERSISTENT_VOLUME_CLAIM,
      shape: shapeClaim,
      indices: {
        series: (_record, { namespace = "", name }) => {
          const series = SERIES.exec(name)?.[1];
          return series === undefined ? [] : [keyOf({ namespace, name: series })];
        },
      },
    });
    this.classes = cache({
      resource: STORAGE_CLASS,
      shape: (object) => object["allowVolumeExpansion"] === true,
    });
  }

  /** Of the spec in force, in the order of its claims: those of a StatefulSet that exist, and of a Deployment those that must. */
  of(workload: WorkloadRecord): readonly ClaimView[] {
    const spec = this.#granted.specOf(workload);
    if (spec === undefined) return [];
    return sizedClaims(spec).flatMap((claim) => {
      const key = keyOf({ namespace: workload.ref.namespace, name: ownClaimName(workload.ref.name, claim.name) });
      const keys = spec.type === "StatefulSet" ? [...this.cache.byIndex("series", key)].sort() : [key];
      return keys.map((one) => this.#view(one, claim, workload));
    });
  }

  #view(key: string, { size }: SizedClaim, { ref }: WorkloadRecord): ClaimView {
    const record = this.cache.get(key);
    return { name: nameOf(key).name, size, workload: ref.name, live: record && this.#live(record, ref.name) };
  }

  #live({ workload, ...record }: ClaimRecord, name: string): LiveClaim {
    const isExpandable = record.storageClass !== undefined && this.classes.get(record.storageClass) === true;
    return {
      ...record,
      isOurs: workload === name,
      isOthers: workload !== undefined && workload !== name,
      isExpandable,
    };
  }
}
