/** Volumes are compared where they are mounted: their names mean nothing outside of the pod. */
import type { KubeObject } from "kopf-ts";
import { leavesOf, type Step } from "../../src/render/provenance.ts";
import { at, isSame, itemsAt } from "./counterpart.ts";

export interface MountDecision {
  readonly verdict: "kept" | "replaced";
  readonly note: string;
}

const NAMES = "volumes have names of Palisade's own";
const COPY = "pods mount a copy that cannot change, and roll when the source does";
const SIZED = "every directory has a size";
const ONE_FILE = "a file is mounted by its key";

/** What became of a mount's or a volume's leaf; undefined where its mount is gone, or holds something else. */
export function decideVolume(object: KubeObject, made: KubeObject, path: readonly Step[]): MountDecision | undefined {
  const index = path.findIndex(
    (step) => step === "volumes" || step === "volumeMounts" || step === "volumeClaimTemplates",
  );
  if (index === -1) return undefined;
  const [original, rendered] = [podOf(object), podOf(made)];
  const item = path.slice(0, index + 2).reduce<unknown>((inner, step) => at(inner, step), object);
  const isMount = path[index] === "volumeMounts";
  const name = isMount ? at(item, "name") : (at(item, "name") ?? at(at(item, "metadata"), "name"));
  const mounts = isMount ? [item] : mountsIn(original).filter((mount) => at(mount, "name") === name);
  const there = mounts.map((mount) => mountsIn(rendered).find((one) => isSamePath(one, mount)));
  if (there.length === 0 || there.includes(undefined)) return undefined;
  const leaf = path.slice(index + 2);
  if (leaf[0] === "name") return { verdict: "replaced", note: NAMES };
  if (isMount) return mountLeaf(leaf, item, there[0], rendered);
  const value = leaf.reduce<unknown>((inner, step) => at(inner, step), item);
  return volumeLeaf(leaf, value, volumeOf(there[0], rendered), made.metadata.name);
}

const podOf = (object: KubeObject): unknown => {
  const spec = at(object, "spec");
  const template = at(spec, "template") ?? at(at(at(spec, "jobTemplate"), "spec"), "template");
  return at(template, "spec");
};

const mountsIn = (pod: unknown): readonly unknown[] =>
  [...itemsAt(pod, "containers"), ...itemsAt(pod, "initContainers")].flatMap((one) => itemsAt(one, "volumeMounts"));

/** Of a file that is mounted alone, its directory may be mounted as a whole. */
const isSamePath = (one: unknown, other: unknown): boolean =>
  pathText(at(one, "mountPath")) === pathText(at(other, "mountPath"));

const pathText = (path: unknown): string => String(path).replace(/\/+$/, "");

const volumeOf = (mount: unknown, pod: unknown): unknown =>
  itemsAt(pod, "volumes").find((volume) => at(volume, "name") === at(mount, "name"));

/** `subPath` of a file is its key; an empty one is none. */
function mountLeaf(leaf: readonly Step[], mount: unknown, there: unknown, pod: unknown): MountDecision | undefined {
  const [field = ""] = leaf;
  const value = at(mount, field);
  if (field === "mountPath" || isSame(value, at(there, field))) return { verdict: "kept", note: "" };
  if (field !== "subPath") return undefined;
  if (value === "") return { verdict: "kept", note: "" };
  const isKey = leavesOf(volumeOf(there, pod)).some((one) => isSame(one.value, value));
  return isKey ? { verdict: "replaced", note: ONE_FILE } : undefined;
}

function volumeLeaf(
  leaf: readonly Step[],
  value: unknown,
  volume: unknown,
  workload: string,
): MountDecision | undefined {
  const there = leaf.reduce<unknown>((inner, step) => at(inner, step), volume);
  if (isSame(value, there)) return { verdict: "kept", note: "" };
  if (leaf.join(".") === "configMap.name" && typeof there === "string")
    return there.startsWith(`${workload}.${String(value)}.`) ? { verdict: "replaced", note: COPY } : undefined;
  return leaf.join(".") === "emptyDir" && there !== undefined ? { verdict: "replaced", note: SIZED } : undefined;
}
