/**
 * The lists of names on a namespace, which admission policies read: what the workloads there are called, and what of theirs is guarded. They stay within
 * what the API server takes; what does not fit is protected all the same, or waits.
 */
import { keyOf } from "kopf-ts";
import {
  CLAIMS_ANNOTATION,
  CLEAR_SINCE_ANNOTATION,
  HANDED_LABELS_ANNOTATION,
  INJECTIONS_ANNOTATION,
  REWRITTEN_ANNOTATION,
  SECRET_WRITERS_ANNOTATION,
  SECRETS_LIST_ANNOTATION,
  SERVICES_ANNOTATION,
  TAKEN_NAMES_ANNOTATION,
  TOLERATED_ANNOTATION,
  WORKLOAD_TYPES_ANNOTATION,
  WORKLOADS_ANNOTATION,
} from "../../crds/group.ts";
import type { SecureWorkloadSpec } from "../../crds/v1alpha1/secure-workload.ts";
import { RESTARTABLE } from "../../expand/child-kinds.ts";
import { claimEntries } from "../../expand/claim-list.ts";
import { guardedSecrets } from "../../expand/configs.ts";
import { isInherited, labelPair, mayHandOnLabel } from "../../expand/handed-on.ts";
import { childLabels, type InjectionFacts } from "../../expand/input.ts";
import { isTaken } from "../../foreign/namesake.ts";
import { ownPods } from "../../foreign/pod-owner.ts";
import { isoSeconds } from "../../kubernetes/iso-seconds.ts";
import { DEPLOYMENT, PERSISTENT_VOLUME_CLAIM, SECRET, SERVICE } from "../../kubernetes/kinds.ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import type { NamespaceRecord } from "../../state/records/namespace.ts";
import { hasChildren, type WorkloadRecord } from "../../state/records/workload.ts";
import {
  type Entry,
  EVERYTHING,
  exemptingList,
  LISTS_BYTES,
  listedAmong,
  nameList,
  protectingList,
  sizeOf,
} from "./name-list.ts";

type Marks = Readonly<Record<string, string>>;

export interface Lists {
  /** The lists and the note as annotations; one that is empty is absent. */
  readonly annotations: Marks;
  /** Workloads that the lists have no room for: nothing is made for them. */
  readonly unlisted: readonly string[];
}

/**
 * What the platform team says comes first, since it has bounds of its own; then the workloads, each with its type, that stand on the namespace
 * already; then what they protect, what is exempt, and last the labels that they hand on, which no workload needs.
 */
export function listsFor(namespace: string, { marks }: Pick<NamespaceRecord, "marks">, state: ClusterState): Lists {
  const workloads = state.workloadsIn(namespace);
  const notes = notesFor(namespace, workloads, state);
  const room = roomBeside(LISTS_BYTES, ...Object.values(notes));
  const listed = listedAmong(workloads.map((workload) => entryOf(workload, marks, state)).sort(inOrder), room);
  const names = nameList(listed.map(({ name }) => name));
  const types = nameList(listed.flatMap(({ type }) => type));
  const secretRoom = roomBeside(room, names, types);
  const secrets = protectingList(
    workloads.flatMap((workload) => specsOf(workload, state).flatMap(guardedSecrets)),
    secretRoom,
  );
  const claimRoom = roomBeside(secretRoom, secrets);
  const claims = protectingList(
    workloads.flatMap((workload) => claimsOf(workload, state)),
    claimRoom,
  );
  const serviceRoom = roomBeside(claimRoom, claims);
  const services = protectingList(state.serviceNames.chosenIn(workloads), serviceRoom);
  const takenRoom = roomBeside(serviceRoom, services);
  const taken = exemptingList(
    workloads.flatMap((workload) => takenNames(workload, state)),
    takenRoom,
  );
  const handed = protectingList(
    workloads.flatMap((workload) => handedPairs(workload, state)),
    roomBeside(takenRoom, taken),
  );
  const all = {
    ...notes,
    [WORKLOADS_ANNOTATION]: names,
    [WORKLOAD_TYPES_ANNOTATION]: types,
    [TAKEN_NAMES_ANNOTATION]: taken,
    [SECRETS_LIST_ANNOTATION]: secrets,
    [CLAIMS_ANNOTATION]: claims,
    [HANDED_LABELS_ANNOTATION]: handed,
    [SERVICES_ANNOTATION]: services,
  };
  const there = new Set(listed.map(({ name }) => name));
  return {
    annotations: Object.fromEntries(
      Object.entries(all).flatMap(([key, list]) => (list === undefined ? [] : [[key, list]])),
    ),
    unlisted: workloads.map(({ ref }) => ref.name).filter((name) => !there.has(name)),
  };
}

const notesFor = (
  namespace: string,
  workloads: readonly WorkloadRecord[],
  state: ClusterState,
): Readonly<Record<string, string | undefined>> => ({
  [SECRET_WRITERS_ANNOTATION]: nameList(state.granted.secretWriters(namespace)),
  [TOLERATED_ANNOTATION]: nameList(state.platform(namespace).toleratedMetadata),
  [REWRITTEN_ANNOTATION]: nameList(workloads.flatMap((workload) => rewrittenKinds(workload, state))),
  [INJECTIONS_ANNOTATION]: expectedWhereRefused(state.platform(namespace).injections),
  [CLEAR_SINCE_ANNOTATION]: noteOf(state.memory.ofNamespace(namespace).clearSinceMs),
});

const roomBeside = (bytes: number, ...lists: readonly (string | undefined)[]): number =>
  lists.reduce((left, list) => left - sizeOf(list), bytes);

interface ListedWorkload extends Entry {
  readonly type: readonly string[];
  readonly createdMs: number;
}

function entryOf(workload: WorkloadRecord, marks: Marks, state: ClusterState): ListedWorkload {
  const { ref, createdMs } = workload;
  const type = typeMark(workload, state);
  const beside = sizeOf(nameList(type));
  return { name: ref.name, type, createdMs, beside, stands: hasChildren(workload) || isOn(marks, ref.name) };
}

const inOrder = (a: ListedWorkload, b: ListedWorkload): number =>
  a.createdMs - b.createdMs || (a.name < b.name ? -1 : 1);

/** Whether a namespace names a workload. */
export const isOn = (marks: Marks, workload: string): boolean =>
  marks[WORKLOADS_ANNOTATION]?.includes(`,${workload},`) === true;

/** The kinds of which a namespace protects every object, since its workloads name more than can be listed. */
export const protectedWhole = ({ marks }: Pick<NamespaceRecord, "marks">): readonly string[] =>
  [
    { annotation: SECRETS_LIST_ANNOTATION, kind: SECRET.kind },
    { annotation: CLAIMS_ANNOTATION, kind: PERSISTENT_VOLUME_CLAIM.kind },
    { annotation: SERVICES_ANNOTATION, kind: SERVICE.kind },
  ].flatMap(({ annotation, kind }) => (marks[annotation] === EVERYTHING ? [kind] : []));

const LISTS = [
  WORKLOADS_ANNOTATION,
  WORKLOAD_TYPES_ANNOTATION,
  TAKEN_NAMES_ANNOTATION,
  SECRETS_LIST_ANNOTATION,
  CLAIMS_ANNOTATION,
  HANDED_LABELS_ANNOTATION,
  SERVICES_ANNOTATION,
  SECRET_WRITERS_ANNOTATION,
  TOLERATED_ANNOTATION,
  REWRITTEN_ANNOTATION,
  INJECTIONS_ANNOTATION,
  CLEAR_SINCE_ANNOTATION,
];

/** The declared spec and the one in force. */
const specsOf = (workload: WorkloadRecord, state: ClusterState): readonly SecureWorkloadSpec[] =>
  [workload.spec, state.granted.specOf(workload)].filter((spec) => spec !== undefined);

function claimsOf(workload: WorkloadRecord, state: ClusterState): readonly string[] {
  const taken = new Set(state.references.taken(workload).map(({ name }) => name));
  return specsOf(workload, state).flatMap((spec) =>
    claimEntries(workload.ref.name, spec, (claim) => !taken.has(claim)),
  );
}

/** What it hands on, and what its pods have from before: they keep it until they are replaced. */
function handedPairs(workload: WorkloadRecord, state: ClusterState): readonly string[] {
  const { labels } = state.handedLabels.wanted(workload.ref).handedOn;
  const live = ownPods(workload, state).flatMap((pod) =>
    Object.entries(pod.labels).filter(([key]) => mayHandOnLabel(key) && !isInherited(key)),
  );
  return [...Object.entries(labels), ...live].map(labelPair);
}

/** The type that runs, or will. Nothing for a Deployment, which most are: a namespace holds so much and no more. */
function typeMark(workload: WorkloadRecord, state: ClusterState): readonly string[] {
  const type = state.granted.specOf(workload)?.type;
  return type === undefined || type === DEPLOYMENT.kind ? [] : [`${type}/${workload.ref.name}`];
}

/** Of the workload's controllers, as far as people may restart them. */
function rewrittenKinds(
  workload: WorkloadRecord,
  { mutators, namespaces, handedLabels }: ClusterState,
): readonly string[] {
  const namespaceLabels = namespaces.get(workload.ref.namespace)?.labels ?? {};
  return mutators.rewritten(RESTARTABLE, childLabels(handedLabels.refOf(workload)), namespaceLabels);
}

/** What stands under a child's name and is somebody else's, as kind and name: what others do to that concerns no workload. */
function takenNames(workload: WorkloadRecord, state: ClusterState): readonly string[] {
  const { namespace, name } = workload.ref;
  return state.serviceNames
    .kindsOf(workload)
    .flatMap(({ resource, nameFor }) =>
      isTaken(state.childrenOf(resource).get(keyOf({ namespace, name: nameFor(name) })))
        ? [`${resource.kind}/${nameFor(name)}`]
        : [],
    );
}

const noteOf = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : isoSeconds(ms));

/** A comma alone: everything is refused. */
const expectedWhereRefused = ({ refused, expected }: InjectionFacts): string | undefined =>
  refused ? (nameList(expected) ?? ",") : undefined;

/** The lists that are behind, or were changed. */
export const staleLists = ({ marks }: NamespaceRecord, annotations: Marks): readonly string[] =>
  LISTS.filter((name) => marks[name] !== annotations[name]);
