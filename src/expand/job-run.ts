/**
 * A Job is one run. What it runs is decided when it is created, and only its own spec decides whether it runs again: the images, commands and arguments
 * that it declares, and `job.rerun`. Labels, the content of ConfigMaps, digests of tags, exceptions and versions of Palisade change around a run,
 * and none of them repeats it. Everything here is read off the Job itself, so that a restart of the operator changes no answer.
 */
import { hashOf, type KubeObject } from "kopf-ts";
import { RUN_ANNOTATION, SECRETS_ANNOTATION } from "../crds/group.ts";
import { JOB } from "../kubernetes/kinds.ts";
import { rolloutHealth } from "../plan/rollout-status.ts";
import { isCopyOf, namedConfigMaps } from "./configs.ts";
import type { ExpandInput, Resolution } from "./input.ts";

interface Container {
  readonly name: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
}

interface JobSpec {
  readonly template?: {
    readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
    readonly spec?: { readonly initContainers?: readonly Container[]; readonly containers?: readonly Container[] };
  };
}

interface Program {
  readonly image?: string | undefined;
  readonly command?: readonly string[] | undefined;
  readonly args?: readonly string[] | undefined;
}

const programOf = ({ image = "", command = [], args = [] }: Program) => ({ image, command, args });

/** Equal for two specs of which one is no reason to run the other again. */
export function runDigest({ job, containers = [], ...main }: ExpandInput["spec"]): string {
  const beside = [...containers].sort((a, b) => (a.name < b.name ? -1 : 1));
  const programs = [main, ...beside].map((program) => programOf(program));
  return hashOf({ programs, rerun: job?.rerun ?? "" });
}

/** Whether it is a Job that ended, well or not. */
export function isEndedRun(object: KubeObject): boolean {
  const state = object.kind === JOB.kind ? rolloutHealth(object)?.run?.state : undefined;
  return state === "Complete" || state === "Failed";
}

/** What the API server lets nobody change on a Job, and what means nothing once it ended. */
const DECIDED = ["template", "completions", "completionMode", "podReplacementPolicy", "manualSelector"] as const;

/** `desired` as `live` ran, where that ended and is the run that is declared. What else a Job says may still change. */
export function asItRan(desired: KubeObject, live: KubeObject): KubeObject {
  if (!isEndedRun(live) || !isSameRun(desired, live)) return markedLike(desired, live);
  const ran = live["spec"] as Readonly<Record<string, unknown>>;
  const decided = Object.fromEntries(DECIDED.map((field) => [field, ran[field]]));
  return { ...desired, spec: { ...(desired["spec"] as object), ...decided } };
}

/** Without its mark, where `live` is of a version that did not mark runs: for want of it no run is begun anew. */
export function markedLike(desired: KubeObject, live: KubeObject): KubeObject {
  const { template } = specOf(desired);
  if (template === undefined || annotationOf(live, RUN_ANNOTATION) !== undefined) return desired;
  const { [RUN_ANNOTATION]: _mark, ...annotations } = template.metadata?.annotations ?? {};
  const metadata = { ...template.metadata, annotations };
  return { ...desired, spec: { ...specOf(desired), template: { ...template, metadata } } };
}

const specOf = (job: KubeObject): JobSpec => (job["spec"] ?? {}) as JobSpec;

const annotationOf = (job: KubeObject, annotation: string): string | undefined =>
  specOf(job).template?.metadata?.annotations?.[annotation];

function isSameRun(desired: KubeObject, live: KubeObject): boolean {
  const ran = annotationOf(live, RUN_ANNOTATION);
  return ran === undefined ? isAlike(desired, live) : ran === annotationOf(desired, RUN_ANNOTATION);
}

const containersOf = (job: KubeObject): readonly Container[] => {
  const { initContainers = [], containers = [] } = specOf(job).template?.spec ?? {};
  return [...initContainers, ...containers];
};

/** For Jobs of versions that did not mark runs: as far as their containers tell. */
function isAlike(desired: KubeObject, live: KubeObject): boolean {
  const wanted = containersOf(desired);
  const ran = containersOf(live);
  return (
    wanted.length === ran.length &&
    wanted.every((one) => {
      // The only one is that one, whatever it was called by whoever had the Job before.
      const other = wanted.length === 1 ? ran[0] : ran.find(({ name }) => name === one.name);
      return (
        other !== undefined &&
        isSameImage(one.image, other.image) &&
        hashOf({ ...programOf(one), image: "" }) === hashOf({ ...programOf(other), image: "" })
      );
    })
  );
}

const repositoryOf = (image: string): string => image.replace(/@.*$/, "").replace(/:[^/:]*$/, "");

/** Whether one is the other, or the other by its digest. */
const isSameImage = (one = "", other = ""): boolean =>
  one === other || (one.includes("@") !== other.includes("@") && repositoryOf(one) === repositoryOf(other));

/**
 * What the names in the spec stood for when a run that goes on began; undefined where `live` ended, or is not the run that is declared. A run is not broken off
 * because they stand for something else by now.
 */
export function resolutionOfRun(
  live: KubeObject,
  input: Omit<ExpandInput, "identity" | "facts">,
): Resolution | undefined {
  const { spec, workload, resolved } = input;
  if (isEndedRun(live) || annotationOf(live, RUN_ANNOTATION) !== runDigest(spec)) return undefined;
  const names = namesIn(specOf(live).template);
  const ran = new Map(containersOf(live).map(({ name, image }) => [name, image]));
  const declared = [{ name: workload.name, image: spec.image }, ...(spec.containers ?? [])];
  return {
    configs: Object.fromEntries(
      namedConfigMaps(spec).flatMap((source) => {
        const copy = names.find((name) => isCopyOf(name, workload.name, source)) ?? resolved.configs[source];
        return copy === undefined ? [] : [[source, copy]];
      }),
    ),
    images: Object.fromEntries(
      declared.flatMap(({ name, image }) => {
        const of = ran.get(name);
        return of !== undefined && isSameImage(image, of) ? [[image, of]] : [];
      }),
    ),
    secrets: annotationOf(live, SECRETS_ANNOTATION),
  };
}

/** Whatever is called by a name in a template: the copies of ConfigMaps among it. */
const namesIn = (value: unknown): readonly string[] =>
  typeof value !== "object" || value === null
    ? []
    : Object.entries(value).flatMap(([key, part]) =>
        key === "name" && typeof part === "string" ? [part] : namesIn(part),
      );
