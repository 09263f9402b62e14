import { isDeepStrictEqual } from "node:util";
import { type Mapped, mapChanges, type Source } from "kopf-ts";
import { isTaken } from "../../foreign/namesake.ts";
import { NETWORK_POLICY } from "../../kubernetes/kinds.ts";
import { DEFAULT_DENY_NAME } from "../../names.ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import { isQuiet } from "../../state/records/child.ts";
import { isSameSpec, type WorkloadRecord } from "../../state/records/workload.ts";
import { namesChosenBy } from "../../state/service-names.ts";
import { exceptedNamespaces } from "../security-exception/sources.ts";
import { isSecured } from "./reconciler.ts";

/** A workload that comes into a closed namespace only lengthens its lists, which many that come together do at once. */
export const LISTS_AFTER_MS = 100;

/** What is listed beside what the spec says. A name stays until the status says that its Service is gone. */
const listedOf = (workload: WorkloadRecord | undefined): unknown =>
  workload && [workload.ref.labels, namesChosenBy(workload)];

export function listChanged(
  state: ClusterState,
  namespace: string,
  old: WorkloadRecord | undefined,
  now: WorkloadRecord | undefined,
): readonly Mapped[] {
  if (isSameSpec(old, now) && isDeepStrictEqual(listedOf(old), listedOf(now))) return [];
  return isSecured(state, namespace) ? [{ key: namespace, afterMs: LISTS_AFTER_MS }] : [namespace];
}

export function namespaceSources(state: ClusterState): readonly Source[] {
  return [
    mapChanges(state.workloads, ({ name: { namespace = "" }, old, new: now }) =>
      listChanged(state, namespace, old, now),
    ),
    mapChanges(state.namespaces, ({ key }) => (state.isEnrolled(key) ? [key] : [])),
    mapChanges(state.granted.baselines, ({ old, new: now }) =>
      old?.generation === now?.generation ? [] : state.enrolled(),
    ),
    mapChanges(state.childrenOf(NETWORK_POLICY), ({ name, old, new: now }) =>
      name.name === DEFAULT_DENY_NAME && !isQuiet(old, now) ? [name.namespace ?? ""] : [],
    ),
    {
      subscribe: (enqueue) => {
        state.cluster.dns.onChange(() => {
          for (const key of state.enrolled()) enqueue({ key, priority: -50 }, false);
        });
        state.mutators.onChange(() => {
          for (const key of state.enrolled()) enqueue({ key, afterMs: LISTS_AFTER_MS }, false);
        });
        state.controlPlane.onChange(() => {
          for (const key of state.enrolled()) enqueue(key, false);
        });
      },
    },
    // What others do to an object of a child's name that is theirs, admission lets through.
    ...[...state.children.values()].map((cache) =>
      mapChanges(cache, ({ name: { namespace = "" }, old, new: now }) =>
        isTaken(old) === isTaken(now) ? [] : [namespace],
      ),
    ),
    // Labels by which one opens pods are not handed on, and those that no longer open any are.
    ...state.network.clusterPolicies.map((cache) =>
      mapChanges(cache, ({ old, new: now }) =>
        isDeepStrictEqual(old, now) ? [] : state.enrolled().map((key) => ({ key, afterMs: LISTS_AFTER_MS })),
      ),
    ),
    mapChanges(state.network.nodeLocalDns, ({ old, new: now }) =>
      isDeepStrictEqual(old, now) ? [] : state.enrolled(),
    ),
    ...exceptedNamespaces(state),
  ];
}
