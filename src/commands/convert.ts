/** `palisade convert -f`: SecureWorkloads from what runs today, a proposal for the platform team, and a report. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { type Conversion, convert as convertManifests } from "../convert/convert.ts";
import { observedIn, type Seen } from "../convert/observed.ts";
import { filesOf, type OutputFile, workloadText } from "../convert/write.ts";
import { sayUnread } from "../manifests/say-unread.ts";
import { shellWord } from "../manifests/shell-word.ts";
import {
  type Answer,
  couldNotLook,
  Failure,
  type Given,
  messageOf,
  sameFiles,
  sameNamespace,
  wrongUse,
} from "./answer.ts";
import { type Manifests, manifestsIn, textsOf } from "./files.ts";
import { escaped } from "./print.ts";

const NEXT = "palisade convert --help";
const LEARN = "palisade learn -n NAMESPACE --for 10m -o json";

/** Findings are decisions that a person must take, files that cannot be read, and values that nobody claims. */
export async function convert(given: Given): Promise<Answer> {
  const observed = await observedFor(given);
  const isLive = given.flags["fromCluster"] === true;
  const { namespace, ...sources } = isLive ? await running(given) : await inFiles(given);
  const { manifests, foreign, unread } = sources;
  const [first] = unread;
  if (manifests.length + foreign.length === 0 && first !== undefined) throw couldNotLook(sayUnread(first), NEXT);
  const conversion = convertManifests({ ...sources, observed }, namespace);
  if (conversion.workloads.length === 0)
    throw wrongUse(`nothing in ${isLive ? `namespace ${namespace}` : "these files"} runs pods`, NEXT);
  const files = filesOf(conversion);
  const folder = given.flags["into"];
  const kept = folder === undefined ? [] : writeAll(String(folder), files);
  const unclaimed = conversion.ledger.filter(({ verdict }) => verdict === "unclaimed");
  const decisions = conversion.workloads.flatMap(({ object, decisions: own }) =>
    own.map((line) => `${object.metadata.name}: ${line}`),
  );
  return {
    kind: "Conversion",
    data: dataOf(conversion),
    text: folder === undefined ? textOf(conversion) : files.map(({ path }) => join(String(folder), path)).join("\n"),
    hasFindings: decisions.length + unread.length + unclaimed.length > 0,
    talk: [
      ...kept.map((path) => `${path} was changed: it is ${path}${BEFORE} now`),
      ...(folder === undefined ? [] : olderIn(String(folder), files)),
      ...unread.map(sayUnread),
      ...unclaimed.map(({ file, line, object, path, note }) => `${file}:${line} ${object} ${path}: ${note}`),
      ...decisions.map((line) => `decide: ${line}`),
    ],
    next:
      folder === undefined
        ? `palisade convert ${sourceOf(given, namespace)} --into converted`
        : `palisade render -f ${shellWord(join(String(folder), "secure"))}${sameNamespace(given)}`,
  };
}

/** Standard input is one of the two. */
async function observedFor(given: Given): Promise<readonly Seen[]> {
  const { observed, filename } = given.flags;
  if (observed === undefined) return [];
  if (observed === "-" && [filename].flat().includes("-"))
    throw wrongUse("--observed: standard input is what -f reads", NEXT);
  const [{ file, text } = { file: "", text: "" }] = await textsOf(given, "observed", NEXT);
  const seen = observedIn(file, text);
  if (seen === undefined) throw wrongUse(`--observed: ${file} is not what learn prints with -o json`, LEARN);
  return seen;
}

/** What is read, and the namespace of what names none. */
type Placed = Manifests & { readonly namespace: string };

const inFiles = async (given: Given): Promise<Placed> => ({
  ...manifestsIn(await textsOf(given, "filename", NEXT)),
  namespace: String(given.flags["namespace"] ?? "default"),
});

/** Loads what asks a cluster only here. */
async function running(given: Given): Promise<Placed> {
  if (given.flags["filename"] !== undefined) throw wrongUse("--from-cluster: takes no -f beside it", NEXT);
  const { liveManifests } = await import("./live.ts");
  return await liveManifests(given);
}

/** What was asked for, to be typed again. */
const sourceOf = (given: Given, namespace: string): string =>
  given.flags["fromCluster"] === true
    ? `--from-cluster -n ${namespace}`
    : `${sameFiles(given).trimStart()}${sameNamespace(given)}`;

/** What can be applied; the report is for a folder, or for `-o json`. */
const textOf = ({ workloads }: Conversion): string => workloads.map(workloadText).join("---\n");

const dataOf = ({ workloads, platform, ledger, unread }: Conversion): Answer["data"] => ({
  workloads: workloads.map(({ object, evidence, decisions }) => ({
    object,
    evidence: [...evidence].map(([path, found]) => ({ path, ...found })),
    decisions,
  })),
  platform,
  ledger,
  unread,
});

/** What stood there and differs, which somebody may have changed since, is kept beside it. No link in the folder leads out of it. */
function writeAll(folder: string, files: readonly OutputFile[]): readonly string[] {
  try {
    for (const below of new Set(files.map(({ path }) => dirname(path)))) makeFolder(folder, below);
    return files.flatMap(({ path, text }) => writeOne(join(folder, path), escaped(text)));
  } catch (error) {
    throw error instanceof Failure ? error : couldNotLook(messageOf(error), NEXT);
  }
}

/** Workloads that are none any more stay, and whoever reads the folder reads them too. */
function olderIn(folder: string, files: readonly OutputFile[]): readonly string[] {
  const written = new Set(files.map(({ path }) => path));
  return readdirSync(join(folder, "secure"))
    .map((name) => join("secure", name))
    .filter((path) => path.endsWith(".yaml") && !written.has(path))
    .sort()
    .map((path) => `${join(folder, path)} is of an earlier conversion: remove it if nothing needs it`);
}

function makeFolder(folder: string, below: string): void {
  const path = join(folder, below);
  mkdirSync(path, { recursive: true });
  if (realpathSync(path) !== join(realpathSync(folder), below))
    throw couldNotLook(`${path} leads out of ${folder}`, NEXT);
}

/** No manifest for whoever reads the folder. */
const BEFORE = ".before";

/** The path where something else was kept. */
function writeOne(path: string, text: string): readonly string[] {
  const isThere = lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  if (isThere && existsSync(path) && readFileSync(path, "utf8") === text) return [];
  if (isThere) renameSync(path, `${path}${BEFORE}`);
  writeFileSync(path, text, { flag: "wx" });
  return isThere ? [path] : [];
}
