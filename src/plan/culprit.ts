/** Who wrote a field, read from `metadata.managedFields` (KEP-555). */
import type { ManagedFieldsEntry } from "../kopf/object.ts";
import { type FieldPath, itemNameIn } from "./diff.ts";

export interface Culprit {
  /** The field manager: for most tools the start of their user agent. Whoever writes may choose it. */
  readonly manager: string;
  readonly operation: string;
  readonly subresource?: string;
  /** RFC 3339, to the second. */
  readonly time?: string;
  /** Whether the entry names one of the fields; otherwise it is only the latest writer. */
  readonly certain: boolean;
}

/**
 * The latest writer of any of `paths`; when no entry names one (a removal leaves no trace), the latest writer that is not
 * `ourManager`. Undefined when managedFields tell nothing.
 */
export function findCulprit(
  entries: readonly ManagedFieldsEntry[],
  paths: readonly FieldPath[],
  ourManager: string,
): Culprit | undefined {
  const newestFirst = entries
    .filter(({ manager }) => manager !== undefined && manager !== ourManager)
    .sort((a, b) => (b.time ?? "").localeCompare(a.time ?? ""));
  const writer = newestFirst.find(({ fieldsV1 }) => paths.some((path) => names(fieldsV1, path)));
  if (writer !== undefined) return culpritOf(writer, true);
  const latest = newestFirst.find(({ subresource }) => subresource !== "status");
  return latest === undefined ? undefined : culpritOf(latest, false);
}

function culpritOf({ manager, operation, subresource, time }: ManagedFieldsEntry, certain: boolean): Culprit {
  return {
    manager: manager ?? "unknown",
    operation: operation ?? "Update",
    certain,
    ...(subresource === undefined ? {} : { subresource }),
    ...(time === undefined ? {} : { time }),
  };
}

/** Whether a fieldsV1 tree holds `path`, or an ancestor of it as a leaf. */
function names(tree: unknown, path: FieldPath): boolean {
  const [step, ...rest] = path;
  if (typeof tree !== "object" || tree === null) return false;
  if (step === undefined || Object.keys(tree).length === 0) return true;
  return childrenAt(tree, step).some((subtree) => names(subtree, rest));
}

function childrenAt(tree: object, step: string): readonly unknown[] {
  const byName = itemNameIn(step);
  if (byName === undefined)
    return Object.entries(tree).flatMap(([key, subtree]) => (key === `f:${step}` ? [subtree] : []));
  return Object.entries(tree).flatMap(([key, subtree]) =>
    key.startsWith("k:") && keyNames(key.slice(2), byName) ? [subtree] : [],
  );
}

/** List items are keyed by their merge keys, which need not hold the name: a port is keyed by number and protocol. */
function keyNames(key: string, name: string): boolean {
  try {
    const keys: unknown = JSON.parse(key);
    if (typeof keys !== "object" || keys === null) return false;
    return "name" in keys ? keys.name === name : true;
  } catch {
    return false;
  }
}
