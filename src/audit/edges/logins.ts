/** From a port to the program behind it, by whether it asks for a login. */
import { placeText } from "../place.ts";
import type { Login } from "../products/product.ts";
import {
  type About,
  type Edge,
  type End,
  type Graph,
  type ListeningAt,
  type NodeId,
  type OpenPort,
  portNode,
  programNode,
  workloadNode,
} from "./edge.ts";

const PALISADE = "whoever is not named under access.inbound has no way to the port, login or not";

const asked = (listening: ListeningAt): string =>
  `(${listening.words}${listening.place.file === "" ? "" : `, ${placeText(listening.place)}`})`;

type To = (open: OpenPort, listening: ListeningAt) => NodeId | undefined;

function loginEdge(about: About, says: (listening: ListeningAt) => string, to: To): Edge {
  return {
    ...about,
    links: function* ({ reach }: Graph) {
      for (const open of reach.ports) {
        const listening = reach.login(open);
        const target = to(open, listening);
        if (target === undefined) continue;
        yield {
          from: portNode(open.workload, open.port, open.protocol),
          to: target,
          words: says(listening),
          places: [listening.place],
          cut: listening.cut,
          login: listening.login,
        };
      }
    },
  };
}

/** Whoever is let in has what the program gives; where nobody knows what that is, it is taken to be the program itself. */
const program =
  (login: Login): To =>
  ({ workload }, { login: own, gives }) => {
    if (own !== login || gives === "metrics" || (login === "none" && gives === "data")) return undefined;
    return gives === "account" && login !== "unknown" ? programNode(workload) : workloadNode(workload);
  };

const given =
  (gives: ListeningAt["gives"], end: End): To =>
  (_, listening) =>
    listening.login === "none" && listening.gives === gives ? end : undefined;

const about = {
  palisade: PALISADE,
  attack: ["T1190"],
  cis: ["5.3.2"],
} as const;

export const noLogin = loginEdge(
  {
    ...about,
    id: "no-login",
    title: "no login",
    reason: "Whoever reaches the program uses it, with all that its account may do.",
    fix: "Switch its login on.",
    attack: ["T1078", "T1190"],
    cost: 2,
  },
  (listening) => `no login ${asked(listening)}`,
  program("none"),
);

export const unknownLogin = loginEdge(
  {
    ...about,
    id: "unknown-login",
    title: "unknown login",
    reason: "Nothing here says whether the program asks for a login, or what a request to it can do.",
    fix: "See that it asks for a login, or that what it may do is harmless.",
    cost: 4,
  },
  (listening) => `login unknown ${asked(listening)}`,
  program("unknown"),
);

export const someLogin = loginEdge(
  {
    ...about,
    id: "some-login",
    title: "login",
    reason: "A login holds as long as nobody guesses, steals or passes by it.",
    fix: "Close it to the internet, or give its account less.",
    attack: ["T1078"],
    cost: 4,
  },
  (listening) => `login ${asked(listening)}`,
  program("some"),
);

export const openData = loginEdge(
  {
    ...about,
    id: "open-data",
    title: "data without login",
    reason: "Whoever reaches the store reads and changes what is in it.",
    fix: "Switch its login on.",
    attack: ["T1552", "T1530"],
    cost: 2,
  },
  (listening) => `no login ${asked(listening)}: the data of ${listening.product ?? "the program"}`,
  given("data", "secrets"),
);

export const openNode = loginEdge(
  {
    ...about,
    id: "open-node",
    title: "the node without login",
    reason: "Whoever reaches it starts containers on the node.",
    fix: "Remove the port.",
    attack: ["T1610", "T1611"],
    cost: 2,
  },
  (listening) => `no login ${asked(listening)}: the node`,
  given("node", "node"),
);

export const openControlPlane = loginEdge(
  {
    ...about,
    id: "open-control-plane",
    title: "the control plane without login",
    reason: "Whoever reaches it changes every object of the cluster.",
    fix: "Ask for certificates of clients.",
    attack: ["T1552", "T1078"],
    cost: 2,
  },
  (listening) => `no login ${asked(listening)}: every object of the cluster`,
  given("cluster", "cluster"),
);
