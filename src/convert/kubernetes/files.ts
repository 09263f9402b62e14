/** Files to read: keys of ConfigMaps and Secrets, and what a pod says of itself. */
import { WORKLOAD_LABEL } from "../../crds/group.ts";
import { fieldFile } from "../../crds/v1alpha1/downward.ts";
import { type Draft, defined } from "../draft.ts";
import type { Part } from "../ledger.ts";
import { takes } from "../takes.ts";
import { amountRef, lostValue } from "./downward.ts";
import { type Mounting, subPathOf } from "./mounting.ts";
import { optionalIn, sourceName } from "./variables.ts";

type Fields = Record<string, unknown>;

export const fieldIn = ({ where, path }: Mounting): string => `${where}files[${path}]`;

export function keysMount(mounting: Mounting, kind: "configMap" | "secret"): void {
  const { draft, mount, source, path, mounted } = mounting;
  const field = fieldIn(mounting);
  const name = kind === "secret" && source.at("secretName").exists ? "secretName" : "name";
  const named = source.at(name).keep(field).text() ?? "";
  const optional = optionalIn(source, field);
  source.at("name").keep(field);
  mount.at("readOnly").fix("files are read-only");
  mount.keep(field);
  const mode = modeOf(draft, source.at("defaultMode"), field);
  const keys = keysOf(draft, source, mount, field);
  const from = defined({ name: kind === "configMap" ? sourceName(named) : named, ...keys, optional });
  mounted.files.push(defined({ path, [kind]: from, mode }));
}

const DEFAULT_MODE = 0o440;

/** Whether Palisade made the pod: then every mode is meant. */
const isOurs = ({ podLabels }: Draft): boolean => podLabels[WORKLOAD_LABEL] !== undefined;

/** The files belong to the workload's group, so that nobody else needs to read them. */
export function modeOf(draft: Draft, part: Part, field: string): string | undefined {
  const mode = part.keep(`${field}.mode`).number();
  const isUsual = mode === 0o644 || mode === 0o444 || mode === 0o400;
  return mode === undefined || mode === DEFAULT_MODE || (isUsual && !isOurs(draft)) ? undefined : octal(mode);
}

/** Of one file, which may differ from the others by being as usual. */
function itemMode(draft: Draft, part: Part, field: string): string | undefined {
  const mode = part.number();
  return mode !== undefined && isOurs(draft) ? octal(mode) : modeOf(draft, part, field);
}

const octal = (mode: number): string => `0${mode.toString(8).padStart(3, "0")}`;

/** A subPath of one key is one file. */
function keysOf(draft: Draft, source: Part, mount: Part, field: string): Fields {
  const items = source
    .at("items")
    .items()
    .map((item) => {
      item.keep(field);
      return defined({
        key: item.at("key").text(),
        path: item.at("path").text(),
        mode: itemMode(draft, item.at("mode"), field),
      });
    });
  const subPath = subPathOf(mount);
  if (subPath === undefined) return items.length === 0 ? {} : { items };
  const item = items.find(({ path }) => path === subPath);
  if (subPath.includes("/") && item === undefined)
    draft.decisions.push(`${field}: a directory of a volume cannot be mounted; name its keys`);
  return { key: item?.["key"] ?? subPath };
}

/** Always a directory: a single file of it is not mounted. */
export function podFieldsMount(mounting: Mounting): void {
  const { draft, mount, source, path, mounted } = mounting;
  const field = fieldIn(mounting);
  const subPath = subPathOf(mount);
  if (subPath !== undefined) {
    for (const part of [source, mount]) part.drop("what a pod says of itself is mounted as a directory");
    draft.decisions.push(`${field}: was the single file ${subPath} of a downwardAPI volume; mount the directory`);
    return;
  }
  const items = source
    .at("items")
    .items()
    .flatMap((item) => podFieldOf(mounting, item));
  mount.at("readOnly").fix("files are read-only");
  mount.keep(field);
  const mode = modeOf(draft, source.at("defaultMode"), field);
  source.at("items").keep(field);
  if (items.length > 0) mounted.files.push(defined({ path, downwardAPI: { items }, mode }));
}

function podFieldOf(mounting: Mounting, item: Part): readonly Fields[] {
  const { draft, container } = mounting;
  const field = fieldIn(mounting);
  const fieldPath = item.at("fieldRef", "fieldPath").text();
  const amount = item.at("resourceFieldRef");
  const resourceFieldRef = amount.exists ? amountRef(amount, container.at("name").text()) : undefined;
  const isTaken = fieldPath !== undefined && takes(fieldFile, { fieldPath });
  const { path } = item.labels();
  if (!isTaken && resourceFieldRef === undefined) {
    const what = fieldPath ?? `${amount.at("resource").text()} of ${amount.at("containerName").text()}`;
    item.drop(`files cannot hold ${what}`);
    draft.decisions.push(`${field}: ${path} was ${what}, which files cannot hold; take a variable, or do without`);
    return [];
  }
  if (fieldPath !== undefined && lostValue(draft, fieldPath) !== undefined)
    draft.decisions.push(`${field}: pods no longer have ${fieldPath}; write the value as content of a file`);
  const fieldRef = isTaken ? { fieldPath } : undefined;
  const mode = itemMode(draft, item.at("mode"), field);
  item.keep(field);
  return [defined({ path, fieldRef, resourceFieldRef, mode })];
}
