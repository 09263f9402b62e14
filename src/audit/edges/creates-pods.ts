import { enforcedLevel } from "../../kubernetes/pod-security.ts";
import { accountsNode, type Graph } from "./edge.ts";
import { rightEdge, SYSTEM_NAMESPACE, type Target } from "./right-edge.ts";

export const createsPods = rightEdge(
  {
    id: "creates-pods",
    title: "right to make pods",
    reason:
      "Whoever makes pods picks their account and their Secrets; where no Pod Security holds, also a privileged pod, and with it the node.",
    fix: "Remove the right, or close the namespace with Pod Security, and keep strong accounts elsewhere.",
    palisade: "in a sealed namespace nobody but the operator makes what runs pods",
    attack: ["T1610"],
    cis: ["5.1.4"],
    driftCase: 25,
    cost: 1,
  },
  "create-pods",
  {
    inCluster: () => [{ to: "cluster", words: "may make or change pods in every namespace" }],
    inNamespace: ({ namespace }, graph) => targetsIn(namespace, graph),
  },
);

function targetsIn(namespace: string, { facts }: Graph): readonly Target[] {
  const words = `may make or change pods in ${namespace}`;
  if (namespace === SYSTEM_NAMESPACE) return [{ to: "cluster", words }];
  const known = facts.namespaces.get(namespace);
  const level = enforcedLevel(known?.labels ?? {});
  // Of a namespace that nobody read, nobody knows.
  const isRead = known?.place !== undefined;
  const isOpen = level === undefined || level === "privileged";
  return [
    { to: accountsNode(namespace), words },
    { to: "secrets", words, isPartial: true },
    ...(isOpen
      ? [{ to: "node", words: `${words}, privileged ones too`, ...(isRead ? {} : { isPartial: true as const }) }]
      : []),
  ];
}
