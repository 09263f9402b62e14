/** Who wrote a field, read from `metadata.managedFields` (KEP-555). */
import type { ManagedFieldsEntry } from "kopf-ts";
import { type FieldPath, itemNameIn } from "./diff.ts";

export interface FieldManager {
  /** The field manager: for most tools the start of their user agent. Writers choose it themselves. */
  readonly manager: string;
  readonly operation: string;
  readonly subresource?: string;
  /** RFC 3339, to the second. */
  readonly time?: string;
  /** Whether this manager owns one of the fields; otherwise it is only the latest writer of the object. */
  readonly certain: boolean;
}

/**
 * The latest field manager of any of `paths`; if none owns one (a removal leaves no trace), the latest one other than
 * `ourManager`. Undefined if managedFields name nobody else.
 */
export function findFieldManager(
  entries: readonly ManagedFieldsEntry[],
  paths: readonly FieldPath[],
  ourManager: string,
): FieldManager | undefined {
  const newestFirst = entries
    .filter(({ manager }) => manager !== undefined && manager !== ourManager)
    .sort((a, b) => (b.time ?? "").localeCompare(a.time ?? ""));
  const writer = newestFirst.find(({ fieldsV1 }) => paths.some((path) => names(fieldsV1, path)));
  if (writer !== undefined) return changedByOf(writer, true);
  const latest = newestFirst.find(({ subresource }) => subresource !== "status");
  return latest === undefined ? undefined : changedByOf(latest, false);
}

function changedByOf({ manager, operation, subresource, time }: ManagedFieldsEntry, certain: boolean): FieldManager {
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

/** List items have merge keys, which may leave the name out: a port is keyed by number and protocol. */
function keyNames(key: string, name: string): boolean {
  try {
    const keys: unknown = JSON.parse(key);
    if (typeof keys !== "object" || keys === null) return false;
    return "name" in keys ? keys.name === name : true;
  } catch {
    return false;
  }
}
