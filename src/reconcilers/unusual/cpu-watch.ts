/**
 * What pods use of their CPU, from the metrics API where it is served: one list a namespace in five minutes, one namespace after the other, and only where a
 * workload has pods to compare. Nothing is judged by it alone.
 */
import { isDeepStrictEqual } from "node:util";
import {
  isForbidden,
  isNotFound,
  type KubeObject,
  mapChanges,
  type Outcome,
  type ReconcileContext,
  type Source,
  settled,
  waiting,
} from "kopf-ts";
import { WORKLOAD_LABEL } from "../../crds/group.ts";
import { namespaced } from "../../kubernetes/kinds.ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import type { WorkloadRecord } from "../../state/records/workload.ts";
import { unevenPods, usageOf } from "../../unusual/cpu.ts";
import type { Deps } from "../deps.ts";
import { podsOf, termOf } from "./workloads.ts";

const POD_METRICS = namespaced("metrics.k8s.io", "v1beta1", "PodMetrics", "pods");
const EVERY_MS = 5 * 60_000;

export class CPUWatch {
  readonly #deps: Pick<Deps, "state" | "client">;
  readonly #listeners = new Set<(key: string) => void>();
  #problem: string | undefined;

  constructor(deps: Pick<Deps, "state" | "client">) {
    this.#deps = deps;
  }

  /** Called with the key of a workload of which something else is known. */
  onChange(listener: (key: string) => void): void {
    this.#listeners.add(listener);
  }

  /** Why nothing is known; undefined where it is, or was not asked for. */
  unknown(): string | undefined {
    return isServed(this.#deps.state) ? this.#problem : "CPU use: the cluster does not serve metrics.k8s.io";
  }

  readonly reconcile = async ({ key: namespace, signal }: ReconcileContext): Promise<Outcome> => {
    const { state, client } = this.#deps;
    const workloads = state.workloadsIn(namespace).filter((workload) => limitsOf(workload, state).size > 1);
    if (state.workloadsIn(namespace).length === 0) return settled();
    if (!isServed(state) || workloads.length === 0) return waiting("NothingToMeasure", EVERY_MS);
    try {
      const { items } = await client.list(POD_METRICS, { namespace, labelSelector: WORKLOAD_LABEL, signal });
      this.#problem = undefined;
      for (const workload of workloads) this.#judge(workload, items);
    } catch (error) {
      signal.throwIfAborted();
      this.#problem = problemOf(error);
    }
    return waiting("Measured", EVERY_MS);
  };

  #judge(workload: WorkloadRecord, items: readonly KubeObject[]): void {
    const { state } = this.#deps;
    const limits = limitsOf(workload, state);
    const usages = items.flatMap((item) => {
      const limit = limits.get(item.metadata.name);
      return limit === undefined ? [] : (usageOf(item, limit) ?? []);
    });
    const term = termOf(workload, state);
    const { uneven, hot } = unevenPods(usages, term.hot ?? new Map());
    const isSame = isDeepStrictEqual(term.uneven ?? [], uneven);
    term.hot = hot;
    term.uneven = uneven;
    if (!isSame) for (const listener of this.#listeners) listener(workload.key);
  }
}

const isServed = ({ apiGroups }: ClusterState): boolean =>
  apiGroups.get(`${POD_METRICS.version}.${POD_METRICS.group}`) !== undefined;

/** Limits of the pods that are ready, in thousandths of a core. */
function limitsOf(workload: WorkloadRecord, state: ClusterState): ReadonlyMap<string, number> {
  return new Map(
    podsOf(workload, state).flatMap(({ name, record: { facts, isReady, deleting } }) =>
      facts.cpuLimit === undefined || !isReady || deleting ? [] : [[name, facts.cpuLimit] as const],
    ),
  );
}

function problemOf(error: unknown): string {
  if (isForbidden(error)) return "CPU use: the operator may not list pods.metrics.k8s.io";
  if (isNotFound(error)) return "CPU use: the cluster does not serve metrics.k8s.io";
  return "CPU use: metrics.k8s.io does not answer";
}

/** One key for each namespace with workloads. */
export const cpuSources = (state: ClusterState): readonly Source[] => [
  mapChanges(state.workloads, ({ type, name: { namespace = "" } }) =>
    type === "added" ? [{ key: namespace, afterMs: EVERY_MS / 5, priority: -100 }] : [],
  ),
];
