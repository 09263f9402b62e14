/** Facts by kind, counted whenever somebody reads the metrics. Labels are kinds of facts and policies, never pods or nodes. */
import { Gauge, type Registry } from "prom-client";
import { NODE_FACTS, type NodeFact, WORKLOAD_FACTS, type WorkloadFact } from "../../crds/v1alpha1/unusual.ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import { factsIn } from "../../unusual/workload.ts";
import { type ClusterWatch, nodeFindingsIn } from "./cluster.ts";
import { toldOf } from "./workloads.ts";

export function measureUnusual(registry: Registry, state: ClusterState, watch: ClusterWatch, now: () => number): void {
  const registers = [registry];
  new Gauge({
    name: "palisade_unusual_workloads",
    help: "SecureWorkloads whose pods are unusual, by fact: Entered, ImageDiffers, Restarts or CPUUneven.",
    labelNames: ["fact"],
    registers,
    collect() {
      for (const fact of Object.keys(WORKLOAD_FACTS) as WorkloadFact[]) this.set({ fact }, 0);
      for (const [, workload] of state.workloads.entries())
        for (const fact of factsIn(toldOf(workload, state))) this.inc({ fact });
    },
  });
  new Gauge({
    name: "palisade_unusual_nodes",
    help: "Nodes by unusual fact, such as NotReady, KubeletAnswers or KubeletOutOfSupport.",
    labelNames: ["fact"],
    registers,
    collect() {
      for (const fact of Object.keys(NODE_FACTS) as NodeFact[]) this.set({ fact }, 0);
      for (const { fact } of nodeFindingsIn(state, watch, now())) this.inc({ fact });
    },
  });
  new Gauge({
    name: "palisade_policy_denials",
    help: "Requests that the admission policies refused since the API servers started, by policy; present where the operator may read their metrics.",
    labelNames: ["policy"],
    registers,
    collect() {
      this.reset();
      for (const [policy, count] of watch.denials.denied()) this.set({ policy }, count);
    },
  });
}
