/** `palisade diff -f`: what an apply of some files would change in SecureWorkloads and their children, and whether pods restart. */
import type { KubeObject } from "kopf-ts";
import { sayUnread } from "../manifests/say-unread.ts";
import { changeOf, type FieldChange, type WorkloadChange } from "../render/difference.ts";
import { type Beside, isWorkload, keyIn, type Readied, readyWorkload } from "../render/input.ts";
import { problemsTogether } from "../render/together.ts";
import { type Answer, couldNotLook, type Given, sameFiles, sameNamespace } from "./answer.ts";
import { manifestsIn, textsOf } from "./files.ts";
import { besideOf, workloadFiles } from "./workloads.ts";

const NEXT = "palisade diff --help";

/** Where the workloads are as they stand: in other files, or in the cluster. */
interface Standing {
  readonly beside: Beside;
  /** By `namespace/name`. */
  readonly workloads: ReadonlyMap<string, KubeObject>;
}

/** Findings are changes, and specs that would be refused. */
export async function diff(given: Given): Promise<Answer> {
  const { workloads, beside: named, unread } = await workloadFiles(given, NEXT);
  const keys = workloads.map(({ object }) => keyIn(object, named.namespace));
  const standing = given.flags["against"] === undefined ? await inCluster(given, named, keys) : await inFiles(given);
  const beside = { ...named, baseline: named.baseline ?? standing.beside.baseline };
  const refused = [...unread.map(sayUnread), ...problemsTogether(workloads, beside)];
  const changes: WorkloadChange[] = [];
  for (const { object, file, lineOf } of workloads) {
    const now = readyWorkload(object, beside);
    const old = standing.workloads.get(keyIn(object, beside.namespace));
    if (now.ok) changes.push(changeOf(now.readied, readied(old, { ...standing.beside, baseline: beside.baseline })));
    else
      refused.push(
        ...now.errors.map((error) => `${file}:${lineOf([])} SecureWorkload/${object.metadata.name}: ${error}`),
      );
  }
  const hasFindings = refused.length > 0 || changes.some(({ change }) => change !== "unchanged");
  return {
    kind: "Difference",
    data: { changes, refused },
    text: changes.map(paragraph).join("\n"),
    hasFindings,
    talk: refused,
    next: nextFor(given, hasFindings, refused.length > 0),
  };
}

const nextFor = (given: Given, hasFindings: boolean, isRefused: boolean): string =>
  isRefused
    ? "palisade explain -"
    : `${hasFindings ? "kubectl apply" : "palisade render"}${sameFiles(given)}${sameNamespace(given)}`;

/** What stands may be of a version whose schema this one does not accept: then everything is new. */
function readied(object: KubeObject | undefined, beside: Beside): Readied | undefined {
  const ready = object === undefined ? undefined : readyWorkload(object, beside);
  return ready?.ok === true ? ready.readied : undefined;
}

async function inFiles(given: Given): Promise<Standing> {
  const read = manifestsIn(await textsOf(given, "against", NEXT));
  const [unread] = read.unread;
  if (unread !== undefined) throw couldNotLook(sayUnread(unread), NEXT);
  const beside = await besideOf({ ...given, flags: { ...given.flags, platform: undefined } }, read, NEXT);
  const workloads = read.manifests.map(({ object }) => object).filter(isWorkload);
  return { beside, workloads: new Map(workloads.map((object) => [keyIn(object, beside.namespace), object])) };
}

/** Loads what asks a cluster only here. */
async function inCluster(given: Given, named: Beside, keys: readonly string[]): Promise<Standing> {
  const { standingObjects } = await import("./standing.ts");
  const { baseline, workloads } = await standingObjects(given, keys);
  return { beside: { ...named, baseline }, workloads };
}

function paragraph({ workload, change, spec, children, pods }: WorkloadChange): string {
  const lines = [
    ...spec.map(sayField),
    ...children.map(
      ({ child, change: what, fields }) => `  ${what} ${child}${fields.map((path) => `\n    ${path}`).join("")}`,
    ),
  ];
  return [`${workload}: ${change}${PODS[change === "unchanged" ? "none" : pods]}`, ...lines].join("\n");
}

const PODS: Readonly<Record<WorkloadChange["pods"] | "none", string>> = {
  restart: ", pods restart",
  stay: ", pods stay",
  start: "",
  none: "",
};

export const sayField = ({ path, from, to }: FieldChange): string => `  ${path}: ${shown(from)} -> ${shown(to)}`;

const shown = (value: unknown): string => (value === undefined ? "nothing" : JSON.stringify(value));
