import { hash } from "node:crypto";

/** A short hash of a JSON value. Equal for equal JSON, whatever the order of its keys. */
export const hashOf = (value: unknown): string =>
  hash("sha256", textOf(value) ?? "undefined", "base64url").slice(0, 22);

/**
 * As `JSON.stringify` would write it with the keys of each object in order: whole numbers first, by size, as in every object; then the rest. Names
 * of objects hold such hashes, so it must never be written otherwise. Undefined for what JSON leaves out.
 */
function textOf(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if ("toJSON" in value && typeof value.toJSON === "function") return textOf(value.toJSON());
  return Array.isArray(value) ? `[${value.map((item) => textOf(item) ?? "null").join()}]` : textOfObject(value);
}

function textOfObject(value: object): string {
  let text = "";
  for (const key of keysInOrder(value)) {
    const item = textOf(value[key as keyof typeof value]);
    if (item !== undefined) text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${item}`;
  }
  return `{${text}}`;
}

/** An object lists the whole numbers among its keys first, and in order. */
function keysInOrder(value: object): readonly string[] {
  const keys = Object.keys(value);
  const numbers = keys.findIndex((key) => !isIndex(key));
  if (numbers < 0) return keys;
  const names = numbers === 0 ? keys : keys.slice(numbers);
  names.sort();
  return numbers === 0 ? names : [...keys.slice(0, numbers), ...names];
}

const MAX_INDEX = 2 ** 32 - 2;

const isIndex = (key: string): boolean => /^(0|[1-9][0-9]{0,9})$/.test(key) && Number(key) <= MAX_INDEX;
