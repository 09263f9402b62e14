/** Live pods that a workload's controllers did not make as they are: changed, released, orphaned, impersonating, or of a template that the workload never had. */

import { POD } from "../kubernetes/kinds.ts";
import type { ClusterState } from "../state/cluster-state.ts";
import type { PodRecord } from "../state/records/pod.ts";
import type { TemplateRecord } from "../state/records/template.ts";
import type { WorkloadRecord } from "../state/records/workload.ts";
import { type Detector, type Finding, type ForeignObject, foundObject } from "./foreign-object.ts";
import { recordsBy } from "./indexed.ts";
import { ownsAccount, ownsController } from "./own-children.ts";
import { addedBeside, changeIn } from "./pod-differences.ts";
import { type PodOrigin, podOriginOf } from "./pod-origin.ts";
import { isCompared, type PodOwner, podOwnerOf } from "./pod-owner.ts";

const RELEASED = "22";
/** No workload's pods get a longer grace period. */
const LONGEST_GRACE_SECONDS = 600;
/** A pod that is being deleted and ends within this time is left to end. */
const ENDS_SOON_SECONDS = 60;

export const pods: Detector = {
  resources: [POD],
  driftCases: ["3", "14", "17", "20", "21", "22", "24", "26", "36", "73", "83"],
  protects: undefined,
  detect: (workload, state) =>
    recordsBy(state.pods, "claims", workload.key).flatMap(([key, pod]) => {
      if (pod.isMirror || endsSoon(pod)) return [];
      const finding = findingOf(pod, workload, state);
      return finding === undefined
        ? []
        : [foundObject(POD, key, { ...pod, changedBy: changedByOf(pod, finding) }, finding)];
    }),
};

export const endsSoon = ({ deleting, graceSeconds = 0 }: Pick<PodRecord, "deleting" | "graceSeconds">): boolean =>
  deleting && graceSeconds <= ENDS_SOON_SECONDS;

/** A label that was removed leaves no trace of who did it. */
const changedByOf = (pod: PodRecord, { driftCase }: Finding): ForeignObject["changedBy"] =>
  driftCase === RELEASED ? pod.relabelledBy : pod.changedBy;

export const isForeignPod = (pod: PodRecord, workload: WorkloadRecord, state: ClusterState): boolean =>
  findingOf(pod, workload, state) !== undefined;

/** A pod of the workload itself, whose namespace makes no difference. */
const OWN = { whileObserved: "goes" } as const;
/** A pod that somebody placed by hand under a label that only Palisade gives: it would have the workload's traffic from the first moment. */
const PLACED = OWN;
/** A pod that passes for the workload's. */
const IMITATION = { whileObserved: "goesIfLater" } as const;

const imitationBy = ({ createdMs }: { readonly createdMs: number | undefined }) => ({
  ...IMITATION,
  ...(createdMs === undefined ? {} : { createdMs }),
});

/** Of a controller whose age is not known, nothing says that it is younger than the workload. */
const imitationIfKnown = (owner: { readonly createdMs: number | undefined }) =>
  owner.createdMs === undefined ? {} : imitationBy(owner);

function findingOf(pod: PodRecord, workload: WorkloadRecord, state: ClusterState): Finding | undefined {
  if (pod.workload !== workload.ref.name) return withoutLabel(pod, workload, state);
  if (isEndingTooLate(pod) && ownsController(workload, state))
    return { ...OWN, driftCase: "83", why: `is ending with a grace period above ${LONGEST_GRACE_SECONDS}s` };
  if (pod.owner === undefined)
    return pod.isMadeByController
      ? { ...IMITATION, driftCase: "36", why: "carries this workload's label, but its controller is gone" }
      : { ...PLACED, driftCase: "24", why: "carries this workload's label, but has no controller" };
  const owner = podOwnerOf(pod.owner, workload, state);
  if (owner.type === "ours") return comparedWith(owner.templates, pod, workload, state);
  if (owner.type === "unknown") return undefined;
  return pod.released === undefined
    ? {
        ...imitationBy(owner),
        driftCase: "24",
        why: `carries this workload's label, but belongs to ${owner.described}`,
      }
    : { ...OWN, driftCase: RELEASED, why: "belongs to another workload and was given this workload's label" };
}

const isEndingTooLate = ({ deleting, graceSeconds = 0 }: PodRecord): boolean =>
  deleting && graceSeconds > LONGEST_GRACE_SECONDS;

/** A pod may be seen a moment before the object that made it. What admission added to it at creation is explained, and stays. */
function comparedWith(
  templates: readonly TemplateRecord[],
  pod: PodRecord,
  workload: WorkloadRecord,
  state: ClusterState,
): Finding | undefined {
  const origin = podOriginOf(pod, templates, workload, state);
  const from = templatesOf(origin);
  const added = from.length === 0 ? undefined : addedBeside(pod, from);
  const change = origin.type === "foreign" ? changeIn(origin.parts, pod) : added;
  if (change !== undefined)
    return {
      ...OWN,
      driftCase: change.driftCase,
      why: `differs from the template of its ${pod.owner?.kind} in ${listed(change.fields)}`,
    };
  if (!isCompared(workload, state)) return undefined;
  const explains = (template: TemplateRecord): boolean =>
    state.ledger.explains(workload, template, state.podGuard.covers(workload.ref.namespace, template));
  const [unexplained] = from.some(explains) ? [] : from;
  if (unexplained === undefined) return undefined;
  const finding = unexplained.isEdited
    ? { driftCase: "20", why: `was made by a ${pod.owner?.kind} whose template was edited` }
    : { driftCase: "83", why: "was made from a template that this workload never had" };
  return { ...OWN, ...finding, isUnexplained: true };
}

function templatesOf(origin: PodOrigin): readonly TemplateRecord[] {
  if (origin.type === "foreign") return [];
  return origin.type === "template" ? origin.templates : [origin.template];
}

const MAX_LISTED = 4;

const listed = (fields: readonly string[]): string =>
  [...fields.slice(0, MAX_LISTED), ...(fields.length > MAX_LISTED ? [`${fields.length - MAX_LISTED} more`] : [])]
    .map((field) => field.replace(/[^\x20-\x7e]/g, "?").slice(0, 120))
    .join(", ");

/** Without the workload's label, no policy that selects by it isolates the pod any more. */
function withoutLabel(pod: PodRecord, workload: WorkloadRecord, state: ClusterState): Finding | undefined {
  const released = { ...OWN, driftCase: RELEASED, why: "lost this workload's label and keeps running" };
  if (pod.released === workload.ref.name) return ownsController(workload, state) ? released : undefined;
  // Pods from before the workload may use the account that the workload took over.
  if (!ownsAccount(workload, state) || pod.createdMs < workload.createdMs) return undefined;
  const uses = "runs as this workload's ServiceAccount";
  if (pod.owner === undefined)
    return pod.isMadeByController ? released : { ...IMITATION, driftCase: "26", why: `${uses}, but has no controller` };
  const owner = podOwnerOf(pod.owner, workload, state);
  if (owner.type === "ours") return released;
  if (!isLater(owner, workload)) return undefined;
  return {
    ...imitationIfKnown(owner),
    driftCase: "26",
    why: `${uses}, but belongs to ${owner.described}`,
  };
}

/** Whether somebody else's controller came after the workload; of one that is not known nothing is said. */
const isLater = (owner: PodOwner, workload: WorkloadRecord): owner is Extract<PodOwner, { type: "theirs" }> =>
  owner.type === "theirs" && (owner.createdMs ?? workload.createdMs) >= workload.createdMs;
