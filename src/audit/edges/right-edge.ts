/** An edge from whoever holds a permission to what it is worth. */
import { shellWord } from "../../manifests/shell-word.ts";
import { bindingText } from "../rights/rights.ts";
import { type About, type Edge, type Found, type Graph, type NodeId, type Right, subjectNode } from "./edge.ts";

export interface Worth {
  /** In the whole cluster; the line ends with these words. */
  readonly inCluster: (right: Right) => readonly Target[];
  /** Absent where it is worth nothing in one namespace alone. */
  readonly inNamespace?: (right: Right & { readonly namespace: string }, graph: Graph) => readonly Target[];
}

export interface Target {
  readonly to: NodeId;
  readonly words: string;
  readonly isPartial?: true;
}

/** Namespaces whose accounts are the control plane's. */
export const SYSTEM_NAMESPACE = "kube-system";

/** In a namespace whose accounts are the control plane's, whatever makes one of them is worth the cluster. */
export const targetIn = (namespace: string, to: NodeId, words: string): Target => ({
  to: namespace === SYSTEM_NAMESPACE ? "cluster" : to,
  words,
});

export function rightEdge(about: About, danger: string, { inCluster, inNamespace }: Worth): Edge {
  const targetsOf = (right: Right, graph: Graph): readonly Target[] => {
    const { namespace } = right;
    return namespace === undefined ? inCluster(right) : (inNamespace?.({ ...right, namespace }, graph) ?? []);
  };
  return {
    ...about,
    danger,
    links: (graph) =>
      graph.rights.of(danger).flatMap((right) => {
        const from = subjectNode(right.subject);
        return from === undefined ? [] : targetsOf(right, graph).map((target) => linkOf(from, right, target));
      }),
  };
}

const linkOf = (from: NodeId, right: Right, { words, ...target }: Target): Found => ({
  from,
  ...target,
  words: `${words} (${bindingText(right)})`,
  places: right.places,
  cut: cutOf(right),
});

function cutOf({ binding, role, subject, isAlone }: Right): string {
  const [kind = "", ...rest] = binding.split("/");
  const [name, namespace] = [rest.at(-1), rest.length > 1 ? rest[0] : undefined];
  const of = namespace === undefined ? "" : ` -n ${shellWord(namespace)}`;
  return !(isAlone && subject.startsWith("ServiceAccount "))
    ? `remove ${subject} from ${binding}`
    : `kubectl delete ${kind.toLowerCase()} ${shellWord(name ?? "")}${of}, or bind to less than ${role}`;
}

/** `cluster-admin`, where it is that. */
export const everythingIn = ({ role }: Right): string =>
  role === "ClusterRole/cluster-admin" ? "cluster-admin" : `everything, through ${role}`;
