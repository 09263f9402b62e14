/** The registries, and paths in them, that images may come from. Pure. */
import {
  type ImageReference,
  isOfficialImage,
  looksLikeRegistry,
  nameOf,
  registryProblem,
  repositoryProblem,
  sameRegistry,
} from "./reference.ts";

export interface AllowList {
  /** A refusal's message is one line that names the image and what is allowed. */
  check(reference: ImageReference): { readonly allowed: true } | { readonly allowed: false; readonly message: string };
}

/** A registry, or a path in one. */
export interface Place {
  readonly registry: string;
  /** Empty for the whole registry. */
  readonly path: string;
}

/**
 * An entry is a registry, `registry.example.com`, or a path in one, `registry.example.com/shop`, which allows `shop` and all
 * below it, but not `shop-evil`. Hosts match exactly, with their ports; there are no patterns. Docker Hub is one registry under each of
 * its names, and `docker.io/nginx` is its official image too. An empty list allows nothing.
 * Throws for any other entry, with a message that says what to write.
 */
export function parseAllowList(entries: readonly string[]): AllowList {
  const places = entries.map((entry) => {
    const problem = entryProblem(entry);
    if (problem !== undefined) throw new Error(`allowed registry "${entry}": ${problem}`);
    return splitPlace(entry);
  });
  return {
    check: (reference) =>
      places.some((place) => isWithin(reference, place))
        ? { allowed: true }
        : { allowed: false, message: refusal(reference, entries) },
  };
}

/** The list without the entries that this version cannot read; those allow nothing. */
export const parseReadableEntries = (entries: readonly string[]): AllowList =>
  parseAllowList(entries.filter((entry) => entryProblem(entry) === undefined));

/** Whether the reference's registry is the place's, and its repository begins with all parts of the place's path. */
export const isWithin = ({ registry, repository }: ImageReference, { registry: host, path }: Place): boolean =>
  sameRegistry(registry) === sameRegistry(host) &&
  (path === "" ||
    repository === path ||
    repository.startsWith(`${path}/`) ||
    isOfficialImage(registry, repository, path));

export function splitPlace(text: string): Place {
  const [registry = "", ...path] = text.split("/");
  return { registry, path: path.join("/") };
}

/** Undefined for a valid place; else one line that says what to write. */
export const placeProblem = ({ registry, path }: Place): string | undefined =>
  registryProblem(registry) ?? (path === "" ? undefined : repositoryProblem(path));

function entryProblem(entry: string): string | undefined {
  const { registry, path } = splitPlace(entry);
  if (entry.includes("*")) return "wildcards are not supported: write a registry, or a path, which covers all below it";
  if (entry.includes("://")) return "write it without a scheme: registry.example.com";
  if (!looksLikeRegistry(registry)) return "it must start with a registry's host: write registry.example.com/shop";
  if (path === "" && entry !== registry) return `write it without the slash at the end: ${registry}`;
  return placeProblem({ registry, path });
}

function refusal(reference: ImageReference, entries: readonly string[]): string {
  const instead = entries.length === 0 ? "" : `use ${entries.join(" or ")}, or `;
  return `${nameOf(reference)} is not in an allowed registry: ${instead}ask the platform team to allow it`;
}
