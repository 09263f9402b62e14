/** What looks for unusual containers and nodes, as rows of the table of reconcilers. */
import type { ReconcileHandler, ReconcileOptions, Source } from "kopf-ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import type { Deps } from "../deps.ts";
import type { ClusterWatch } from "./cluster.ts";
import { CPUWatch, cpuSources } from "./cpu-watch.ts";
import { DenialWatch } from "./denial-watch.ts";
import { KubeletProbe } from "./kubelet-probe.ts";
import { type UnusualWorkloads, unusualSources } from "./workloads.ts";

interface Row extends Omit<ReconcileOptions, "about"> {
  readonly name: string;
  readonly handler: ReconcileHandler;
}

export const createClusterWatch = (
  { client, state }: Pick<Deps, "client" | "state">,
  {
    admission = [],
    ownPod,
  }: { readonly admission?: readonly { readonly name: string }[]; readonly ownPod?: object | undefined },
): ClusterWatch => ({
  cpu: new CPUWatch({ client, state }),
  denials: new DenialWatch(
    client.transport,
    admission.map(({ name }) => name),
  ),
  kubelets: ownPod === undefined ? undefined : new KubeletProbe(state),
});

/** Wakes the pass of a workload whose status is to say something else. */
export const onTold = (unusual: UnusualWorkloads): Source => ({
  subscribe: (enqueue) => unusual.onChange((key) => enqueue({ key, priority: -50 }, false)),
});

export const unusualRow = (state: ClusterState, unusual: UnusualWorkloads, { cpu }: ClusterWatch): Row => ({
  name: "unusual-pods",
  handler: unusual.reconcile,
  sources: [
    ...unusualSources(state, unusual),
    { subscribe: (enqueue) => cpu.onChange((key) => enqueue({ key, priority: -100 }, false)) },
  ],
});

export const cpuRow = (state: ClusterState, { cpu }: ClusterWatch): Row => ({
  name: "cpu-use",
  handler: cpu.reconcile,
  sources: cpuSources(state),
});

const once = (key: string): Source => ({
  subscribe: (enqueue) => enqueue(key, true),
  replay: (enqueue) => enqueue(key, true),
});

export const watchRows = ({ denials, kubelets }: ClusterWatch): readonly Row[] => [
  { name: "policy-denials", handler: denials.reconcile, sources: [once("policy-denials")] },
  ...(kubelets === undefined
    ? []
    : [{ name: "kubelet-ports", handler: kubelets.reconcile, sources: [once("kubelet-ports")] }]),
];
