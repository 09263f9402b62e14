/** What a live child keeps of what it has, though the desired object says otherwise: what it is to be, given that it stands. Pure. */
import type { KubeObject } from "kopf-ts";
import { DECLARED_ANNOTATION } from "../crds/group.ts";
import { DAEMON_SET, DEPLOYMENT, JOB, STATEFUL_SET } from "../kubernetes/kinds.ts";
import type { Desired } from "../plan/desired.ts";
import type { FieldPath } from "../plan/diff.ts";
import { withLiveReplicas } from "../plan/replicas.ts";
import { isInherited, mayHandOnAnnotation, mayHandOnLabel } from "./handed-on.ts";
import { asItRan } from "./job-run.ts";
import { EVICTABLE_VOLUMES_ANNOTATION } from "./volumes.ts";

/** Of a template; where an older version left one out, that alone restarts no pod. */
const ADDED_LATER: readonly string[] = [DECLARED_ANNOTATION, EVICTABLE_VOLUMES_ANNOTATION];

/** A changed template ends their pods, or their run. A CronJob's does not: its next run bears the new labels. */
const ENDS_PODS: ReadonlySet<string> = new Set([DEPLOYMENT, STATEFUL_SET, DAEMON_SET, JOB].map(({ kind }) => kind));

/**
 * The desired object, with the replicas that an autoscaler set, with what an ended Job ran and, where `keepsLabels`, with the labels and annotations of
 * its workload that the template has: one that changes restarts no pod that does not read it, and neither does a version that adds an annotation. New
 * pods get it once anything else changes their template.
 */
export function standing(desired: Desired, live: KubeObject, keepsLabels: boolean): KubeObject {
  const scaled = withLiveReplicas(desired.object, live, desired.replicas);
  const ran = live.kind === JOB.kind ? asItRan(scaled, live) : scaled;
  return keepsLabels ? withLiveLabels(desired, ran, live) : ran;
}

type Labels = Readonly<Record<string, string>>;

interface Templated {
  readonly template?: { readonly metadata?: { readonly labels?: Labels; readonly annotations?: Labels } };
}

const annotationsIn = (object: KubeObject): Labels =>
  ((object["spec"] ?? {}) as Templated).template?.metadata?.annotations ?? {};
const labelsIn = (object: KubeObject): Labels => ((object["spec"] ?? {}) as Templated).template?.metadata?.labels ?? {};

/** The paths of the metadata in which a live template may stay behind: see {@link standing}. */
export function labelsBehind(desired: Desired, live: KubeObject): readonly FieldPath[] {
  if (!ENDS_PODS.has(desired.object.kind)) return [];
  const { labels, annotations } = keysBehind(desired, live);
  return [
    ...labels.map((key) => ["spec", "template", "metadata", "labels", key]),
    ...annotations.map((key) => ["spec", "template", "metadata", "annotations", key]),
  ];
}

interface Keys {
  readonly labels: readonly string[];
  readonly annotations: readonly string[];
}

/** What is handed on and differs, and what an older version left out; not what the pods read of themselves. */
function keysBehind({ object, handedAnnotations = [] }: Desired, live: KubeObject): Keys {
  const reads = readIn(object);
  const [ownLabels, own] = [labelsIn(object), annotationsIn(object)];
  const [liveLabels, lives] = [labelsIn(live), annotationsIn(live)];
  return {
    labels: differing(ownLabels, liveLabels).filter(
      (key) => (isInherited(key) || mayHandOnLabel(key)) && !reads("labels", key),
    ),
    annotations: differing(own, lives).filter(
      (key) =>
        (ADDED_LATER.includes(key) && lives[key] === undefined) ||
        (mayHandOnAnnotation(key, handedAnnotations) && !reads("annotations", key)),
    ),
  };
}

const differing = (one: Labels, other: Labels): readonly string[] =>
  [...new Set([...Object.keys(one), ...Object.keys(other)])].filter((key) => one[key] !== other[key]);

const FIELD_PATH = /"fieldPath":"metadata[.](labels|annotations)(?:\['([^']+)'\])?"/g;

/** What of their own metadata the pods of a controller read, by the downward API. */
function readIn(object: KubeObject): (field: "labels" | "annotations", key: string) => boolean {
  const read = [...JSON.stringify(object["spec"] ?? {}).matchAll(FIELD_PATH)];
  return (field, key) => read.some(([, which, one]) => which === field && (one === undefined || one === key));
}

function withLiveLabels(desired: Desired, kept: KubeObject, live: KubeObject): KubeObject {
  if (!ENDS_PODS.has(kept.kind)) return kept;
  const { labels, annotations } = keysBehind(desired, live);
  if (labels.length === 0 && annotations.length === 0) return kept;
  const spec = kept["spec"] as Templated;
  const metadata = {
    ...spec.template?.metadata,
    labels: asLive(labelsIn(kept), labelsIn(live), labels),
    annotations: asLive(annotationsIn(kept), annotationsIn(live), annotations),
  };
  return { ...kept, spec: { ...spec, template: { ...spec.template, metadata } } };
}

/** A map whose values under `keys` are those of a live one. */
const asLive = (desired: Labels, live: Labels, keys: readonly string[]): Labels =>
  Object.fromEntries([
    ...Object.entries(desired).filter(([key]) => !keys.includes(key)),
    ...Object.entries(live).filter(([key]) => keys.includes(key)),
  ]);
