/**
 * In which order the workloads of a namespace move, and what each step writes: who calls nobody goes first, so that whoever moves later names
 * workloads that are there. While one moves, its neighbours name it both ways. Pure.
 */
import type { KubeObject } from "kopf-ts";
import { WORKLOAD_LABEL } from "../crds/group.ts";
import { selectorText } from "../kubernetes/selectors.ts";
import { accessEntries, type Naming, type PeerElsewhere, peersIn, withPeers } from "./access.ts";
import { handedOver, type Named, nameOf } from "./handover.ts";
import { labelsOf, replicasOf, runnerOf } from "./running.ts";

export interface Step {
  readonly workload: string;
  /** What has to end before it starts, since both would write one volume. */
  readonly endsFirst: Named | undefined;
  /** What it takes over, as it stands. */
  readonly handsOver: readonly KubeObject[];
  /** Written in this order: the workload itself, then its neighbours, who name it as it was and as it will be. */
  readonly applies: readonly KubeObject[];
  /** Written when it is ready: its neighbours name the workload alone. */
  readonly settles: readonly KubeObject[];
  /** What runs on beside it, for a person to end. */
  readonly leaves: string | undefined;
}

export interface MigrationPlan {
  readonly namespace: string;
  /** Workloads that are ready already, as they should be. */
  readonly moved: readonly string[];
  /** Those of them that name peers, written again first: an earlier try may have ended before it wrote them. */
  readonly refreshes: readonly KubeObject[];
  readonly steps: readonly Step[];
  /** Peers in other namespaces that are not as the files say, or may not be. */
  readonly elsewhere: readonly PeerElsewhere[];
}

export interface Moving {
  readonly namespace: string;
  /** The SecureWorkloads as they should be in the end. */
  readonly wanted: readonly KubeObject[];
  /** Names of those that are in the cluster and ready. */
  readonly ready: ReadonlySet<string>;
  /** What runs beside them now. */
  readonly running: readonly KubeObject[];
  /** Peers in other namespaces, as they are there. */
  readonly elsewhere?: readonly PeerElsewhere[];
}

export function planMigration(moving: Moving): MigrationPlan {
  const { namespace, wanted, ready, running, elsewhere = [] } = moving;
  const named = new Map(wanted.map((workload) => [workload.metadata.name, workload]));
  const moved = [...named.keys()].filter((name) => ready.has(name)).sort();
  const order = orderOf(moving, new Set(moved));
  const steps = order.map((workload, index) => {
    const before = new Set([...moved, ...order.slice(0, index)]);
    return stepFor(workload, before, named, moving);
  });
  const has = new Set(moved);
  const isKnown = (peers: readonly string[]): boolean =>
    peers.every((peer) => has.has(peer) || runnerOf(peer, running) !== undefined);
  const refreshes = moved
    .flatMap((name) => named.get(name) ?? [])
    .filter((workload) => accessEntries(workload).some((entry) => entry.workload !== undefined))
    .filter((workload) => isKnown(peersIn(workload, namespace)))
    .map((workload) => withPeers(workload, moving, (peer) => (has.has(peer) ? "workload" : "pods")));
  return { namespace, moved, refreshes, steps, elsewhere: elsewhere.filter(({ note }) => note !== undefined) };
}

/** Leaves of the call graph first; of a circle the one with the fewest peers left, by name. */
function orderOf({ wanted, namespace }: Moving, moved: ReadonlySet<string>): readonly string[] {
  const left = new Map(
    wanted
      .filter(({ metadata }) => !moved.has(metadata.name))
      .map((workload) => [workload.metadata.name, peersIn(workload, namespace, ["outbound"])]),
  );
  const order: string[] = [];
  while (left.size > 0) {
    const waiting = (name: string): number =>
      (left.get(name) ?? []).filter((peer) => peer !== name && left.has(peer)).length;
    const [next = ""] = [...left.keys()].sort((a, b) => waiting(a) - waiting(b) || (a < b ? -1 : 1));
    order.push(next);
    left.delete(next);
  }
  return order;
}

function stepFor(
  name: string,
  before: ReadonlySet<string>,
  named: ReadonlyMap<string, KubeObject>,
  moving: Moving,
): Step {
  const { namespace, running } = moving;
  const after = new Set([...before, name]);
  const own = named.get(name);
  const runner = runnerOf(name, running);
  const neighbours = [...before]
    .flatMap((one) => named.get(one) ?? [])
    .filter((workload) => peersIn(workload, namespace).includes(name));
  const written = (workload: KubeObject, naming: (peer: string) => Naming): KubeObject =>
    withPeers(workload, moving, naming);
  const settled = (peer: string): Naming => (after.has(peer) ? "workload" : "pods");
  const whileMoving = (peer: string): Naming => (peer === name ? "both" : settled(peer));
  return {
    workload: name,
    endsFirst: own !== undefined && runner !== undefined && writesAlone(own, runner) ? ended(runner) : undefined,
    handsOver: handedOver(name, running, own),
    applies: [
      ...(own === undefined ? [] : [written(own, whileMoving)]),
      // One that was begun before has nothing beside it any more by which neighbours could name it: they say already what they said then.
      ...(runner === undefined ? [] : neighbours.map((one) => written(one, whileMoving))),
    ],
    settles: [own, ...neighbours].flatMap((one) =>
      one !== undefined && peersIn(one, namespace).includes(name) ? [written(one, settled)] : [],
    ),
    leaves: runner === undefined ? undefined : leftBy(runner, name),
  };
}

/** Two that write one volume destroy it; and pods of a StatefulSet have the names of those before them. */
const writesAlone = ({ spec }: KubeObject, runner: KubeObject): boolean =>
  runner.kind === "StatefulSet" ||
  ((spec as { readonly claims?: readonly { readonly existing?: string }[] } | undefined)?.claims ?? []).some(
    ({ existing }) => existing !== undefined,
  );

const SCALED: ReadonlySet<string> = new Set(["Deployment", "StatefulSet", "ReplicationController"]);

const ended = (runner: KubeObject): Named | undefined =>
  SCALED.has(runner.kind ?? "") && replicasOf(runner) > 0 ? nameOf(runner) : undefined;

/** A controller that is taken over leaves its pods, without an owner; one of another name goes on. */
function leftBy(runner: KubeObject, workload: string): string | undefined {
  const { kind, name } = nameOf(runner);
  if (name !== workload) return `${kind}/${name}`;
  const labels = labelsOf(runner);
  if (kind !== "Deployment" || labels === undefined) return undefined;
  return `replicasets -l '${selectorText(labels)},!${WORKLOAD_LABEL}'`;
}
