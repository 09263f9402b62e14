/**
 * Pods of a StatefulSet that lack a claim which was added to it. Its controller tries to mount the claim into the pod that runs, which no pod
 * allows, and gets no further (`UpdateStatefulPod` in kubernetes/pkg/controller/statefulset): so they are evicted, the lowest number first, since
 * the controller looks at them in that order. The disruption budget says when.
 */
import { nameOf } from "kopf-ts";
import { sizedClaims } from "../expand/claims.ts";
import { STATEFUL_SET } from "../kubernetes/kinds.ts";
import { podClaimName } from "../names.ts";
import type { ClusterState } from "./cluster-state.ts";
import type { PodRecord } from "./records/pod.ts";
import type { WorkloadRecord } from "./records/workload.ts";

interface NamedPod {
  readonly key: string;
  readonly pod: PodRecord;
}

/** The next pod to evict; undefined where there is none, and until every pod that mounts the claim is there and ready. */
export function nextUnmounted(
  workload: WorkloadRecord,
  pods: readonly NamedPod[],
  state: ClusterState,
): NamedPod | undefined {
  const spec = state.granted.specOf(workload);
  const health = state.healthOf(workload);
  if (spec?.type !== STATEFUL_SET.kind || health === undefined || health.observedGeneration < health.generation)
    return undefined;
  const uid = state.controllerUid(workload);
  const own = pods.filter(({ pod }) => pod.owner?.uid === uid && !pod.deleting);
  if (own.length < spec.replicas) return undefined;
  const claims = sizedClaims(spec).map(({ name }) => name);
  const lacks = ({ key, pod }: NamedPod): boolean =>
    claims.some((claim) => !pod.claims.includes(podClaimName(nameOf(key).name, claim)));
  if (own.some((one) => !lacks(one) && !one.pod.isReady)) return undefined;
  return own.filter(lacks).sort((a, b) => numberOf(a.key) - numberOf(b.key))[0];
}

const numberOf = (key: string): number => Number(/[0-9]+$/.exec(key)?.[0] ?? 0);
