/** What ConfigMaps and Secrets of these files hold: files that a SecureWorkload held itself come back as its own content. */
import type { Draft } from "../draft.ts";
import { isBeside, objectsNamed, type World } from "../world.ts";
import type { KeysIn } from "./mounting.ts";
import { isInline } from "./variables.ts";

interface FileEntry {
  readonly configMap?: { readonly name: string; readonly key?: string };
}

interface WithFiles {
  files?: readonly FileEntry[];
}

const KINDS = { configMap: "ConfigMap", secret: "v1 Secret" } as const;

/** Names alone: no value of a Secret is read. */
export const keysFor =
  (world: World, draft: Draft): KeysIn =>
  (kind, name) => {
    const object = objectsNamed(world, KINDS[kind], name).find((one) => isBeside(one, draft));
    if (object === undefined) return undefined;
    const keys = ["data", "binaryData", "stringData"].flatMap((field) => object.at(field).fields());
    return [...new Set(keys.map(([key]) => key))];
  };

export function readInline(world: World, draft: Draft): void {
  const spec = draft.spec as WithFiles & { readonly containers?: readonly WithFiles[] };
  for (const container of [spec, ...(spec.containers ?? [])])
    if (container.files !== undefined) container.files = container.files.map((entry) => withContent(world, entry));
}

function withContent(world: World, entry: FileEntry): FileEntry {
  const { configMap, ...rest } = entry;
  if (configMap === undefined || !isInline(configMap.name)) return entry;
  const [copy] = objectsNamed(world, "ConfigMap", configMap.name);
  const content = copy?.at("data", configMap.key ?? "").text();
  return content === undefined ? entry : ({ ...rest, content } as FileEntry);
}
