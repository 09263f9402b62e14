/** What a workload's access says while its peers still move: those that have not are named by the labels of their pods. Pure. */
import type { KubeObject } from "kopf-ts";
import { labelList } from "../crds/v1alpha1/pod-peers.ts";
import { labelsOf, runnerOf } from "./running.ts";

type Entry = Readonly<Record<string, unknown>> & { readonly workload?: string; readonly namespace?: string };
type Access = Readonly<Partial<Record<"inbound" | "outbound", readonly Entry[]>>>;

const DIRECTIONS = ["inbound", "outbound"] as const;

const accessOf = (workload: KubeObject): Access =>
  ((workload["spec"] as { readonly access?: Access } | undefined)?.access ?? {}) as Access;

/** The workloads of the same namespace that an access names, in one direction or both. */
export const peersIn = (
  workload: KubeObject,
  namespace: string,
  directions: readonly (typeof DIRECTIONS)[number][] = DIRECTIONS,
): readonly string[] => [
  ...new Set(
    directions.flatMap((direction) =>
      (accessOf(workload)[direction] ?? []).flatMap((entry) => (isOf(entry, namespace) ? [entry.workload] : [])),
    ),
  ),
];

const isOf = (entry: Entry, namespace: string): entry is Entry & { readonly workload: string } =>
  entry.workload !== undefined && (entry.namespace ?? namespace) === namespace;

/** How a peer is named: as what it will be, by its pods as they are, or both ways while it moves. */
export type Naming = "workload" | "pods" | "both";

/** `workload` with each peer of its namespace named as `namingOf` says; by pods only where something runs that a peer can name. */
export function withPeers(
  workload: KubeObject,
  namespace: string,
  running: readonly KubeObject[],
  namingOf: (peer: string) => Naming,
): KubeObject {
  const access = accessOf(workload);
  const named = DIRECTIONS.flatMap((direction) => {
    const entries = access[direction];
    return entries === undefined
      ? []
      : [[direction, entries.flatMap((entry) => entriesFor(entry, namespace, running, namingOf))] as const];
  });
  if (named.length === 0) return workload;
  return {
    ...workload,
    spec: { ...(workload["spec"] as object), access: { ...access, ...Object.fromEntries(named) } },
  };
}

function entriesFor(
  entry: Entry,
  namespace: string,
  running: readonly KubeObject[],
  namingOf: (peer: string) => Naming,
): readonly Entry[] {
  if (!isOf(entry, namespace)) return [entry];
  const naming = namingOf(entry.workload);
  const runner = runnerOf(entry.workload, running);
  const labels = runner === undefined ? undefined : labelsOf(runner);
  if (naming === "workload" || labels === undefined) return [entry];
  const { workload: _workload, namespace: _namespace, ...rest } = entry;
  const byPods = { pods: { podLabels: labelList(labels) }, ...rest };
  return naming === "pods" ? [byPods] : [entry, byPods];
}
