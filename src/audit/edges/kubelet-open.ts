import type { Setting } from "../facts/settings.ts";
import { ANY_POD, type Edge, type Found, type Graph, type NodeId } from "./edge.ts";

/** As the ConfigMap says from which kubelets are configured. */
export const kubeletOpen: Edge = {
  id: "kubelet-open",
  title: "kubelet without login",
  reason: "At port 10250 a kubelet runs commands in its pods; at 10255 it tells everybody what they are made of.",
  fix: "Set authentication.anonymous.enabled to false, authorization.mode to Webhook, and readOnlyPort to 0.",
  palisade: "no SecureWorkload reaches a node unless it declares the address",
  attack: ["T1609", "T1613"],
  cis: ["4.2.1", "4.2.2", "4.2.4"],
  cost: 2,
  links: (graph) => [
    ...(graph.facts.settings.everywhere("kubelet-anonymous").length > 0
      ? found(graph, "kubelet-always-allow", "node", "kubelets, port 10250, without login")
      : []),
    ...found(graph, "kubelet-read-only-port", "secrets", "kubelets, port 10255, without login").map((link) => ({
      ...link,
      isPartial: true as const,
    })),
  ],
};

const found = ({ facts }: Graph, setting: Setting, to: NodeId, words: string): readonly Found[] =>
  facts.settings.everywhere(setting).map((place) => ({
    from: ANY_POD,
    to,
    words,
    places: [place],
    cut: "close the port in the configuration of kubelets",
    login: "none",
  }));
