import { createHash } from "node:crypto";

/** A short hash of a JSON value. Equal for equal JSON, whatever the order of its keys. */
export function hashOf(value: unknown): string {
  const sorted = (_key: string, item: unknown): unknown =>
    typeof item === "object" && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
      : item;
  return createHash("sha256")
    .update(JSON.stringify(value, sorted) ?? "undefined")
    .digest("base64url")
    .slice(0, 22);
}
