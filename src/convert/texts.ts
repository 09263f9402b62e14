/** Texts in which addresses may stand: values of variables, arguments, and the ConfigMaps that a workload reads. */
import { portVariableOf } from "./addresses.ts";
import type { Draft, Spoken } from "./draft.ts";
import type { Part } from "./ledger.ts";
import { isBeside, nameOf, objectsNamed, type World } from "./world.ts";

interface WithVariables {
  readonly env?: readonly {
    readonly name: string;
    readonly valueFrom?: { readonly fieldRef?: { fieldPath: string } };
  }[];
}

/** Pods of a StatefulSet have names that are known before: all of them mean the same workload. */
const isNumbered = (object: Part): boolean => object.at("kind").text() === "StatefulSet";

/** Values by the names of variables, its own namespace among them. */
export function variablesOf({ spec, texts, namespace, object }: Draft, fallback: string): ReadonlyMap<string, string> {
  const containers = [spec, ...((spec["containers"] ?? []) as readonly object[])] as readonly WithVariables[];
  const ofPod: Readonly<Record<string, string>> = {
    "metadata.namespace": namespace ?? fallback,
    ...(isNumbered(object) ? { "metadata.name": `${nameOf(object)}-0` } : {}),
  };
  const known = containers
    .flatMap(({ env = [] }) => env)
    .flatMap(({ name, valueFrom }) => {
      const value = ofPod[valueFrom?.fieldRef?.fieldPath ?? ""];
      return value === undefined ? [] : [[name, value] as const];
    });
  return new Map([...known, ...texts.filter(({ name }) => name !== "").map(({ name, text }) => [name, text] as const)]);
}

/** How far from its host a port stands in the same block of a file. */
const NEAR = 2;

/** In a file each `host:` has the `port:` beside it, and another block's is none of its. */
export function portsNear(texts: readonly Spoken[], index: number): readonly number[] {
  const spoken = texts[index];
  if (spoken?.isContent !== true) return [];
  const wanted = portVariableOf(spoken.name);
  const near = texts
    .slice(Math.max(0, index - NEAR), index + NEAR + 1)
    .filter(({ file, line, name }) => file === spoken.file && line === spoken.line && name === wanted);
  const after = near.find((one) => texts.indexOf(one) > index);
  return [numberIn((after ?? near.at(-1))?.text)].filter((port) => port !== undefined);
}

/** `DB_HOST` has `DB_PORT`; without one, `DB_UI_PORT` and `DB_PORT_HTTP` are its ports too. */
export function portsBeside(variables: ReadonlyMap<string, string>, name: string): readonly number[] {
  const own = numberIn(variables.get(portVariableOf(name)));
  if (own !== undefined) return [own];
  const stem = portVariableOf(name).replace(/port$/i, "");
  if (stem === "" || stem === name) return [];
  const alike = [...variables].filter(
    ([other]) => other.startsWith(stem) && /(^|_)port(_|$)/i.test(other.slice(stem.length)),
  );
  return alike.flatMap(([, text]) => numberIn(text) ?? []);
}

/** What a workload reads of ConfigMaps is its text too, key by key: another one's key is not. */
export function addConfigTexts(world: World): void {
  for (const draft of world.drafts) {
    const read = new Map<Part, Spoken[]>();
    for (const { config, keys, variable } of referencesIn(draft.spec))
      for (const part of partsOf(world, draft, config, keys))
        if (!read.has(part)) read.set(part, spokenIn(part, variable));
    draft.texts.push(...[...read.values()].flat());
  }
}

interface Reference {
  readonly config: string;
  /** All of them where it says none. */
  readonly keys: readonly string[] | undefined;
  /** That has the key's value. */
  readonly variable: string | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null;

/** Files and variables of a spec, as it names ConfigMaps. */
function referencesIn(value: unknown): readonly Reference[] {
  if (!isFields(value)) return [];
  const { configMap, valueFrom, name } = value as { readonly [key in "configMap" | "valueFrom" | "name"]?: unknown };
  const key = isFields(valueFrom) ? valueFrom["configMapKeyRef"] : undefined;
  const variable = typeof name === "string" ? name : undefined;
  return [
    ...(typeof configMap === "string" ? [{ config: configMap, keys: undefined, variable: undefined }] : []),
    ...(isFields(configMap)
      ? [{ config: String(configMap["name"]), keys: keysOf(configMap), variable: undefined }]
      : []),
    ...(isFields(key) ? [{ config: String(key["name"]), keys: [String(key["key"])], variable }] : []),
    ...Object.values(value).flatMap(referencesIn),
  ];
}

function keysOf({ key, items }: Fields): readonly string[] | undefined {
  if (key !== undefined) return [String(key)];
  return Array.isArray(items) ? items.map((item: Fields) => String(item["key"])) : undefined;
}

const KEYS = new WeakMap<Part, readonly (readonly [string, Part])[]>();

function partsOf(world: World, draft: Draft, name: string, keys: Reference["keys"]): readonly Part[] {
  const configs = objectsNamed(world, "ConfigMap", name).filter((config) => isBeside(config, draft));
  const fields = configs.flatMap((config) => {
    const known = KEYS.get(config) ?? config.at("data").fields();
    KEYS.set(config, known);
    return known;
  });
  return fields.filter(([key]) => keys?.includes(key) ?? true).map(([, part]) => part);
}

/** A variable that is a key is as plain as any other. */
function spokenIn(part: Part, variable: string | undefined): Spoken[] {
  const text = part.text() ?? "";
  if (variable !== undefined && !text.includes("\n")) return [{ ...part.place, name: variable, text }];
  return [...linesIn(String(part.path.at(-1)), part)];
}

const MOST_LINES = 2_000;

/** `key = value`, `key: value`, `- key: value` and `"key": "value"`; `- host:9100` is a host and its port. */
const KEYED = /^\s*(?:-\s+)?["']?([\w.-]+)["']?\s*(?:=|:(?:(?<=["']\s*:)|(?!\d{2,5}\b)))\s*(.*)$/;

/** Without comments. */
const linesIn = (name: string, part: Part): readonly Spoken[] =>
  (part.text() ?? "")
    .split("\n")
    .slice(0, MOST_LINES)
    .filter((line) => !/^\s*(#|\/\/)/.test(line))
    .map((line) => {
      const [, key = name, value = line] = KEYED.exec(line) ?? [];
      return { ...part.place, name: key, text: value.replace(/^(["'])(.*)\1,?\s*$/, "$2"), isContent: true };
    });

const numberIn = (text: string | undefined): number | undefined =>
  /^["']?\d{2,5}["']?,?\s*$/.test(text ?? "") ? Number(text?.replace(/\D/g, "")) : undefined;
