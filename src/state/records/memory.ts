/** What is remembered of one workload and of one namespace: plain slots, each empty until something is known. */
import type { Enrolment } from "../../crds/v1alpha1/enrolment.ts";
import type { SecureWorkloadSpec } from "../../crds/v1alpha1/secure-workload.ts";
import type { WorkloadUnusual } from "../../crds/v1alpha1/unusual.ts";
import type { ChildKind } from "../../expand/child-kinds.ts";
import type { ExpandInput, PodIdentity, Resolution } from "../../expand/input.ts";
import type { PodSecurityLevel } from "../../kubernetes/pod-security.ts";
import type { Desired } from "../../plan/desired.ts";
import type { ReportedAccount } from "../../rbac/reported.ts";
import type { Hot, Uneven } from "../../unusual/cpu.ts";
import type { Entered } from "../../unusual/entered.ts";
import type { Foreign, HeldBackNamespace } from "./namespace.ts";
import type { Explanation } from "./pod-explanation.ts";
import type { RefusedCreation } from "./refused-creation.ts";

/** What became of the last write of an object, where the API server stored it otherwise. */
export interface MutatedWrite {
  /** The same fields with the same values, of the same desired object. */
  readonly signature: string;
  readonly untilMs: number;
}

/** How often an object was corrected. */
export interface CorrectionHistory {
  tokens: number;
  refilledMs: number;
  recentMs: number[];
}

/** Of one object that is corrected: a child, a copy of a ConfigMap, a foreign object, the default deny. */
export interface ObjectMemory {
  /** Since when somebody's deletion of it was seen, in monotonic milliseconds. */
  missingSinceMs?: number | undefined;
  /** Until when its absence is our own doing. */
  recreatedUntilMs?: number | undefined;
  corrections?: CorrectionHistory | undefined;
  mutatedWrite?: MutatedWrite | undefined;
  /** What this process wrote last, and what it has on its way: another thing may be desired by the time the API server shows them. */
  stored?: Desired | undefined;
  sent?: Desired | undefined;
}

/** What was found of a workload's pods, and when it was told last, in monotonic milliseconds. */
export interface UnusualTerm {
  /** What the status is to say; `nothing` where it was looked for in vain. */
  told?: WorkloadUnusual | "nothing" | undefined;
  toldMs?: number | undefined;
  /** Pods that were seen to be entered: one that is gone is told all the same. */
  entered?: readonly Entered[] | undefined;
  hot?: Hot | undefined;
  uneven?: readonly Uneven[] | undefined;
}

/**
 * What this replica did and decided while it works on the workload. Another one decides otherwise and writes it down where every
 * replica reads it, so it ends with a hand-over, as with a restart.
 */
export interface WorkloadTerm {
  /** By `actionKey` of src/plan/action.ts. */
  readonly objects: Map<string, ObjectMemory>;
  /** How its pods run, decided once. */
  identity?: PodIdentity | undefined;
  /** The digest of the status that this process wrote last. */
  reportedStatus?: string | undefined;
  /** The digest of the versions of its Secrets, as they were last found. */
  secretVersions?: string | undefined;
  /** What an account may do beside what is declared, as far as it was told. */
  rights?: ReportedAccount | undefined;
  /** Since when pods are missing that its controller should make, in monotonic milliseconds. */
  podsMissingSinceMs?: number | undefined;
  /** Since when this process writes its children, in monotonic milliseconds. */
  writingSinceMs?: number | undefined;
  /** What of its pods is unusual. */
  unusual?: UnusualTerm | undefined;
}

export const newTerm = (): WorkloadTerm => ({ objects: new Map() });

/** What children are built from, and what was built from it so far: by kind, undefined where the workload has none of it. */
export interface DesiredMemo {
  readonly input: ExpandInput;
  readonly built: Map<ChildKind, Desired | undefined>;
}

/** Ends with the workload. What is seen by every replica stands here; the rest in {@link WorkloadMemory.term}. */
export class WorkloadMemory {
  term: WorkloadTerm = newTerm();
  desired?: DesiredMemo | undefined;
  /** The last spec that might be rolled out: it is in force. */
  acceptedSpec?: SecureWorkloadSpec | undefined;
  /** The hash of a spec in force, and that of the revision which holds the same spec as another version wrote it. */
  recordedAs?: { readonly hash: string; readonly as: string } | undefined;
  /** What the names in that spec stood for last: what runs goes on when they stand for nothing any more. */
  resolution?: Resolution | undefined;
  /** Each ConfigMap that it names, to the copy that this last stood for: a source that is gone leaves its copy in use. */
  configCopies?: Map<string, string> | undefined;
  /** The Secrets and claims that it was the first to name, until its status says so. */
  held?: ReadonlySet<string> | undefined;
  /** Digests of the templates that its controllers had by our hand, the newest last. */
  templates?: Set<string> | undefined;
  /** Digests of those that somebody gave them. */
  refusedTemplates?: Set<string> | undefined;
  /** What the API server adds to the pods of each template, the newest last; by `state/pod-explanations.ts`. */
  podExplanations?: Map<string, Explanation & { readonly of: string }> | undefined;
  /** Signatures of pods that were explained once, the newest last, each with the digest of the pod's parts. */
  explainedPods?: Map<string, { readonly of: string }> | undefined;
  /** Of each child, the desired object that was written, and what became of it and stays: a digest by path. */
  acceptedMutations?:
    | Map<string, { readonly desired: string; readonly values: ReadonlyMap<string, string> }>
    | undefined;
  /** Each break-glass exception that is over, to the uids of the pods that were there at its end. */
  enteredPods?: Map<string, ReadonlySet<string>> | undefined;
}

/** Ends with the namespace. */
export class NamespaceMemory {
  /** By `actionKey` of src/plan/action.ts. */
  readonly objects = new Map<string, ObjectMemory>();
  /** How far it is enrolled, as this replica decided. */
  enrolment?: Enrolment | undefined;
  /** Since when nothing foreign makes pods there, while it is Observing; in milliseconds since the epoch. */
  clearSinceMs?: number | undefined;
  /** What keeps it from being sealed. */
  heldBack?: HeldBackNamespace | undefined;
  /** Whether this process has looked for that. */
  isLookedThrough?: boolean | undefined;
  /** While it is sealed: what was seen there last, what of it was there the time before too, and when to look again, in monotonic milliseconds. */
  sealedInventory?: { readonly seen: Foreign; readonly found: Foreign; readonly dueMs: number } | undefined;
  /** Why the API server refused its labels and lists last; undefined once it took them. */
  refusal?: string | undefined;
  /** Workloads that its lists had no room for when they were last written. */
  unlisted?: readonly string[] | undefined;
  /** Whether it stood secured once: a label that is missing was then taken away, not yet to be set. */
  wasSecured?: boolean | undefined;
  /** Whether the API server is known to see its label, since it was first written here. */
  isLabelSeen?: boolean | undefined;
  /** What controllers told of refused pods when they were last asked, by the uid of the controller; and when that was. */
  refusals?: { readonly askedMs: number; readonly latest: ReadonlyMap<string, RefusedCreation> } | undefined;
  /** Since when the default deny is gone that somebody deleted, in monotonic milliseconds. */
  denyLostMs?: number | undefined;
  /** The Pod Security level that this replica gave it last. */
  podSecurityLevel?: PodSecurityLevel | undefined;
}

/** The object is there again, or needed no more: what else is known of it stays. */
export function forgetMissing(objects: Map<string, ObjectMemory>, key: string): void {
  const known = objects.get(key);
  if (known === undefined) return;
  known.missingSinceMs = undefined;
  if (Object.values(known).every((slot) => slot === undefined)) objects.delete(key);
}

/** The slots of one object, made when they are first written. */
export function objectMemory(objects: Map<string, ObjectMemory>, key: string): ObjectMemory {
  const known = objects.get(key) ?? {};
  objects.set(key, known);
  return known;
}
