/** An example as a cluster would have it: the children of its SecureWorkloads, and what stands beside them. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { KubeObject } from "kopf-ts";
import { expand } from "../../src/expand/child-kinds.ts";
import { parseManifests } from "../../src/manifests/parse.ts";
import { isBaseline, isWorkload, keyIn, readyWorkload } from "../../src/render/input.ts";

export const ROOT = join(import.meta.dirname, "..", "..");

export interface Rendering {
  readonly workloads: readonly KubeObject[];
  readonly children: readonly KubeObject[];
  /** Applied as they are. */
  readonly beside: readonly KubeObject[];
}

const NAMESPACE = "default";

const objectsIn = (folder: string): readonly KubeObject[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith(".yaml") && file !== "kustomization.yaml")
    .sort()
    .flatMap((file) => parseManifests(file, readFileSync(join(folder, file), "utf8")).manifests)
    .map(({ object }) => object);

const platform = (): KubeObject | undefined => objectsIn(join(ROOT, "examples", "platform")).find(isBaseline);

export function renderingOf(folder: string): Rendering {
  const objects = objectsIn(join(ROOT, "examples", folder));
  const workloads = objects.filter(isWorkload);
  const maps = objects.filter(({ kind }) => kind === "ConfigMap");
  const configMaps = new Map(maps.map((object) => [keyIn(object, NAMESPACE), object]));
  const children = workloads.flatMap((object) => {
    const ready = readyWorkload(object, { configMaps, baseline: platform(), namespace: NAMESPACE });
    if (!ready.ok) throw new Error(`${object.metadata.name}: ${ready.errors.join("; ")}`);
    return expand(ready.readied.input);
  });
  return { workloads, children, beside: objects.filter((object) => !isWorkload(object)) };
}
