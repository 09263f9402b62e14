import { isDeepStrictEqual } from "node:util";
import {
  type AnswerTo,
  type CacheChange,
  type Clock,
  keyOf,
  type Mapped,
  mapChanges,
  nameOf,
  type ObjectName,
  type Resource,
  type Source,
} from "kopf-ts";
import { ENROLMENT_LABEL, HANDED_LABELS_ANNOTATION, SERVICES_ANNOTATION } from "../../crds/group.ts";
import { sizedClaims } from "../../expand/claims.ts";
import { HOST_NAME_ENGINES } from "../../expand/host-policies.ts";
import { openedByCluster } from "../../foreign/cni-policies.ts";
import { isDefaultDeny } from "../../names.ts";
import { operatorSubject } from "../../rbac/subjects.ts";
import { concernedPeers } from "../../state/access-peers.ts";
import { claimCandidates } from "../../state/claims.ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import { BY_CONFIG_MAP, type ConfigRecord } from "../../state/config-copies.ts";
import type { NodeSupport } from "../../state/pod-identity.ts";
import { type AnyChildRecord, isQuiet } from "../../state/records/child.ts";
import type { ForeignRecord } from "../../state/records/foreign.ts";
import type { NamespaceRecord } from "../../state/records/namespace.ts";
import { concernedBy } from "../../state/records/security-baseline.ts";
import { hasChildren, isSameSpec, type WorkloadRecord } from "../../state/records/workload.ts";
import type { MissingChildren } from "../apply/missing-children.ts";
import { protectedWhole } from "../namespace/lists.ts";
import { rightsSources } from "../rights/sources.ts";
import { exposureSources } from "../security-baseline/exposure-sources.ts";
import { exceptedWorkloads } from "../security-exception/sources.ts";
import { historySources } from "./history-triggers.ts";
import { podSources, touchedBy } from "./pod-triggers.ts";

export function workloadSources(state: ClusterState): readonly Source[] {
  const all = (): readonly Mapped[] => [...state.workloads.entries()].map(([key]) => ({ key, priority: -50 }));
  const children = [...state.children].map(([resource, cache]) =>
    mapChanges(cache, (change) => keysOfChild(resource, change, state)),
  );
  return [
    mapChanges(state.workloads, ({ key, old, new: now }) =>
      now !== undefined && isOwnStatusWrite(old, now, state) ? [] : [key],
    ),
    ...children,
    ...accessSources(state, all),
    ...podSources(state),
    mapChanges(state.namespaces, (change) => keysOfNamespace(change, state)),
    mapChanges(state.granted.baselines, ({ old, new: now }) =>
      workloadsIn(state, concernedBy(old, now, state.governed())),
    ),
    ...claimSources(state),
    ...historySources(state),
    ...exposureSources(state),
    ...rightsSources(state),
    {
      subscribe: (enqueue) =>
        state.rights.onChangeOf(operatorSubject(state.installation), () => {
          for (const key of grantedWorkloads(state)) enqueue(key, false);
        }),
    },
    ...exceptedWorkloads(state),
    mapChanges(state.verticalAutoscalers, ({ name, old, new: now }) =>
      now === undefined ? [] : keysOfForeign(name, old, now, state),
    ),
    ...[...state.children.values()].map(
      (cache): Source => ({
        subscribe: (enqueue) => void cache.onServed(() => all().map((key) => enqueue(key, false))),
      }),
    ),
    {
      subscribe: (enqueue) => {
        const wake = (): void => {
          for (const mapped of all()) enqueue(mapped, false);
        };
        state.cluster.dns.onChange(wake);
        state.controlPlane.onChange(wake);
      },
    },
    { subscribe: (enqueue) => state.podGuard.onChange(() => all().map((mapped) => enqueue(mapped, false))) },
    {
      subscribe: (enqueue) => state.mutators.onChange(() => mutatedWorkloads(state).map((key) => enqueue(key, false))),
    },
    mapChanges(state.cluster.unmappable, ({ old, new: now }) =>
      [old, now].flatMap((volume) =>
        volume === undefined ? [] : workloadsIn(state, [nameOf(volume.claim).namespace ?? ""]),
      ),
    ),
    mapChanges(state.cluster.apiEndpoints, all),
    mapChanges(state.cluster.apiServices, all),
    mapChanges(state.nodes, ({ old, new: now }) => (offersSame(old, now) ? [] : all())),
    { subscribe: (enqueue) => state.references.images.onAnswer((key) => enqueue(key, false)) },
    mapChanges(state.references.configs.cache, (change) => keysOfConfig(change, state)),
    mapChanges(state.workloads, ({ key, old, new: now }) =>
      isSameSpec(old, now) ? [] : state.references.claimantsWith(old, now).filter((other) => other !== key),
    ),
    mapChanges(state.workloads, ({ old, new: now }) => state.serviceNames.rivalsOf(old, now)),
  ];
}

/** Whether a node is as good for workloads as before: what is unusual about it wakes nobody. */
const offersSame = (old: NodeSupport | undefined, now: NodeSupport | undefined): boolean =>
  JSON.stringify({ ...old, facts: undefined }) === JSON.stringify({ ...now, facts: undefined });

/** Those whose permissions end where the operator's own do. */
const grantedWorkloads = ({ workloads, granted }: ClusterState): readonly string[] =>
  [...workloads.entries()].flatMap(([key, { ref }]) =>
    (granted.platform(ref.namespace).permissions ?? []).some((grant) => grant.workloads.includes(ref.name))
      ? [key]
      : [],
  );

function keysOfNamespace({ key, old, new: now }: CacheChange<NamespaceRecord>, state: ClusterState): readonly string[] {
  const workloads = state.workloads.byIndex("namespace", key);
  // How far it is enrolled decides which foreign objects have to go.
  if (old?.marks[ENROLMENT_LABEL] !== now?.marks[ENROLMENT_LABEL]) return workloads;
  const wholeIn = (record: NamespaceRecord | undefined): string =>
    record === undefined ? "" : protectedWhole(record).join();
  if (wholeIn(old) !== wholeIn(now)) return workloads;
  const hasMoved = (list: string): boolean => old?.marks[list] !== now?.marks[list];
  if ([HANDED_LABELS_ANNOTATION, SERVICES_ANNOTATION].some(hasMoved)) return workloads;
  const isTold = state.granted.enforcement(key) === "Report" && !isDeepStrictEqual(old?.podSecurity, now?.podSecurity);
  return workloads.filter((workload) => isTold || !hasChildren(state.workloads.get(workload)));
}
/** Those of which it is known that admission adds to their pods: a new configuration may add something else. */
const mutatedWorkloads = (state: ClusterState): readonly string[] =>
  [...state.workloads.entries()].flatMap(([key, workload]) => (state.podExplanations.areKnown(workload) ? [key] : []));

/** A claim that grew or is there at last, and a StorageClass that lets claims grow by now. */
export function claimSources(state: ClusterState): readonly Source[] {
  const hasSized = (key: string): boolean => sizedClaims(state.workloads.get(key)?.spec ?? {}).length > 0;
  return [
    mapChanges(state.claims.cache, ({ key, old, new: now }) =>
      isDeepStrictEqual(old, now) ? [] : claimCandidates(key).filter(hasSized),
    ),
    mapChanges(state.claims.classes, ({ old, new: now }) =>
      old === now ? [] : [...state.workloads.entries()].map(([key]) => key).filter(hasSized),
    ),
  ];
}

export const workloadsIn = (state: ClusterState, namespaces: readonly string[]): readonly string[] =>
  namespaces.flatMap((namespace) => state.workloads.byIndex("namespace", namespace));

/** What others declare, and what the cluster's network is found to be. */
export function accessSources(state: ClusterState, all: () => readonly Mapped[]): readonly Source[] {
  const needHosts = (): readonly string[] => state.workloads.byIndex("hosts", "needed");
  return [
    mapChanges(state.workloads, (change) => concernedPeers(change, state)),
    mapChanges(state.workloads, (change) => sharingItsUid(change, state)),
    mapChanges(state.network.nodeLocalDns, ({ old, new: now }) => (isDeepStrictEqual(old, now) ? [] : all())),
    ...state.network.clusterPolicies.map((cache) => mapChanges(cache, (change) => openedByCluster(change, state))),
    {
      subscribe: (enqueue) => {
        const wake = (): void => {
          for (const key of needHosts()) enqueue(key, false);
        };
        state.network.onChange(wake);
        for (const { resource } of HOST_NAME_ENGINES) state.childrenOf(resource).onServed(wake);
      },
    },
  ];
}

/** Two replicas may give the same UID away at once: one of the two workloads takes another. */
export function sharingItsUid(
  { key, old, new: now }: CacheChange<WorkloadRecord>,
  state: ClusterState,
): readonly string[] {
  const uid = now?.status.podIdentity?.uid;
  if (uid === undefined || uid === old?.status.podIdentity?.uid) return [];
  return state.workloads.byIndex("uid", String(uid)).filter((other) => other !== key);
}

/** A source concerns whoever names it; a copy its workload, unless it is as it was. */
export function keysOfConfig(
  { key, old, new: now }: CacheChange<ConfigRecord>,
  state: ClusterState,
): readonly string[] {
  const sources = state.workloads.byIndex(BY_CONFIG_MAP, key);
  const isIntact = now?.type === "copy" && now.state === "intact";
  const copies = isIntact ? [] : [old, now].flatMap((record) => (record?.type === "copy" ? [record.workload] : []));
  return [...new Set([...sources, ...copies])].filter((workload) => state.workloads.get(workload) !== undefined);
}

/** The echo of a status that this process wrote changes nothing; one that somebody forged is written anew (DRIFT 38). */
export function isOwnStatusWrite(old: WorkloadRecord | undefined, now: WorkloadRecord, state: ClusterState): boolean {
  return (
    old !== undefined &&
    state.isReported(now) &&
    old.ref.uid === now.ref.uid &&
    old.generation === now.generation &&
    old.deleting === now.deleting &&
    isDeepStrictEqual([old.ref.labels, old.ref.annotations], [now.ref.labels, now.ref.annotations])
  );
}

export function keysOfChild(
  resource: Resource,
  { name, old, new: now, answerTo }: CacheChange<AnyChildRecord>,
  state: ClusterState,
): readonly Mapped[] {
  const { namespace = "" } = name;
  if (isDefaultDeny(resource, name.name)) {
    const isTold = state.granted.enforcement(namespace) === "Report";
    return state.workloads
      .byIndex("namespace", namespace)
      .filter((key) => isTold || !hasChildren(state.workloads.get(key)));
  }
  if (now?.type === "foreign") return keysOfForeign(name, old, now, state);
  const child = state.serviceNames.childNamed(resource, name);
  if (child === undefined || isQuiet(old, now) || isActedOn(old, now, answerTo)) return [];
  const key = keyOf({ namespace, name: child.workload });
  return state.workloads.get(key) === undefined ? [] : [key];
}

/**
 * What a pass reads of a child that was its own already, it acts on before it ends, and so it is done with what it wrote if that conforms: there is
 * nothing for another. A child that comes, or comes to be its own, gives detectors something to protect.
 */
function isActedOn(
  old: AnyChildRecord | undefined,
  now: AnyChildRecord | undefined,
  answerTo: AnswerTo | undefined,
): boolean {
  if (answerTo === undefined || old?.type !== "child" || now?.type !== "child") return false;
  const isSame = old.uid === now.uid && old.ours && now.ours && old.conformed !== undefined;
  return isSame && (now.comparison === "inSync" || (answerTo === "read" && now.deviation !== undefined));
}

/** The status of an autoscaler, for one, is written every few seconds: what a detector reads did not change with it. */
export function keysOfForeign(
  name: ObjectName,
  old: AnyChildRecord | undefined,
  now: ForeignRecord,
  state: ClusterState,
): readonly Mapped[] {
  const isSame =
    old?.type === "foreign" &&
    old.uid === now.uid &&
    old.givenTo === now.givenTo &&
    isDeepStrictEqual(old.facts, now.facts);
  return isSame ? [] : touchedBy(now, name, state);
}

/** Before anything is enqueued, so that a pass knows why a child is missing. */
export function noteMissingChildren(state: ClusterState, missing: MissingChildren, clock: Clock): void {
  for (const [resource, cache] of state.children) {
    cache.onChange(({ type, name, old }) => {
      if (type !== "deleted") return;
      if (isDefaultDeny(resource, name.name))
        state.memory.ofNamespace(name.namespace ?? "").denyLostMs = clock.monotonicMs();
      else noteMissing(resource, name, old);
    });
  }

  function noteMissing(resource: Resource, name: ObjectName, old: AnyChildRecord | undefined): void {
    const child = state.serviceNames.childNamed(resource, name);
    const workload = child && state.workloads.get(keyOf({ ...name, name: child.workload }));
    if (child !== undefined && workload !== undefined && old !== undefined)
      missing.onDeleted(child.kind, workload, name.name, old);
  }
}
