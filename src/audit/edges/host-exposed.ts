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
  links: (graph) => graph.reach.ports.flatMap((open) => linksTo(open, graph)),
};

function linksTo(open: OpenPort, { facts, reach }: Graph): readonly Found[] {
  const workload = facts.workloads.get(open.workload);
  if (workload === undefined) return [];
  const declared = workload.ports.find(({ port, protocol }) => port === open.port && protocol === open.protocol);
  const [port, how] = workload.hostNetwork
    ? [reach.login(open).login === "none" ? open.port : undefined, "hostNetwork"]
    : // No policy holds in the node's network, but before a hostPort one does.
      [reach.fromInternet(open) ? declared?.hostPort : undefined, "hostPort"];
  if (port === undefined) return [];
  return [
    {
      from: INTERNET,
      to: portNode(open.workload, open.port, open.protocol),
      words: `port ${port} of the nodes (${how})`,
      places: [declared?.place ?? workload.place],
      cut: `remove ${how} from ${workload.id}`,
    },
  ];
}
