/**
 * Compares a live child with the desired object. Pure, and fast enough for every event, so there is no stored hash that somebody
 * could forge.
 */
import type { KubeObject } from "kopf-ts";
import { type Difference, diff, type FieldPath, itemNameIn } from "./diff.ts";
import { isControllerFinalizer, isDeletionFinalizer, isTolerated } from "./ignored-fields.ts";

/** Whether the API server is known to add this value by itself, from a dry run: see `learned-defaults.ts`. */
export type IsServerDefault = (kind: string, path: FieldPath, value: unknown) => boolean;

/** Every difference that counts; none if the child is in sync. `listed`: metadata that the platform team tolerates. */
export function compare(
  desired: KubeObject,
  live: KubeObject,
  isServerDefault: IsServerDefault,
  listed: readonly string[] = [],
): readonly Difference[] {
  const comparable = withoutToleratedFinalizers(live, listed);
  return expandForeign(diff(desired, comparable), comparable).filter(
    (difference) =>
      !(difference.kind === "foreign" && isTolerated(desired.kind, difference.path, listed)) &&
      !(
        difference.kind === "foreign" && isServerDefault(desired.kind, difference.path, valueAt(live, difference.path))
      ),
  );
}

/** The object to write: the desired one, with what others may write carried over, at the resource version that was compared. */
export function repaired(desired: KubeObject, live: KubeObject, listed: readonly string[] = []): KubeObject {
  const carried = expandForeign(diff(desired, live), live).filter(
    ({ kind, path }) =>
      kind === "foreign" && path[0] !== "status" && isCarried(path) && isTolerated(desired.kind, path, listed),
  );
  const finalizers = (live.metadata.finalizers ?? []).filter((finalizer) =>
    isControllerFinalizer(desired.kind, finalizer, listed),
  );
  const base: KubeObject = {
    ...desired,
    metadata: {
      ...desired.metadata,
      resourceVersion: live.metadata.resourceVersion ?? "",
      ...(finalizers.length === 0 ? {} : { finalizers }),
    },
  };
  return carried.reduce<KubeObject>(
    (object, { path }) => withValue(object, path, valueAt(live, path)) as KubeObject,
    base,
  );
}

/** Labels and annotations that others may write, and what the server allocated. Other metadata is the server's own. */
const isCarried = (path: FieldPath): boolean =>
  path[0] !== "metadata" || path[1] === "labels" || path[1] === "annotations";

/**
 * Splits a foreign map (annotations on an object that wants none) into its entries, since others may write some of them and not
 * the rest.
 */
function expandForeign(differences: readonly Difference[], live: unknown): readonly Difference[] {
  return differences.flatMap((difference): readonly Difference[] => {
    if (difference.kind !== "foreign" || !isMetadataMap(difference.path)) return [difference];
    const value = valueAt(live, difference.path);
    if (typeof value !== "object" || value === null) return [difference];
    return Object.keys(value).flatMap((key) =>
      expandForeign([{ kind: "foreign", path: [...difference.path, key] }], live),
    );
  });
}

const isMetadataMap = (path: FieldPath): boolean => {
  const last = path.at(-1);
  const parent = path.at(-2);
  return (
    (parent === "metadata" && (last === "labels" || last === "annotations")) ||
    (last === "metadata" && parent === "template")
  );
};

export function valueAt(root: unknown, path: FieldPath): unknown {
  return path.reduce<unknown>((value, step) => {
    if (Array.isArray(value)) return itemAt(value, step);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[step] : undefined;
  }, root);
}

function itemAt(items: readonly unknown[], step: string): unknown {
  const name = itemNameIn(step);
  if (name === undefined) return items[Number(step.slice(1, -1))];
  return items.find(
    (item) => typeof item === "object" && item !== null && (item as Record<string, unknown>)["name"] === name,
  );
}

/** Writes into maps only: nothing inside a list is carried over. */
function withValue(root: unknown, path: FieldPath, value: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return value;
  const map = typeof root === "object" && root !== null ? (root as Record<string, unknown>) : {};
  return { ...map, [step]: withValue(map[step], rest, value) };
}

function withoutToleratedFinalizers(live: KubeObject, listed: readonly string[]): KubeObject {
  const { kind, metadata } = live;
  if (metadata.finalizers === undefined) return live;
  const finalizers = metadata.finalizers.filter(
    (finalizer) => !isDeletionFinalizer(finalizer) && !isControllerFinalizer(kind, finalizer, listed),
  );
  return { ...live, metadata: { ...metadata, finalizers } };
}
