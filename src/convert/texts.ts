/** Texts in which addresses may stand: values of variables, arguments, and the ConfigMaps that a workload reads. */
import { portVariableOf } from "./addresses.ts";
import type { Draft, Spoken } from "./draft.ts";
import type { Part } from "./ledger.ts";
import { isBeside, objectsNamed, type World } from "./world.ts";

interface WithVariables {
  readonly env?: readonly {
    readonly name: string;
    readonly valueFrom?: { readonly fieldRef?: { fieldPath: string } };
  }[];
}

/** Values by the names of variables, its own namespace among them. */
export function variablesOf({ spec, texts, namespace }: Draft, fallback: string): ReadonlyMap<string, string> {
  const containers = [spec, ...((spec["containers"] ?? []) as readonly object[])] as readonly WithVariables[];
  const ofPod = containers
    .flatMap(({ env = [] }) => env)
    .filter(({ valueFrom }) => valueFrom?.fieldRef?.fieldPath === "metadata.namespace");
  return new Map([
    ...ofPod.map(({ name }) => [name, namespace ?? fallback] as const),
    ...texts.filter(({ name }) => name !== "").map(({ name, text }) => [name, text] as const),
  ]);
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

/** ConfigMaps that a workload reads are its texts too, key by key. */
export function addConfigTexts(world: World): void {
  for (const draft of world.drafts) {
    const read = [...new Set(textsIn(draft.spec))]
      .flatMap((text) => objectsNamed(world, "ConfigMap", text))
      .filter((config) => isBeside(config, draft));
    for (const [name, part] of read.flatMap((config) => config.at("data").fields()))
      draft.texts.push(...linesIn(name, part));
  }
}

const textsIn = (value: unknown): readonly string[] => {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
};

const MOST_LINES = 2_000;

/** `key = value`, `key: value`, `- key: value` and `"key": "value"`. */
const KEYED = /^\s*(?:-\s+)?["']?([\w.-]+)["']?\s*[:=]\s*(.*)$/;

/** Without comments. */
const linesIn = (name: string, part: Part): readonly Spoken[] =>
  (part.text() ?? "")
    .split("\n")
    .slice(0, MOST_LINES)
    .filter((line) => !/^\s*(#|\/\/)/.test(line))
    .map((line) => {
      const [, key = name, value = line] = KEYED.exec(line) ?? [];
      return { ...part.place, name: key, text: value, isContent: true };
    });

const numberIn = (text: string | undefined): number | undefined =>
  /^\d{2,5}$/.test(text ?? "") ? Number(text) : undefined;
