/** What a container mounts: scratch, files and claims. */
import { claims } from "../../crds/v1alpha1/claims.ts";
import { entryOf } from "../../manifests/entry.ts";
import { sizeOf } from "../amounts.ts";
import { type Draft, defined } from "../draft.ts";
import type { Part } from "../ledger.ts";
import { takes } from "../takes.ts";
import { keysMount, podFieldsMount } from "./files.ts";
import {
  type AnyMount,
  folderOf,
  type KeysIn,
  type Mounted,
  type Mounting,
  subPathOf,
  type Volumes,
} from "./mounting.ts";
import { projectedMount } from "./projected.ts";

export function volumesIn(pod: Part, claimTemplates: Part, keysIn: KeysIn): Volumes {
  const named = (parts: readonly Part[], ...path: readonly string[]) =>
    new Map(parts.map((part) => [part.at(...path).text() ?? "", part] as const));
  const uses = new Map<string, number>();
  for (const container of [...pod.at("containers").items(), ...pod.at("initContainers").items()])
    for (const mount of container.at("volumeMounts").items()) {
      const name = mount.at("name").text() ?? "";
      for (const folder of new Set([name, folderOf(name, subPathOf(mount))]))
        uses.set(folder, (uses.get(folder) ?? 0) + 1);
    }
  return {
    byName: named(pod.at("volumes").items(), "name"),
    templates: named(claimTemplates.items(), "metadata", "name"),
    uses,
    claimNames: new Map(),
    keysIn,
  };
}

/** Volumes that nobody mounts do nothing. */
export function dropUnmounted(volumes: Volumes): void {
  for (const [name, part] of volumes.byName) if (!volumes.uses.has(name)) part.drop("no container mounts it");
}

export function mountsOf(draft: Draft, container: Part, volumes: Volumes, where: string): Mounted {
  const mounted: Mounted = { scratch: [], files: [], claims: [] };
  for (const mount of container.at("volumeMounts").items()) {
    const name = mount.at("name").text() ?? "";
    const path = (mount.at("mountPath").text() ?? "").replace(/(?<=.)\/+$/, "");
    const volume = volumes.byName.get(name);
    mount.at("mountPropagation").fix("rule no-mount-propagation");
    mount.at("subPathExpr").fix("rule no-subpath-expressions");
    mount.at("recursiveReadOnly").drop("readOnly is enough");
    addMount({ draft, container, mount, volume, name, path, where, volumes, mounted });
  }
  return mounted;
}

function addMount(any: AnyMount): void {
  const { draft, mount, volume, volumes, name, where } = any;
  if (volumes.templates.has(name) || volume?.at("persistentVolumeClaim").exists === true) {
    claimMount(any);
  } else if (volume === undefined) {
    mount.drop("there is no volume of this name");
    draft.decisions.push(`${where}volumeMounts[${name}]: there is no volume of this name`);
  } else {
    const kind = volume.fields().find(([field]) => field !== "name")?.[0] ?? "emptyDir";
    const read = entryOf(KINDS, kind);
    if (read === undefined) refuse(any, volume, kind);
    else {
      volume.at("name").replace("a name of Palisade's own");
      read({ ...any, source: volume.at(kind) });
    }
  }
}

const KINDS: Readonly<Record<string, (mounting: Mounting) => void>> = {
  emptyDir: scratchMount,
  configMap: (mounting) => keysMount(mounting, "configMap"),
  secret: (mounting) => keysMount(mounting, "secret"),
  downwardAPI: podFieldsMount,
  projected: projectedMount,
};

function scratchMount(mounting: Mounting): void {
  const { draft, mount, source, path, where, mounted } = mounting;
  const field = `${where}scratch[${path}]`;
  const isMemory = source.at("medium").keep(field).text() === "Memory";
  const written = source.at("sizeLimit").keep(field).text();
  source.keep(field);
  if (isInWhole(mounting)) return;
  mount.at("readOnly").drop("scratch can be written");
  mount.keep(field);
  const size = written === undefined ? undefined : sizeOf(written);
  if (written !== undefined && size === undefined)
    draft.decisions.push(`${field}: ${written} is no size of a directory; write another, or leave it to the default`);
  if (path === "/dev/shm") {
    draft.spec["sharedMemory"] ??= size ?? "64Mi";
    return;
  }
  mounted.scratch.push(defined({ path, size, medium: isMemory ? "Memory" : undefined, name: sharedNameOf(mounting) }));
}

/** A directory of a volume that another mount shows whole is no directory of its own. */
function isInWhole({ draft, mount, name, path, where, volumes: { uses } }: Mounting): boolean {
  const subPath = subPathOf(mount);
  const inside = [...uses].filter(([folder]) => folder.startsWith(`${name}/`)).map(([, count]) => count);
  const isWholeElsewhere = (uses.get(name) ?? 0) > inside.reduce((sum, count) => sum + count, 0);
  if (subPath === undefined || !isWholeElsewhere) return false;
  mount.drop("scratch is a directory of its own");
  draft.decisions.push(
    `${where}scratch[${path}]: was ${subPath} of a directory that is mounted whole elsewhere; mount the same directory in both`,
  );
  return true;
}

/** Longer ones are no name of a volume with the prefix `shared-`. */
const LONGEST_NAME = 56;

/** Containers that mount the same directory call it by the same name. */
function sharedNameOf({ mount, name, volumes }: Mounting): string | undefined {
  const folder = folderOf(name, subPathOf(mount));
  if ((volumes.uses.get(folder) ?? 0) < 2 && !name.startsWith("shared-")) return undefined;
  return (/^shared-(.+)$/.exec(folder)?.[1] ?? folder)
    .replace(/[^a-z0-9]+/gi, "-")
    .toLowerCase()
    .slice(0, LONGEST_NAME)
    .replace(/-+$/, "");
}

function claimMount({ draft, mount, volume, volumes, mounted, name, path, where }: AnyMount): void {
  const field = `${where}claims[${name}]`;
  volume?.keep(field);
  const called = volumes.claimNames.get(name) ?? claimName(name);
  volumes.claimNames.set(name, called);
  if (mounted.claims.some((claim) => claim.name === called)) {
    mount.drop("a container mounts a claim once");
    draft.decisions.push(`${field}: was mounted at ${path} too; mount it once, at a directory that holds both`);
    return;
  }
  const subPath = subPathIn(draft, mount, field);
  const places = [mount.at("readOnly"), volume?.at("persistentVolumeClaim", "readOnly")];
  const isReadOnly = places.some((part) => part?.value === true);
  mount.keep(field);
  mounted.claims.push({
    name: called,
    path,
    volume: name,
    ...(subPath === undefined ? {} : { subPath }),
    ...(isReadOnly ? { readOnly: true } : {}),
  });
}

function subPathIn(draft: Draft, mount: Part, field: string): string | undefined {
  const subPath = subPathOf(mount);
  const plain = subPath?.replace(/\/+$/, "");
  if (plain === undefined || takes(claims, [{ name: "data", path: "/data", size: "1Gi", subPath: plain }]))
    return plain;
  mount.at("subPath").drop("is no plain path in the volume");
  draft.decisions.push(`${field}: was ${subPath} of the volume; move the data below a plain path, or change the path`);
  return undefined;
}

/** Claims are not called like volumes of Palisade's. */
const claimName = (name: string): string =>
  /^(c[0-9]+-)?(scratch|files|shared|api)-|^[^a-z]/.test(name) ? `data-${name}`.slice(0, 50) : name.slice(0, 50);

function refuse({ draft, mount, path }: AnyMount, volume: Part, kind: string): void {
  volume.at(kind).fix(`rule safe-volumes: ${kind} volumes are not mounted`);
  volume.at("name").fix("rule safe-volumes");
  mount.fix(`rule safe-volumes: ${kind} volumes are not mounted`);
  draft.decisions.push(`${path}: was a ${kind} volume, which no workload mounts; use a claim, scratch, or files`);
}
