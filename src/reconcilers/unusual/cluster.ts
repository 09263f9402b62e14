/** What of nodes and requests is unusual, from the caches and from what was tried: as the SecurityBaseline's status and the metrics say it. */
import type { BaselineReason } from "../../crds/v1alpha1/baseline-conditions.ts";
import type { ClusterUnusual, NodeFact } from "../../crds/v1alpha1/unusual.ts";
import type { ClusterState } from "../../state/cluster-state.ts";
import { findingsOfNodes, type NodeFinding, nodesMessage } from "../../unusual/nodes.ts";
import { versionIn } from "../../unusual/support.ts";
import type { BaselineFinding } from "../security-baseline/status.ts";
import type { CPUWatch } from "./cpu-watch.ts";
import type { DenialWatch } from "./denial-watch.ts";
import type { KubeletProbe } from "./kubelet-probe.ts";

export interface ClusterWatch {
  readonly cpu: CPUWatch;
  readonly denials: DenialWatch;
  /** Undefined outside of a pod. */
  readonly kubelets: KubeletProbe | undefined;
}

export function nodeFindingsIn(
  state: ClusterState,
  { kubelets }: Pick<ClusterWatch, "kubelets">,
  nowMs: number,
): readonly NodeFinding[] {
  const staticPods = staticPodsByNode(state);
  const nodes = [...state.nodes.entries()].map(([name, { facts, userNamespaces }]) => ({
    name,
    facts,
    userNamespaces,
    staticPods: staticPods.get(name) ?? [],
    answers: kubelets?.answersOf(name),
  }));
  return findingsOfNodes(nodes, { server: versionIn(state.facts().podSecurityVersion), nowMs });
}

/** A static pod's reflection is owned by its node. */
function staticPodsByNode(state: ClusterState): ReadonlyMap<string, readonly string[]> {
  const mirrors = state.enrolled().flatMap((namespace) => state.pods.byIndex("mirrorIn", namespace));
  const byNode = Map.groupBy([...new Set(mirrors)].sort(), (key) => {
    const { facts } = state.pods.get(key) ?? {};
    return facts?.node ?? "";
  });
  return byNode;
}

export function clusterUnusual(watch: ClusterWatch, findings: readonly NodeFinding[]): ClusterUnusual {
  const { cpu, denials, kubelets } = watch;
  const counts = kubelets?.counts();
  const refused = [...denials.denied()].filter(([, count]) => count > 0);
  const unknown = [
    denials.unknown(),
    cpu.unknown(),
    kubelets === undefined ? "kubelet ports: the operator does not run in a pod of the cluster" : kubelets.unknown(),
  ].filter((problem) => problem !== undefined);
  return {
    ...(findings.length === 0 ? {} : { nodes: [...findings] }),
    ...(refused.length === 0
      ? {}
      : {
          denials: refused.map(([policy, count]) => ({ policy, count })).sort((a, b) => (a.policy < b.policy ? -1 : 1)),
        }),
    ...(counts === undefined ? {} : { kubelets: counts }),
    ...(unknown.length === 0 ? {} : { unknown }),
  };
}

const REASONS: Readonly<Partial<Record<NodeFact, BaselineReason>>> = {
  KubeletAnswers: "KubeletAnswersWithoutLogin",
  NotReady: "NodesNotHealthy",
  UnderPressure: "NodesNotHealthy",
};

/** Undefined where nothing is to be told. */
export function nodesFinding(findings: readonly NodeFinding[]): BaselineFinding | undefined {
  const told = nodesMessage(findings);
  return told && { holds: true, reason: REASONS[told.fact] ?? "NodesOutOfSupport", message: told.message };
}
