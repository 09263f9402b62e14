/** Pods at their CPU limit while the others of their workload are idle: as a miner would look, and as a leader that does all the work does. Pure. */
import type { KubeObject } from "kopf-ts";
import { MAX_UNEVEN, type WorkloadUnusual } from "../crds/v1alpha1/unusual.ts";
import { quantityNanos } from "../kubernetes/quantity.ts";

export type Uneven = NonNullable<WorkloadUnusual["cpu"]>[number];

/** What was measured of one pod. */
export interface Usage {
  readonly pod: string;
  /** When, as the metrics API says it: two measurements are two only where this differs. */
  readonly timestamp: string;
  readonly millicores: number;
  readonly limit: number;
}

/** Of the last measurement: the pods that were at their limit, each with its time. */
export type Hot = ReadonlyMap<string, string>;

const AT_LIMIT = 0.9;
const IDLE = 0.2;

/** `hot` is what to give the next time. A pod without siblings is compared with nobody. */
export function unevenPods(usages: readonly Usage[], before: Hot): { readonly uneven: Uneven[]; readonly hot: Hot } {
  const found = usages.flatMap((usage) => {
    if (usage.limit === 0 || usage.millicores < usage.limit * AT_LIMIT) return [];
    const others = usages.filter(({ pod }) => pod !== usage.pod);
    const isAlone = others.length === 0 || others.some(({ millicores, limit }) => millicores > limit * IDLE);
    return isAlone ? [] : [{ usage, others: medianOf(others.map(({ millicores }) => millicores)) }];
  });
  const uneven = found
    .filter(({ usage: { pod, timestamp } }) => before.has(pod) && before.get(pod) !== timestamp)
    .map(({ usage: { pod, millicores, limit }, others }) => ({ pod, millicores, limit, others }))
    .sort((a, b) => (a.pod < b.pod ? -1 : 1))
    .slice(0, MAX_UNEVEN);
  return { uneven, hot: new Map(found.map(({ usage: { pod, timestamp } }) => [pod, timestamp])) };
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}

interface PodMetrics extends KubeObject {
  readonly timestamp?: string;
  readonly containers?: readonly { readonly usage?: { readonly cpu?: string } }[];
}

/** Undefined where a measurement says nothing, or something that is no amount. */
export function usageOf(metrics: KubeObject, limit: number): Usage | undefined {
  const { timestamp = "", containers = [] } = metrics as PodMetrics;
  try {
    const nanos = containers.reduce((sum, { usage }) => sum + quantityNanos(usage?.cpu ?? "0"), 0n);
    return { pod: metrics.metadata.name, timestamp, millicores: Number(nanos / 1_000_000n), limit };
  } catch {
    return undefined;
  }
}
