/** What a workload's access says while its peers still move: those that have not are named by the labels of their pods. Pure. */
import type { KubeObject } from "kopf-ts";
import { labelList } from "../crds/v1alpha1/pod-peers.ts";
import { type Labels, labelsOf, runnerOf } from "./running.ts";

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

/** Entries of either direction. */
export const accessEntries = (workload: KubeObject): readonly Entry[] =>
  DIRECTIONS.flatMap((direction) => accessOf(workload)[direction] ?? []);

/** A peer in another namespace, as it is there. */
export interface PeerElsewhere {
  /** `namespace/name`. */
  readonly peer: string;
  readonly naming: Naming;
  /** Of its pods, where they name it. */
  readonly labels?: Labels;
  /** What that means, for a person; undefined where all is as the files say. */
  readonly note?: string;
}

/** What peers of a workload are, around its namespace. */
export interface Around {
  readonly namespace: string;
  /** What runs in it. */
  readonly running: readonly KubeObject[];
  /** Peers in other namespaces that are no workloads yet. */
  readonly elsewhere?: readonly PeerElsewhere[];
}

/** `workload` with each peer named as it is; one of its own namespace as `namingOf` says. By pods only where something runs that a peer can name. */
export function withPeers(workload: KubeObject, around: Around, namingOf: (peer: string) => Naming): KubeObject {
  const access = accessOf(workload);
  const named = DIRECTIONS.flatMap((direction) => {
    const entries = access[direction];
    return entries === undefined
      ? []
      : [[direction, entries.flatMap((entry) => entriesFor(entry, around, namingOf))] as const];
  });
  if (named.length === 0) return workload;
  return {
    ...workload,
    spec: { ...(workload["spec"] as object), access: { ...access, ...Object.fromEntries(named) } },
  };
}

function entriesFor(entry: Entry, around: Around, namingOf: (peer: string) => Naming): readonly Entry[] {
  const { naming, labels } = isOf(entry, around.namespace)
    ? inside(entry.workload, around, namingOf)
    : outside(entry, around);
  if (naming === "workload" || labels === undefined) return [entry];
  const { workload: _workload, namespace, ...rest } = entry;
  const elsewhere = namespace === undefined || namespace === around.namespace ? {} : { namespace };
  const byPods = { pods: { ...elsewhere, podLabels: labelList(labels) }, ...rest };
  return naming === "pods" ? [byPods] : [entry, byPods];
}

type Named = Pick<PeerElsewhere, "naming" | "labels">;

function inside(name: string, { running }: Around, namingOf: (peer: string) => Naming): Named {
  const runner = runnerOf(name, running);
  const labels = runner === undefined ? undefined : labelsOf(runner);
  return { naming: namingOf(name), ...(labels === undefined ? {} : { labels }) };
}

const outside = ({ workload, namespace }: Entry, { elsewhere = [] }: Around): Named =>
  elsewhere.find(({ peer }) => workload !== undefined && peer === `${namespace}/${workload}`) ?? { naming: "workload" };
