/** Which registries, and which parts of them, images may come from: the platform says so in its configuration. Pure. */
import { type ImageReference, looksLikeRegistry, nameOf, registryProblem, repositoryProblem } from "./reference.ts";

export type Admission = { readonly allowed: true } | { readonly allowed: false; readonly message: string };

export interface AllowList {
  /** Exactly the entries' own text, for people. */
  readonly entries: readonly string[];
  /** The message is one line, and names the image and what is allowed. */
  judge(reference: ImageReference): Admission;
}

interface Entry {
  readonly registry: string;
  /** Empty for a whole registry. */
  readonly path: string;
}

/**
 * Each entry is a registry, `registry.example.com`, or a path inside one, `registry.example.com/shop`, which allows `shop`
 * itself and all below it, but not `shop-evil`. Hosts match exactly, ports included; nothing is a pattern. An empty list
 * allows nothing. Throws for an entry that is not of this form, and says what to write.
 */
export function parseAllowList(entries: readonly string[]): AllowList {
  const parsed = entries.map(parseEntry);
  return {
    entries: [...entries],
    judge: (reference) =>
      parsed.some((entry) => covers(entry, reference))
        ? { allowed: true }
        : { allowed: false, message: refusal(reference, entries) },
  };
}

const covers = ({ registry, path }: Entry, reference: ImageReference): boolean =>
  registry === reference.registry && isWithin(reference.repository, path);

/** Whether `path` is `repository` or a whole number of its first parts. */
export const isWithin = (repository: string, path: string): boolean =>
  path === "" || repository === path || repository.startsWith(`${path}/`);

function parseEntry(entry: string): Entry {
  const slash = entry.indexOf("/");
  const registry = slash === -1 ? entry : entry.slice(0, slash);
  const path = slash === -1 ? "" : entry.slice(slash + 1);
  const problem = entryProblem(entry, registry, slash === -1 ? undefined : path);
  if (problem !== undefined) throw new Error(`allowed registry "${entry}": ${problem}`);
  return { registry, path };
}

function entryProblem(entry: string, registry: string, path: string | undefined): string | undefined {
  if (entry.includes("*"))
    return "there are no wildcards: write a registry, or a path that is followed by all below it";
  if (entry.includes("://")) return "leave the scheme out: write registry.example.com";
  if (!looksLikeRegistry(registry)) return "it must start with a registry's host: write registry.example.com/shop";
  if (path === "") return `leave the slash at the end out: write ${registry}`;
  return registryProblem(registry) ?? (path === undefined ? undefined : repositoryProblem(path));
}

function refusal(reference: ImageReference, entries: readonly string[]): string {
  const instead = entries.length === 0 ? "the platform allows no registry yet" : `use one of ${entries.join(", ")}`;
  return `${nameOf(reference)} is not in an allowed registry: ${instead}, or ask the platform team to allow it`;
}
