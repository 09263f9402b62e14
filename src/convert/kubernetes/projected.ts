/** Projected volumes: several sources in one directory, of which an entry of files has one. */
import { defined } from "../draft.ts";
import type { Part } from "../ledger.ts";
import { fieldIn, keysMount, modeOf, podFieldsMount } from "./files.ts";
import { type Mounting, type SourceKind, subPathOf } from "./mounting.ts";

type Fields = Record<string, unknown>;

const TOKEN_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";

export function projectedMount(mounting: Mounting): void {
  const { source, mount, path } = mounting;
  if (path === TOKEN_FOLDER) {
    source.replace("permissions, which bring a token");
    mount.replace("permissions, which bring a token");
    return;
  }
  const sources = source.at("sources").items();
  for (const one of sources) {
    one.at("serviceAccountToken").replace("permissions, which bring a token");
    one.at("clusterTrustBundle").drop("files hold no trust bundles: use a ConfigMap");
    one.at("podCertificate").drop("files hold no certificates of pods: use a Secret");
  }
  const mode = modeOf(mounting.draft, source.at("defaultMode"), fieldIn(mounting));
  const keyed = sources.flatMap((one) => keyedSources(mounting, one));
  const fields = sources.map((one) => one.at("downwardAPI")).filter((one) => one.exists);
  const kept = keyed.length + fields.length > 1 ? keptOf(mounting, keyed) : keyed;
  leaveOut(mounting, keyed, kept);
  const files = kept.flatMap((one) => filesOf(mounting, one, kept.length + fields.length > 1));
  files.push(...fields.flatMap((one, index) => fieldsOf(mounting, one, index === 0 && kept.length === 0)));
  for (const file of files) if (mode !== undefined) file["mode"] ??= mode;
  mounting.mounted.files.push(...files.filter(isLastOfPath));
  mount.keep(fieldIn(mounting));
}

interface Keyed {
  readonly kind: SourceKind;
  readonly part: Part;
  /** Undefined where nothing in these files says what it holds. */
  readonly items: readonly { readonly key: string; readonly path: string }[] | undefined;
}

const keyedSources = ({ volumes }: Mounting, source: Part): readonly Keyed[] =>
  (["configMap", "secret"] as const)
    .filter((kind) => source.at(kind).exists)
    .map((kind) => {
      const part = source.at(kind);
      const named = part
        .at("items")
        .items()
        .map((item) => ({ key: item.at("key").text() ?? "", path: item.at("path").text() ?? "" }));
      const known = volumes.keysIn(kind, part.at("name").text() ?? "")?.map((key) => ({ key, path: key }));
      return { kind, part, items: named.length > 0 ? named : known };
    });

/** Each file of a source whose keys are known; of others a directory has one at most. */
function keptOf({ mount }: Mounting, keyed: readonly Keyed[]): readonly Keyed[] {
  const subPath = subPathOf(mount);
  const unknown = keyed.filter(({ items }) => items === undefined).slice(0, 1);
  const known = keyed.filter(({ items }) => items?.some(({ path }) => path === (subPath ?? path)) === true);
  if (known.length === 0) return unknown;
  return subPath === undefined ? known : known.slice(-1);
}

function leaveOut(mounting: Mounting, keyed: readonly Keyed[], kept: readonly Keyed[]): void {
  const { draft, mount } = mounting;
  for (const { kind, part, items } of keyed.filter((one) => !kept.includes(one))) {
    part.drop("a directory has one source, or files that are named one by one");
    // One that has no such file was not mounted there before either.
    if (subPathOf(mount) !== undefined && items !== undefined) continue;
    const what = `${kind === "configMap" ? "ConfigMap" : "Secret"} ${part.at("name").text() ?? ""}`;
    draft.decisions.push(
      `${fieldIn(mounting)}: held the keys of ${what} too, which are in none of these files; name each as a file of its own`,
    );
  }
}

/** The entry of one source; of several, one for each of its files. */
function filesOf(mounting: Mounting, { kind, part, items = [] }: Keyed, isAmongOthers: boolean): Fields[] {
  const own: Fields[] = [];
  keysMount({ ...mounting, source: part, mounted: { ...mounting.mounted, files: own } }, kind);
  if (!isAmongOthers || items.length === 0 || subPathOf(mounting.mount) !== undefined) return own;
  return own.flatMap(({ mode, ...entry }) => {
    const { items: modes = [], ...named } = entry[kind] as { readonly items?: readonly Fields[] };
    return items.map(({ key, path }) => {
      const ownMode = modes.find((one) => one["path"] === path)?.["mode"] ?? mode;
      return defined({ path: `${mounting.path}/${path}`, [kind]: { ...named, key }, mode: ownMode });
    });
  });
}

function fieldsOf(mounting: Mounting, part: Part, isAlone: boolean): readonly Fields[] {
  const own: Fields[] = [];
  if (isAlone) podFieldsMount({ ...mounting, source: part, mounted: { ...mounting.mounted, files: own } });
  else {
    part.drop("what a pod says of itself is a directory of its own");
    mounting.draft.decisions.push(
      `${fieldIn(mounting)}: held what the pod says of itself too; mount that as a directory of its own, or take variables`,
    );
  }
  return own;
}

/** Of two files of one name the later source has it. */
const isLastOfPath = ({ path }: Fields, index: number, files: readonly Fields[]): boolean =>
  files.findLastIndex((one) => one["path"] === path) === index;
