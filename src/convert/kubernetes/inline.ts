/** Files that a SecureWorkload held itself come back as its own content. */
import type { Draft } from "../draft.ts";
import { nameOf, objectsOf, type World } from "../world.ts";
import { isInline } from "./variables.ts";

interface FileEntry {
  readonly configMap?: { readonly name: string; readonly key?: string };
}

interface WithFiles {
  files?: readonly FileEntry[];
}

export function readInline(world: World, draft: Draft): void {
  const spec = draft.spec as WithFiles & { readonly containers?: readonly WithFiles[] };
  for (const container of [spec, ...(spec.containers ?? [])])
    if (container.files !== undefined) container.files = container.files.map((entry) => withContent(world, entry));
}

function withContent(world: World, entry: FileEntry): FileEntry {
  const { configMap, ...rest } = entry;
  if (configMap === undefined || !isInline(configMap.name)) return entry;
  const copy = objectsOf(world, "ConfigMap").find((part) => nameOf(part) === configMap.name);
  const content = copy?.at("data", configMap.key ?? "").text();
  return content === undefined ? entry : ({ ...rest, content } as FileEntry);
}
