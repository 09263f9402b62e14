/**
 * Why a pod of the workload's own controller differs from its template. What was there at creation is admission's where that is proven: by policies
 * that let only the control plane create such a pod, or by a dry run that shows the same. What came later is somebody's change. Pure.
 */
import type { ClusterState } from "../state/cluster-state.ts";
import type { PodRecord } from "../state/records/pod.ts";
import type { Explanation } from "../state/records/pod-explanation.ts";
import { differingParts } from "../state/records/pod-fields.ts";
import type { TemplateRecord } from "../state/records/template.ts";
import type { WorkloadRecord } from "../state/records/workload.ts";

/** Paths of parts, without the leading `spec`. */
type Parts = readonly string[];

export type PodOrigin =
  /** It is as one of these templates says. */
  | { readonly type: "template"; readonly templates: readonly TemplateRecord[] }
  /** Admission added these parts, or changed them. */
  | { readonly type: "admission"; readonly template: TemplateRecord; readonly parts: Parts }
  /** The API server has not been asked yet what it adds. */
  | { readonly type: "open"; readonly template: TemplateRecord; readonly parts: Parts }
  /** It was asked and could not say. */
  | { readonly type: "unproven"; readonly template: TemplateRecord; readonly parts: Parts; readonly failure: string }
  /** Somebody changed these parts later, or created the pod in the controller's place. */
  | { readonly type: "foreign"; readonly parts: Parts };

export function podOriginOf(
  pod: PodRecord,
  templates: readonly TemplateRecord[],
  workload: WorkloadRecord,
  state: ClusterState,
): PodOrigin {
  const equal = templates.filter(({ parts }) => parts.digest === pod.parts.digest);
  const template = equal.length > 0 ? undefined : templateOf(pod, templates);
  if (template === undefined) return { type: "template", templates: equal };
  const parts = differingParts(template.parts, pod.parts);
  const later = parts.filter((path) => pod.laterChanges.certain.includes(path));
  return later.length > 0 ? { type: "foreign", parts: later } : atCreation(pod, { template, parts }, workload, state);
}

/** The one that the pod names as its revision, else the one that comes nearest. */
function templateOf({ parts, labels }: PodRecord, templates: readonly TemplateRecord[]): TemplateRecord | undefined {
  const revision = labels["controller-revision-hash"] ?? "";
  const named = templates.find(({ name }) => revision !== "" && (name === revision || name.endsWith(`-${revision}`)));
  if (named !== undefined) return named;
  const distance = ({ parts: own }: TemplateRecord): number => differingParts(own, parts).length;
  return [...templates].sort((one, other) => distance(one) - distance(other))[0];
}

const OLDER_THAN_POLICIES = "the pod is older than the admission policies, and admission adds something else today";

interface Differing {
  readonly template: TemplateRecord;
  readonly parts: Parts;
}

function atCreation(
  pod: PodRecord,
  { template, parts }: Differing,
  workload: WorkloadRecord,
  state: ClusterState,
): PodOrigin {
  const { namespace } = workload.ref;
  const { podExplanations } = state;
  if (state.podGuard.covers(namespace, pod)) return { type: "admission", template, parts };
  const lifted: ReadonlySet<string> = state.exceptions.lifted(workload.key);
  if (pod.breaks.some((rule) => !lifted.has(rule))) return { type: "foreign", parts };
  if (podExplanations.isBelieved(workload, template, pod.parts)) return { type: "admission", template, parts };
  const explanation = podExplanations.of(workload, template);
  if (explanation === undefined) return { type: "open", template, parts };
  const { parts: shown, failure, breaks } = explanation;
  if (shown === undefined) return { type: "unproven", template, parts, failure: failure ?? "no answer" };
  const unexplained = parts.filter((path) => shown.fields[path] !== pod.parts.fields[path]);
  if (unexplained.length > 0)
    return unexplainedOrigin(pod, { template, parts }, unexplained, { explanation, workload, state });
  const isWeak = breaks.some((rule) => !lifted.has(rule));
  return isWeak ? { type: "foreign", parts } : { type: "admission", template, parts };
}

interface Explained {
  readonly explanation: Explanation;
  readonly workload: WorkloadRecord;
  readonly state: ClusterState;
}

/** What admission added then is not what it adds today, and policies that stand now may have judged it: after an upgrade of them, for example. */
function unexplainedOrigin(
  pod: PodRecord,
  { template, parts }: Differing,
  unexplained: Parts,
  { explanation, workload, state }: Explained,
): PodOrigin {
  if (state.podGuard.stands(workload.ref.namespace))
    return { type: "unproven", template, parts, failure: OLDER_THAN_POLICIES };
  return state.podExplanations.isDecisive(explanation, pod)
    ? { type: "foreign", parts: unexplained }
    : { type: "open", template, parts };
}
