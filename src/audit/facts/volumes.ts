/** Volumes of the cluster that are folders of a node, and which claims they are bound to. Pure. */
import type { Place, Sighting } from "../place.ts";
import { type Raw, record, records, text } from "../raw.ts";
import { type PodView, plainPath } from "./pod-view.ts";

/** A PersistentVolume that is a folder of a node. */
export interface HostVolume {
  readonly name: string;
  readonly path: string;
  /** `namespace/name` of the claim that it is kept for. */
  readonly claim: string | undefined;
  readonly storageClass: string;
  readonly place: Place;
}

export interface Claim {
  /** `namespace/name`. */
  readonly key: string;
  /** Empty until it is bound, unless somebody chose one. */
  readonly volume: string;
  readonly storageClass: string;
}

/** A claim that a pod mounts. */
export interface ClaimMount {
  /** `namespace/name`, or of a template what the names begin with. */
  readonly key: string;
  readonly isTemplate: boolean;
  readonly isReadOnly: boolean;
  readonly place: Place;
}

/** Undefined for a volume of a storage. */
export function hostVolumeOf({ object, name, at }: Sighting): HostVolume | undefined {
  const spec = record(object["spec"]);
  const field = spec["hostPath"] === undefined ? "local" : "hostPath";
  const path = text(record(spec[field])["path"]);
  if (path === undefined) return undefined;
  const claim = record(spec["claimRef"]);
  return {
    name,
    path: plainPath(path),
    claim:
      spec["claimRef"] === undefined ? undefined : `${text(claim["namespace"]) ?? ""}/${text(claim["name"]) ?? ""}`,
    storageClass: text(spec["storageClassName"]) ?? "",
    place: at("spec", field),
  };
}

export function claimOf({ object, namespace, name }: Sighting): Claim {
  const spec = record(object["spec"]);
  return {
    key: `${namespace}/${name}`,
    volume: text(spec["volumeName"]) ?? "",
    storageClass: text(spec["storageClassName"]) ?? "",
  };
}

/** Those of volumes, and those that a StatefulSet makes for each of its pods. */
export function claimMountsOf({ volumes, namespace, containers, at }: PodView, object: Raw): readonly ClaimMount[] {
  const named = volumes.flatMap(({ raw, mounts, place }) => {
    const name = text(record(raw["persistentVolumeClaim"])["claimName"]);
    if (name === undefined || mounts.length === 0) return [];
    return [
      { key: `${namespace}/${name}`, isTemplate: false, isReadOnly: mounts.every((one) => one.isReadOnly), place },
    ];
  });
  const owner = text(record(object["metadata"])["name"]) ?? "";
  const templates = records(record(object["spec"])["volumeClaimTemplates"]).flatMap((template) => {
    const name = text(record(template["metadata"])["name"]) ?? "";
    const mounts = containers.flatMap(({ raw }) => records(raw["volumeMounts"])).filter((one) => one["name"] === name);
    if (mounts.length === 0) return [];
    const isReadOnly = mounts.every((one) => one["readOnly"] === true);
    return [{ key: `${namespace}/${name}-${owner}-`, isTemplate: true, isReadOnly, place: at() }];
  });
  return [...named, ...templates];
}

/** The volumes that a mount may show: those bound to its claim, and where none is yet, those of its class that are free. */
export function volumesBehind(
  { key, isTemplate }: ClaimMount,
  volumes: readonly HostVolume[],
  claims: ReadonlyMap<string, Claim>,
): readonly HostVolume[] {
  const own = (other: string): boolean => (isTemplate ? other.startsWith(key) : other === key);
  const asked = [...claims.values()].filter((claim) => own(claim.key));
  return volumes.filter(({ name, claim, storageClass }) => {
    if (claim !== undefined) return own(claim);
    return asked.some((one) =>
      one.volume === "" ? storageClass !== "" && one.storageClass === storageClass : one.volume === name,
    );
  });
}
