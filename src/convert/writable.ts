/** Root file systems are read-only: what a program writes beside its volumes becomes scratch. */
import { addTo, type Draft, evidenceOf, set } from "./draft.ts";
import { habitOf } from "./images.ts";
import type { Part } from "./ledger.ts";

interface Mounts {
  readonly scratch?: readonly { readonly path: string }[];
  readonly files?: readonly { readonly path: string }[];
  readonly claims?: readonly { readonly path: string }[];
}

/** `main` is the container that the draft's own fields are of. A file system that was read-only already has what it needs. */
export function addWritable(draft: Draft, main: Part): void {
  const image = String(draft.spec["image"]);
  const habit = habitOf(image);
  if (draft.spec["runAs"] === undefined && habit?.user !== undefined)
    set(draft, "runAs", { user: habit.user }, evidenceOf(main.at("image"), "the user of this image"));
  if (main.at("securityContext", "readOnlyRootFilesystem").value === true) return;
  const why = habit === undefined ? "most programs write there" : "this image writes there";
  for (const path of habit?.writes ?? ["/tmp"])
    if (!isMounted(draft.spec as Mounts, path)) addTo(draft, "scratch", { path }, evidenceOf(main.at("image"), why));
  if (habit?.hint !== undefined) draft.evidence.set("image", evidenceOf(main.at("image"), habit.hint));
}

/** Also where something above it is mounted that can be written. */
function isMounted({ scratch = [], files = [], claims = [] }: Mounts, path: string): boolean {
  const above = [...scratch, ...claims].some((mount) => path === mount.path || path.startsWith(`${mount.path}/`));
  return above || files.some((mount) => mount.path === path);
}
