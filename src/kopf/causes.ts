/** Why a handler runs, derived from what stands on the object: level-based, so that a restart or a missed event changes nothing. */
import { createHash } from "node:crypto";
import type { KubeObject } from "./object.ts";

export type Cause = "create" | "update" | "delete" | "resume";

/** What the operator handled last, kept as hashes on the object: never a value. */
export interface LastHandled {
  readonly essence: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** Annotations that other tools write for themselves. */
const BOOKKEEPING = new Set(["kubectl.kubernetes.io/last-applied-configuration"]);

/** A hash of what a person says with the object: everything but the status and the server's own metadata. */
export function essenceOf(object: KubeObject, lastHandledKey: string): string {
  const { apiVersion: _version, kind: _kind, metadata, status: _status, ...rest } = object;
  const annotations = Object.entries(metadata.annotations ?? {}).filter(
    ([key]) => key !== lastHandledKey && !BOOKKEEPING.has(key),
  );
  return hashOf({ ...rest, labels: metadata.labels ?? {}, annotations: Object.fromEntries(annotations) });
}

/** Equal for equal JSON, whatever the order of its keys. */
export function hashOf(value: unknown): string {
  const ordered = (_key: string, item: unknown): unknown =>
    typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item;
  return createHash("sha256")
    .update(JSON.stringify(value, ordered) ?? "undefined")
    .digest("base64url")
    .slice(0, 22);
}

/** What the annotation says, or undefined when it is absent or somebody broke it: then the object counts as new. */
export function readLastHandled(object: KubeObject, key: string): LastHandled | undefined {
  try {
    const parsed: unknown = JSON.parse(object.metadata.annotations?.[key] ?? "null");
    if (typeof parsed !== "object" || parsed === null) return undefined;
    const { essence, fields } = parsed as Partial<LastHandled>;
    return typeof essence === "string" && typeof fields === "object" ? { essence, fields: fields ?? {} } : undefined;
  } catch {
    return undefined;
  }
}

/** The cause of a pass; `resumed` says whether this process has handled the object before. */
export function causeOf(
  object: KubeObject,
  last: LastHandled | undefined,
  essence: string,
  resumed: boolean,
): Cause | undefined {
  if (object.metadata.deletionTimestamp !== undefined) return "delete";
  if (last === undefined) return "create";
  if (last.essence !== essence) return "update";
  return resumed ? undefined : "resume";
}

/** The value at a dotted path, `spec.image` for example; undefined where there is none. */
export function fieldOf(object: KubeObject, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>(
      (value, step) =>
        typeof value === "object" && value !== null ? (value as Record<string, unknown>)[step] : undefined,
      object,
    );
}
