/**
 * The differences between a desired and a live object: paths and kinds of difference, never values.
 *
 * Absent, null and empty containers are equal, as they are to the API server.
 */
export interface Difference {
  readonly path: FieldPath;
  /** `foreign`: present, not desired. `missing`: desired, not present. `changed`: present with another value. */
  readonly kind: "foreign" | "missing" | "changed";
}

/** Steps from the root: field names, and list items by `[name=web]` where they have a name, else by `[0]`. */
export type FieldPath = readonly string[];

/** The name in a step such as `[name=web]`; undefined for every other step. */
export const itemNameIn = (step: string): string | undefined => /^\[name=(.*)\]$/.exec(step)?.[1];

/** As people write paths: `spec.template.spec.containers[name=web].image`; a key with dots is put in brackets. */
export function formatPath(path: FieldPath): string {
  return path.reduce((text, step) => {
    if (step.startsWith("[")) return `${text}${step}`;
    if (step.includes(".") || step.includes("/")) return `${text}[${step}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}

type JsonObject = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isAbsent = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  (Array.isArray(value) && value.length === 0) ||
  (isObject(value) && Object.values(value).every(isAbsent));

/** Every difference, at its deepest path. Empty if `live` equals `desired`. */
export function diff(desired: unknown, live: unknown, path: FieldPath = []): readonly Difference[] {
  if (isObject(desired) && isObject(live)) return diffObjects(desired, live, path);
  if (Array.isArray(desired) && Array.isArray(live)) return diffLists(desired, live, path);
  if (desired === live) return [];
  if (isAbsent(desired) && isAbsent(live)) return [];
  if (isAbsent(desired)) return [{ path, kind: "foreign" }];
  return [{ path, kind: isAbsent(live) ? "missing" : "changed" }];
}

function diffObjects(desired: JsonObject, live: JsonObject, path: FieldPath): readonly Difference[] {
  const found: Difference[] = [];
  for (const key in desired) {
    const wanted = desired[key];
    const is = live[key];
    if (wanted !== is) found.push(...diff(wanted, is, [...path, key]));
  }
  for (const key in live) {
    if (!(key in desired) && !isAbsent(live[key])) found.push({ path: [...path, key], kind: "foreign" });
  }
  return found;
}

function diffLists(desired: readonly unknown[], live: readonly unknown[], path: FieldPath): readonly Difference[] {
  const wantedNames = namesOf(desired);
  const liveNames = namesOf(live);
  if (wantedNames === undefined || liveNames === undefined) return diffByPosition(desired, live, path);
  const found: Difference[] = [];
  const wanted = new Map(wantedNames.map((name, index) => [name, desired[index]]));
  const seen = new Map(liveNames.map((name, index) => [name, live[index]]));
  for (const [name, item] of wanted) found.push(...diff(item, seen.get(name), [...path, `[name=${name}]`]));
  for (const name of liveNames) {
    if (!wanted.has(name)) found.push({ path: [...path, `[name=${name}]`], kind: "foreign" });
  }
  const sameOrder = wantedNames.every((name, index) => liveNames[index] === name);
  if (found.length === 0 && !sameOrder) found.push({ path, kind: "changed" });
  return found;
}

function diffByPosition(desired: readonly unknown[], live: readonly unknown[], path: FieldPath): readonly Difference[] {
  const found: Difference[] = [];
  for (let index = 0; index < Math.max(desired.length, live.length); index += 1) {
    const step = [...path, `[${index}]`];
    if (index >= desired.length) found.push({ path: step, kind: "foreign" });
    else if (index >= live.length) found.push({ path: step, kind: "missing" });
    else found.push(...diff(desired[index], live[index], step));
  }
  return found;
}

/** The items' names if every item has one and all differ; only then are items matched by name. */
function namesOf(items: readonly unknown[]): readonly string[] | undefined {
  const names: string[] = [];
  for (const item of items) {
    if (!isObject(item) || typeof item["name"] !== "string") return undefined;
    names.push(item["name"]);
  }
  return new Set(names).size === names.length ? names : undefined;
}
