/** The facts about all nodes together, those that matter most first. Pure. */
import { type ClusterUnusual, NODE_FACTS, type NodeFact } from "../crds/v1alpha1/unusual.ts";
import { type Judging, type NodeFacts, nodeFindings } from "./node-facts.ts";

export interface NodeReading {
  readonly name: string;
  readonly facts: NodeFacts;
  readonly userNamespaces: boolean;
  readonly staticPods: readonly string[];
  /** What answers there without login, in words. */
  readonly answers: string | undefined;
}

export type NodeFinding = NonNullable<ClusterUnusual["nodes"]>[number];

const ORDER = Object.keys(NODE_FACTS) as NodeFact[];
const MAX_DETAIL = 256;
const MAX_NAMED = 3;

export function findingsOfNodes(nodes: readonly NodeReading[], judging: Judging): readonly NodeFinding[] {
  return nodes
    .flatMap((node) =>
      factsOf(node, judging).map(({ fact, detail }) => ({
        name: node.name,
        fact,
        detail: detail.slice(0, MAX_DETAIL),
      })),
    )
    .sort((a, b) => ORDER.indexOf(a.fact) - ORDER.indexOf(b.fact) || (a.name < b.name ? -1 : 1));
}

function factsOf({ facts, userNamespaces, staticPods, answers }: NodeReading, judging: Judging) {
  return [
    ...(answers === undefined ? [] : [{ fact: "KubeletAnswers" as const, detail: answers }]),
    ...nodeFindings(facts, judging),
    ...(staticPods.length === 0 ? [] : [{ fact: "StaticPods" as const, detail: named(staticPods) }]),
    // A node that has not reported says nothing of its runtime.
    ...(userNamespaces || facts.runtime === "" ? [] : [{ fact: "NoUserNamespaces" as const, detail: facts.runtime }]),
  ];
}

export function named(names: readonly string[]): string {
  const more = names.length - MAX_NAMED;
  return `${names.slice(0, MAX_NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** Facts that a person should look at: static pods have a condition of their own, and user namespaces may be out of reach. */
const TOLD: ReadonlySet<NodeFact> = new Set([
  "KubeletAnswers",
  "NotReady",
  "UnderPressure",
  "KubeletSkewed",
  "KubeletOutOfSupport",
  "RuntimeOutOfSupport",
]);

/** One sentence a kind of fact, with its number and an example; undefined where nothing is to be told. */
export function nodesMessage(
  findings: readonly NodeFinding[],
): { readonly fact: NodeFact; readonly message: string } | undefined {
  const kinds = [
    ...Map.groupBy(
      findings.filter(({ fact }) => TOLD.has(fact)),
      ({ fact }) => fact,
    ),
  ];
  const [first] = kinds;
  if (first === undefined) return undefined;
  const sentences = kinds.map(([fact, own]) => {
    const [{ name, detail } = { name: "", detail: "" }] = own;
    const more = own.length > 1 ? ` and ${own.length - 1} more` : "";
    return `${fact}: ${name}${more} (${detail})`;
  });
  return { fact: first[0], message: sentences.join("; ") };
}
