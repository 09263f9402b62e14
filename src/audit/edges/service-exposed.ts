import type { Service, ServicePort } from "../facts/model.ts";
import { type Edge, type Found, type Graph, INTERNET, portNode } from "./edge.ts";

export const serviceExposed: Edge = {
  id: "service-exposed",
  title: "Service that the internet reaches",
  reason: "A NodePort, a load balancer or an external address is open to whoever finds it.",
  fix: "Make it a ClusterIP, and expose hosts through an Ingress or a Gateway.",
  palisade: "a SecureWorkload is reached by the peers of access.inbound, and from outside through `expose` alone",
  attack: ["T1133", "T1190"],
  cis: ["5.3.2"],
  driftCase: 44,
  cost: 2,
  links: (graph) =>
    graph.facts.services.flatMap((service) =>
      service.open === undefined ? [] : service.ports.flatMap((port) => linksTo(service, port, graph)),
    ),
};

function linksTo({ id, namespace, name, open, place }: Service, { port, nodePort }: ServicePort, { reach }: Graph) {
  const how = open?.words ?? "";
  const said = how === "NodePort" && nodePort !== undefined ? `NodePort ${nodePort}` : how;
  return reach
    .behind(namespace, name, port)
    .filter(reach.fromInternet)
    .map(
      (target): Found => ({
        from: INTERNET,
        to: portNode(target.workload, target.port, target.protocol),
        words: `Service/${name} (${said})`,
        places: [open?.place ?? place],
        cut: `make ${id} a ClusterIP`,
      }),
    );
}
