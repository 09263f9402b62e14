/** The SecureWorkloads of some files, with what stands beside them. */
import type { KubeObject } from "kopf-ts";
import type { Manifest } from "../manifests/parse.ts";
import { type Beside, isBaseline, isWorkload, keyIn } from "../render/input.ts";
import { couldNotLook, FALLBACK_NAMESPACE, type Given, wrongUse } from "./answer.ts";
import { type Manifests, manifestsIn, textsOf } from "./files.ts";

export interface WorkloadFiles extends Manifests {
  readonly workloads: readonly Manifest[];
  readonly beside: Beside;
}

export async function workloadFiles(given: Given, next: string): Promise<WorkloadFiles> {
  const read = manifestsIn(await textsOf(given, "filename", next));
  const workloads = read.manifests.filter(({ object }) => isWorkload(object));
  const [unread] = read.unread;
  if (workloads.length === 0 && unread !== undefined)
    throw couldNotLook(`${unread.file}:${unread.line} ${unread.problem}`, next);
  if (workloads.length === 0) throw wrongUse("there is no SecureWorkload in these files", next);
  return { ...read, workloads, beside: await besideOf(given, read, next) };
}

export async function besideOf(given: Given, { manifests }: Manifests, next: string): Promise<Beside> {
  const namespace = String(given.flags["namespace"] ?? FALLBACK_NAMESPACE);
  const configMaps = new Map(
    manifests
      .filter(({ object }) => object.kind === "ConfigMap")
      .map(({ object }) => [keyIn(object, namespace), object] as const),
  );
  return { configMaps, baseline: await baselineOf(given, manifests, next), namespace };
}

/** Of `--platform`, else of the files themselves. */
async function baselineOf(given: Given, manifests: readonly Manifest[], next: string): Promise<KubeObject | undefined> {
  const own = manifests.find(({ object }) => isBaseline(object))?.object;
  if (given.flags["platform"] === undefined) return own;
  const named = manifestsIn(await textsOf(given, "platform", next)).manifests;
  const baseline = named.find(({ object }) => isBaseline(object))?.object;
  if (baseline === undefined) throw wrongUse("--platform: there is no SecurityBaseline cluster in it", next);
  return baseline;
}
