import type { Backend, Route } from "../facts/model.ts";
import { type Edge, type Found, INTERNET, type OpenPort, portNode } from "./edge.ts";

/** Proxies that serve routes are where nobody knows, so it is enough that a policy lets anybody in. */
export const routeExposed: Edge = {
  id: "route-exposed",
  title: "route from the internet",
  reason: "An Ingress or a route of a Gateway leads the internet to what is behind it.",
  fix: "Put a login before it, or remove the route.",
  palisade: "hosts are exposed where the platform team granted them, to the ports that `expose` names",
  attack: ["T1133", "T1190"],
  cis: ["5.3.2"],
  driftCase: 48,
  cost: 2,
  links: (graph) =>
    graph.facts.routes.flatMap((route) =>
      route.backends.flatMap((backend) =>
        graph.reach
          .behind(backend.namespace, backend.service, backend.port)
          .filter(graph.reach.fromSomebody)
          .map((target) => linkOf(route, backend, target)),
      ),
    ),
};

const linkOf = ({ id, login }: Route, { service, place }: Backend, target: OpenPort): Found => ({
  from: INTERNET,
  to: portNode(target.workload, target.port, target.protocol),
  words: `${id.replace(/\/[^/]+\//, "/")} to Service/${service}${login === undefined ? "" : ", which asks for a login"}`,
  places: [place, ...(login === undefined ? [] : [login])],
  cut: `remove the route to Service/${service} from ${id}`,
  ...(login === undefined ? {} : { login: "some" }),
});
