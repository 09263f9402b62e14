/** Live pods that are not what the workload's controllers make: changed, released, orphaned, posing as the workload's, or of a template it never had. */
import type { Deps } from "../deps.ts";
import type { PodRecord, TemplateRecord } from "../pod-record.ts";
import type { WorkloadRecord } from "../records.ts";
import type { World } from "../world.ts";
import { isJudged, makerOf, ownsAccount } from "./makers.ts";
import type { Offender } from "./offenders.ts";
import { addedBeside, changeOf } from "./pod-changes.ts";
import { POD } from "./resources/kinds.ts";

const RELEASED = "22";
/** No workload's pods are given longer to end. */
const LONGEST_GRACE_SECONDS = 600;
/** What is being deleted and ends within this time is left to end. */
const ENDS_SOON_SECONDS = 60;

export function offendingPods(workload: WorkloadRecord, { world }: Deps): readonly Offender[] {
  return world.pods.byIndex("claims", workload.key).flatMap((key): readonly Offender[] => {
    const pod = world.pods.get(key);
    if (pod === undefined || pod.isMirror || endsSoon(pod)) return [];
    const offence = offenceOf(pod, workload, world);
    return offence === undefined
      ? []
      : [{ resource: POD, key, uid: pod.uid, culprit: culpritOf(pod, offence), seenMs: pod.seenMs, ...offence }];
  });
}

export const endsSoon = ({ deleting, graceSeconds = 0 }: Pick<PodRecord, "deleting" | "graceSeconds">): boolean =>
  deleting && graceSeconds <= ENDS_SOON_SECONDS;

/** A label that was taken off leaves no trace of who did it. */
const culpritOf = (pod: PodRecord, { driftCase }: Offence): Offender["culprit"] =>
  driftCase === RELEASED ? pod.relabelledBy : pod.culprit;

type Offence = Pick<Offender, "driftCase" | "why" | "isUnexplained">;

export const isOffending = (pod: PodRecord, workload: WorkloadRecord, world: World): boolean =>
  offenceOf(pod, workload, world) !== undefined;

function offenceOf(pod: PodRecord, workload: WorkloadRecord, world: World): Offence | undefined {
  if (pod.workload !== workload.ref.name) return strayOffence(pod, workload, world);
  if (pod.deleting && (pod.graceSeconds ?? 0) > LONGEST_GRACE_SECONDS)
    return { driftCase: "83", why: "it was given longer to end than any pod of a workload" };
  if (pod.owner === undefined)
    return pod.isMadeByController
      ? { driftCase: "36", why: "it bears this workload's label, and runs on without what controlled it" }
      : { driftCase: "24", why: "it bears this workload's label, and nothing of it controls the pod" };
  const maker = makerOf(pod.owner, workload, world);
  if (maker.type === "theirs" && pod.released !== undefined)
    return { driftCase: RELEASED, why: "it was another workload's, and was given this one's label" };
  if (maker.type === "theirs")
    return {
      driftCase: "24",
      why: `it bears this workload's label, and ${maker.described} of somebody else controls it`,
    };
  return maker.type === "ours" ? comparedWith(maker.templates, pod, workload, world) : undefined;
}

/** What makes a pod may be seen a moment later than the pod. */
function comparedWith(
  templates: readonly TemplateRecord[],
  pod: PodRecord,
  workload: WorkloadRecord,
  world: World,
): Offence | undefined {
  const same = templates.filter(({ parts }) => parts.digest === pod.parts.digest);
  const change = same.length === 0 ? changeOf(pod, templates) : addedBeside(pod, same);
  if (change !== undefined)
    return {
      driftCase: change.driftCase,
      why: `${said(change.fields)} is not what its ${pod.owner?.kind}'s template says`,
    };
  if (!isJudged(workload, world)) return undefined;
  const [unexplained] = same.some((template) => world.ledger.explains(workload.ref.uid, template)) ? [] : same;
  if (unexplained === undefined) return undefined;
  return unexplained.isEdited
    ? { driftCase: "20", why: `its ${pod.owner?.kind} was edited`, isUnexplained: true }
    : {
        driftCase: "83",
        why: "it is of a template that this workload never had, and would outlive the correction",
        isUnexplained: true,
      };
}

const MAX_SAID = 4;

const said = (fields: readonly string[]): string =>
  [...fields.slice(0, MAX_SAID), ...(fields.length > MAX_SAID ? [`and ${fields.length - MAX_SAID} more`] : [])]
    .map((field) => field.replace(/[^\x20-\x7e]/g, "?").slice(0, 120))
    .join(", ");

/** A pod without the workload's label: no policy that selects by it closes the pod any more. */
function strayOffence(pod: PodRecord, workload: WorkloadRecord, world: World): Offence | undefined {
  const released = { driftCase: RELEASED, why: "this workload's label was taken off it, and it runs on" };
  if (pod.released === workload.ref.name) return released;
  // Somebody's pods of before the workload may have the account that the workload took over.
  if (!ownsAccount(workload, world) || pod.createdMs < workload.createdMs) return undefined;
  const uses = "it runs under this workload's ServiceAccount";
  if (pod.owner === undefined)
    return pod.isMadeByController ? released : { driftCase: "26", why: `${uses}, and nothing of it controls the pod` };
  const maker = makerOf(pod.owner, workload, world);
  if (maker.type === "ours") return released;
  if (maker.type === "unknown" || (maker.createdMs ?? workload.createdMs) < workload.createdMs) return undefined;
  return { driftCase: "26", why: `${uses}, and ${maker.described} made it` };
}
