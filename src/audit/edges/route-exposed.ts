import type { Backend, Facts, Route } from "../facts/model.ts";
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
          .filter((target) => graph.reach.fromSomebody(target) && isCarried(route, target))
          .map((target) => ({
            ...linkOf(route, backend, target),
            ...(isGranted(route, backend, graph.facts) ? {} : { isPartial: true as const }),
          })),
      ),
    ),
};

const isCarried = ({ id }: Route, { protocol }: OpenPort): boolean =>
  (protocol === "UDP") === id.startsWith("UDPRoute/");

/** To another namespace a route leads only where that one says so; without what it says nobody knows. */
const isGranted = ({ id, namespace }: Route, { namespace: to, service }: Backend, { grants }: Facts): boolean =>
  to === namespace ||
  grants.some(
    (grant) =>
      grant.namespace === to &&
      grant.from.includes(`${id.split("/")[0]}/${namespace}`) &&
      grant.to.some((name) => name === undefined || name === service),
  );

const linkOf = ({ id, login }: Route, { service, place }: Backend, target: OpenPort): Found => ({
  from: INTERNET,
  to: portNode(target.workload, target.port, target.protocol),
  words: `${id.replace(/\/[^/]+\//, "/")} to Service/${service}${login === undefined ? "" : ", which asks for a login"}`,
  places: [place, ...(login === undefined ? [] : [login])],
  cut: `remove the route to Service/${service} from ${id}`,
  ...(login === undefined ? {} : { login: "some" }),
});
