/** Compares each object under a child's name with what it must be, once, as it arrives: reconcilers find the answer in the cache. */
import { type Cache, type Clock, type KubeObject, keyOf, type Resource } from "kopf-ts";
import { ADOPT_LABEL, SECURE_WORKLOAD } from "../crds/group.ts";
import type { ChildKind } from "../expand/child-kinds.ts";
import { isEndedRun, markedLike } from "../expand/job-run.ts";
import { isOurs, type LivingWorkload } from "../expand/ownership.ts";
import { liftedIn } from "../expand/pod-template.ts";
import { labelsBehind, standing } from "../expand/standing.ts";
import { JOB, NETWORK_POLICY, SERVICE_ACCOUNT } from "../kubernetes/kinds.ts";
import { controllerOf, createdMsOf } from "../kubernetes/metadata.ts";
import { DEFAULT_DENY_NAME, exceptionOfGrant } from "../names.ts";
import { compare } from "../plan/compare.ts";
import type { Desired } from "../plan/desired.ts";
import type { Difference } from "../plan/diff.ts";
import { findFieldManager } from "../plan/field-owner.ts";
import type { LearnedDefaults } from "../plan/learned-defaults.ts";
import { isInTemplate } from "../plan/pod-template-path.ts";
import { isWaitingRun, type RolloutHealth, rolloutHealth } from "../plan/rollout-status.ts";
import type { AcceptedMutations } from "./accepted-mutations.ts";
import type { Decisions } from "./decisions.ts";
import type { DesiredState } from "./desired-state.ts";
import type { Enrolments } from "./enrolments.ts";
import { isRun, type Observer, rightsIn, shapeForeign, writerOf } from "./foreign-shapes.ts";
import type { Memory } from "./memory.ts";
import type { PlatformGrants } from "./platform-grants.ts";
import { type AnyChildRecord, type ChildRecord, type Comparison, driftedOrStale } from "./records/child.ts";
import { noticeOf } from "./records/controller-fault.ts";
import { shapeTemplate, type TemplateRecord, templateDigest, templateIn } from "./records/template.ts";
import type { WorkloadRecord } from "./records/workload.ts";
import type { References } from "./references.ts";
import type { Rollouts } from "./rollouts.ts";
import type { ServiceNames } from "./service-names.ts";
import type { TemplateHistory } from "./template-history.ts";

export interface ComparisonSources {
  readonly clock: Clock;
  readonly fieldManager: string;
  readonly learned: LearnedDefaults;
  readonly acceptedMutations: AcceptedMutations;
  readonly workloads: Cache<WorkloadRecord>;
  readonly desired: DesiredState;
  readonly decisions: Decisions;
  readonly enrolments: Enrolments;
  readonly granted: PlatformGrants;
  readonly references: References;
  readonly rollouts: Rollouts;
  readonly ledger: TemplateHistory;
  readonly memory: Memory;
  readonly serviceNames: ServiceNames;
  readonly living: LivingWorkload;
}

export class ChildComparison {
  readonly #sources: ComparisonSources;

  constructor(sources: ComparisonSources) {
    this.#sources = sources;
  }

  /** What is kept of an object of a child kind: how it compares, or what it opens where it is not ours. */
  shape(resource: Resource, live: KubeObject, previous: AnyChildRecord | undefined): AnyChildRecord | undefined {
    const { workloads, desired: state, serviceNames } = this.#sources;
    const { namespace = "", name } = live.metadata;
    const seen = this.#seen(live, previous);
    const standing = this.#shapeStanding(resource, seen);
    if (standing !== undefined) return standing;
    const child = serviceNames.childNamed(resource, { namespace, name });
    const workload = child === undefined ? undefined : workloads.get(keyOf({ namespace, name: child.workload }));
    if (child === undefined || workload === undefined) return this.#shapeForeign(resource, seen);
    this.#acceptRunning(workload, child.kind, live);
    const desired = state.against(workload, child.kind, live);
    if (desired !== undefined) return this.#compared(desired, seen, workload);
    if (this.#isUnknown(workload, child.kind)) return this.#unknownChild(seen);
    return seen.ours ? { ...this.#unknownChild(seen), comparison: "extraneous" } : this.#shapeForeign(resource, seen);
  }

  /** Ours by its controller reference, or as the very object that was ours before somebody took that off it (DRIFT 32, 33). */
  #seen(live: KubeObject, previous: AnyChildRecord | undefined): Seen {
    const same = previous?.uid === live.metadata.uid ? previous : undefined;
    const known = same?.type === "child" ? same : undefined;
    const wasOurs = known?.ours === true || (same?.type === "foreign" && same.wasOurs);
    return { live, known, ours: wasOurs || isOurs(live, this.#sources.living) };
  }

  /** What belongs to a namespace or to an exception, and to no workload; undefined for anything else. */
  #shapeStanding(resource: Resource, seen: Seen): ChildRecord | undefined {
    const { desired: state, enrolments } = this.#sources;
    const { namespace = "", name } = seen.live.metadata;
    if (resource === NETWORK_POLICY && name === DEFAULT_DENY_NAME) {
      const desired = enrolments.isEnrolled(namespace) ? state.defaultDeny(namespace) : undefined;
      return desired === undefined ? this.#unknownChild(seen) : this.#compared(desired, seen, undefined);
    }
    const exception = exceptionOfGrant(resource, name);
    if (exception === undefined) return undefined;
    const desired = state.grant(resource, namespace, exception);
    return desired === undefined
      ? { ...this.#unknownChild(seen), comparison: "extraneous" }
      : this.#compared(desired, seen, undefined);
  }

  #shapeForeign(resource: Resource, { live, ours }: Seen): AnyChildRecord | undefined {
    if (isRun(resource, live))
      return { type: "run", ...this.#templateOf(live), isWaiting: isWaitingRun(live), isEnded: isEndedRun(live) };
    return shapeForeign(resource, live, this.#observer(), ours);
  }

  /** After a restart: a spec that may no longer be rolled out is in force all the same where it is what runs. */
  #acceptRunning(workload: WorkloadRecord, kind: ChildKind, live: KubeObject): void {
    const { granted, references, learned, desired: state, rollouts } = this.#sources;
    if (kind.role !== "controller" || !rollouts.isWithheld(workload, kind) || workload.spec === undefined) return;
    const resolved = references.ofRunning(workload, workload.spec);
    if (resolved === undefined) return;
    const platform = granted.platformOnceFor(workload);
    // An exception may have ended while nobody looked: what runs is told by its own mark, and put right once it is known.
    const built = state.ifRolledOut(workload, kind, { platform, resolved, lifted: liftedIn(live) });
    if (built === undefined) return;
    const asBuilt = standing(built, live, true);
    if (compare(asBuilt, live, learned.isServerDefault, built.toleratedMetadata).length > 0) return;
    references.keep(workload, resolved);
    granted.specs.accept(workload);
  }

  #isUnknown(workload: WorkloadRecord, kind: ChildKind): boolean {
    const { decisions, rollouts } = this.#sources;
    return (
      decisions.identityOf(workload) === undefined || workload.spec === undefined || rollouts.isWithheld(workload, kind)
    );
  }

  #unknownChild({ live, ours }: Seen): ChildRecord {
    return {
      type: "child",
      ours,
      uid: live.metadata.uid ?? "",
      owner: controllerOf(live)?.uid,
      comparison: "unknown",
      conformed: undefined,
      deviation: undefined,
      health: undefined,
      template: undefined,
      ...rightsIn(live, this.#observer()),
    };
  }

  #compared(desired: Desired, seen: Seen, workload: WorkloadRecord | undefined): ChildRecord {
    const { live, known } = seen;
    const { learned, acceptedMutations } = this.#sources;
    const base = this.#comparable(seen);
    if (live.metadata.deletionTimestamp !== undefined)
      return { ...base, comparison: "deleting", conformed: undefined, deviation: undefined };
    const keepsLabels = this.#mayKeepLabels(desired, seen, workload);
    const wanted = standing(desired, live, keepsLabels);
    const differences = compare(wanted, live, learned.isServerDefault, desired.toleratedMetadata).filter(
      (difference) => workload === undefined || !acceptedMutations.isAccepted(workload, desired, live, difference),
    );
    if (differences.length > 0)
      return { ...base, ...this.#deviating(desired, { wanted, keepsLabels, differences }, seen, workload) };
    this.#noteTemplate(live, known, workload);
    const health = isEndedRun(live) ? this.#healthOfRun(desired, live) : base.health;
    return { ...base, health, ours: true, comparison: "inSync", conformed: desired.digest, deviation: undefined };
  }

  #deviating(
    desired: Desired,
    { wanted, keepsLabels, differences }: Differing,
    seen: Seen,
    workload: WorkloadRecord | undefined,
  ): Pick<ChildRecord, "ours" | "isHandedOver" | "isMadeAnew" | "comparison" | "conformed" | "deviation"> {
    const { live, known } = seen;
    const { fieldManager, clock } = this.#sources;
    const paths = differences.map(({ path }) => path);
    const changedBy = findFieldManager(live.metadata.managedFields ?? [], paths, fieldManager);
    const ofOthers = comparisonOfOthers(seen, workload);
    const comparison = ofOthers ?? this.#driftedOrStale(desired, seen, changedBy?.certain === true, workload);
    this.#judgeTemplate(comparison, desired, seen, workload);
    if (comparison === "drifted" && paths.some(isInTemplate)) this.#refuseTemplate(live, workload);
    const deviation = {
      live,
      // Pods that are replaced anyway take the labels along; what somebody changed is put back as it was.
      wanted:
        keepsLabels && comparison !== "drifted" && paths.some(isInTemplate) ? standing(desired, live, false) : wanted,
      digest: desired.digest,
      differences,
      changedBy,
      seenMs: known?.deviation?.seenMs ?? clock.monotonicMs(),
    };
    const handedOver = ofOthers === "stale" ? { isHandedOver: true } : {};
    const madeAnew = isAccountOfOthers(seen) ? { isMadeAnew: true } : {};
    return {
      ours: ofOthers === undefined,
      ...handedOver,
      ...madeAnew,
      comparison,
      conformed: known?.conformed,
      deviation,
    };
  }

  #driftedOrStale(
    desired: Desired,
    { live, known }: Seen,
    isCertain: boolean,
    workload: WorkloadRecord | undefined,
  ): "drifted" | "stale" {
    const judged = driftedOrStale(desired, known, isCertain);
    return judged === "drifted" && this.#isOwnWrite(desired, live, workload) ? "stale" : judged;
  }

  /**
   * What may not be touched has its template rightly. So has what this process wrote, though the spec changed again before that was seen: the controller
   * makes pods from it all the same.
   */
  #judgeTemplate(
    comparison: Comparison,
    desired: Desired,
    { live, known }: Seen,
    workload: WorkloadRecord | undefined,
  ): void {
    const isOvertaken = (): boolean =>
      comparison === "stale" && templateIn(live) !== undefined && this.#isOwnWrite(desired, live, workload);
    if (comparison === "nameConflict" || isOvertaken()) this.#noteTemplate(live, known, workload);
  }

  /** Whether the object is as this process wrote it, for what was desired then: a spec may change, and change back, while a write is under way. */
  #isOwnWrite({ digest }: Desired, live: KubeObject, workload: WorkloadRecord | undefined): boolean {
    if (workload === undefined) return false;
    const key = `${live.kind}/${keyOf({ namespace: workload.ref.namespace, name: live.metadata.name })}`;
    const { stored, sent } = this.#sources.memory.of(workload).term.objects.get(key) ?? {};
    return [stored, sent].some(
      (written) => written !== undefined && written.digest !== digest && this.#isAs(written, live),
    );
  }

  #isAs(desired: Desired, live: KubeObject): boolean {
    const { isServerDefault } = this.#sources.learned;
    return compare(standing(desired, live, true), live, isServerDefault, desired.toleratedMetadata).length === 0;
  }

  /** What a record says of an object however it compares. */
  #comparable({ live, known, ours }: Seen): Omit<ChildRecord, "comparison" | "conformed" | "deviation"> {
    return {
      type: "child",
      ours,
      uid: live.metadata.uid ?? "",
      owner: controllerOf(live)?.uid,
      health: rolloutHealth(live),
      template: live.kind === JOB.kind ? this.#templateOf(live, known?.template) : undefined,
      notice: noticeOf(live),
      ...rightsIn(live, this.#observer()),
    };
  }

  /**
   * Whether inherited labels of a template may stay behind: they are what the workload once had. Not where somebody else wrote them, nor where this
   * process knows every template that the workload had, and this is none of them.
   */
  #mayKeepLabels(desired: Desired, { live, known, ours }: Seen, workload: WorkloadRecord | undefined): boolean {
    const { ledger, granted, fieldManager } = this.#sources;
    const behind = workload === undefined || !ours ? [] : labelsBehind(desired, live);
    if (workload === undefined || behind.length === 0) return false;
    if (findFieldManager(live.metadata.managedFields ?? [], behind, fieldManager)?.certain === true) return false;
    const isKnown = (object: KubeObject): boolean =>
      ledger.has(workload, templateDigest(templateIn(object), granted.identityBehind(live)));
    // What somebody else changed in the template beside them says nothing of the labels.
    return known?.conformed === undefined || isKnown(live) || isKnown(standing(desired, live, true));
  }

  /** Of a Job that ended: whether it would run something else by now. */
  #healthOfRun(desired: Desired, live: KubeObject): RolloutHealth | undefined {
    const health = rolloutHealth(live);
    if (health?.run === undefined) return health;
    const behind = labelsBehind(desired, live).map((path) => path.join());
    const isOutdated = compare(markedLike(desired.object, live), live, this.#sources.learned.isServerDefault).some(
      ({ path }) => isInTemplate(path) && !behind.includes(path.join()),
    );
    return isOutdated ? { ...health, run: { ...health.run, isOutdated } } : health;
  }

  /** Only where it may have changed: a controller's status changes far more often than its spec. */
  #noteTemplate(live: KubeObject, known: ChildRecord | undefined, workload: WorkloadRecord | undefined): void {
    const { ledger, granted } = this.#sources;
    if (workload === undefined || templateIn(live) === undefined) return;
    const isSame = known?.comparison === "inSync" && known.health?.generation === live.metadata.generation;
    if (!isSame) ledger.note(workload, templateDigest(templateIn(live), granted.identityBehind(live)));
  }

  #refuseTemplate(live: KubeObject, workload: WorkloadRecord | undefined): void {
    const { ledger, granted } = this.#sources;
    if (workload === undefined) return;
    ledger.refuse(workload, templateDigest(templateIn(live), granted.identityBehind(live)));
  }

  #templateOf(object: KubeObject, previous?: TemplateRecord): TemplateRecord {
    const { granted, fieldManager, clock } = this.#sources;
    return shapeTemplate(object, previous, {
      identity: granted.identityBehind(object),
      changedBy: writerOf(object, fieldManager),
      nowMs: clock.monotonicMs(),
    });
  }

  #observer(): Observer {
    const { fieldManager, clock } = this.#sources;
    return { fieldManager, nowMs: clock.monotonicMs() };
  }
}

/** What a child is to be, and how it differs. */
interface Differing {
  readonly wanted: KubeObject;
  readonly keepsLabels: boolean;
  readonly differences: readonly Difference[];
}

/** A state of an object as it arrives. */
interface Seen {
  readonly live: KubeObject;
  /** What was known of the very object as a child. */
  readonly known: ChildRecord | undefined;
  /** Whether it is ours, or was. */
  readonly ours: boolean;
}

/**
 * What was never ours is somebody else's, whatever happens to it, until its adoption label names the workload. Age proves nothing by itself:
 * creation times are whole seconds. But an object that refers to a workload of this name, or stands where the status lists a child of ours, was
 * put there by whoever took the owner off, or by a restore; where it is no older than the workload, it is put right (DRIFT 32, 33, 34).
 */
function comparisonOfOthers({ live, ours }: Seen, workload: WorkloadRecord | undefined): Comparison | undefined {
  if (workload === undefined || ours) return undefined;
  if (live.metadata.labels?.[ADOPT_LABEL] === workload.ref.name) return "stale";
  return replacesChild(live, workload) ? undefined : "nameConflict";
}

/** Tokens of it may be in anybody's hands, and stay good for as long as this very object is there. */
const isAccountOfOthers = ({ live, ours }: Seen): boolean => live.kind === SERVICE_ACCOUNT.kind && !ours;

function replacesChild(live: KubeObject, { ref, status, createdMs }: WorkloadRecord): boolean {
  const owner = controllerOf(live);
  if (owner?.kind === SECURE_WORKLOAD.kind && owner.name === ref.name) return createdMsOf(live) >= createdMs;
  const isListed = (status.children ?? []).includes(`${live.kind}/${live.metadata.name}`);
  return isListed && createdMsOf(live) > createdMs;
}
