import type { Workload } from "../facts/model.ts";
import { type Edge, type Found, type Graph, INTERNET, type OpenPort, portNode } from "./edge.ts";

/** Of pods in the node's network every port is the node's; only programs that are known to ask nobody count there. */
export const hostExposed: Edge = {
  id: "host-exposed",
  title: "port of the node",
  reason: "A hostPort, and any port in the node's network, is open to whoever reaches the node.",
  fix: "Remove `hostPort` and `hostNetwork`; use a Service.",
  palisade: "pods of a SecureWorkload have no ports of the node",
  attack: ["T1133", "T1190"],
  cis: ["5.2.5", "5.2.12"],
  driftCase: 4,
  cost: 3,
  links: (graph) =>
    nodePorts(graph)
      .filter(({ open, how }) => how === "hostPort" || graph.reach.login(open).login === "none")
      .map(({ found }) => found),
};

export interface NodePort {
  readonly open: OpenPort;
  readonly how: "hostNetwork" | "hostPort";
  readonly found: Found;
}

/** Every port of a workload that nodes answer at, whatever listens there. */
export const nodePorts = (graph: Graph): readonly NodePort[] =>
  graph.reach.ports.flatMap((open) => {
    const workload = graph.facts.workloads.get(open.workload);
    return workload === undefined ? [] : nodePortOf(open, workload, graph);
  });

function nodePortOf(open: OpenPort, workload: Workload, { reach }: Graph): readonly NodePort[] {
  const declared = workload.ports.find(({ port, protocol }) => port === open.port && protocol === open.protocol);
  const [port, how] = workload.hostNetwork
    ? ([open.port, "hostNetwork"] as const)
    : // No policy holds in the node's network, but before a hostPort one does.
      ([reach.fromInternet(open) ? declared?.hostPort : undefined, "hostPort"] as const);
  if (port === undefined) return [];
  const found = {
    from: INTERNET,
    to: portNode(open.workload, open.port, open.protocol),
    words: `port ${port} of the nodes (${how})`,
    places: [declared?.place ?? workload.place],
    cut: `remove ${how} from ${workload.id}`,
  };
  return [{ open, how, found }];
}
