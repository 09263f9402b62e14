/** Chains as findings: how severe each is, in which words, and where it is cut the cheapest. Equal ones are one. Pure. */
import { isEnd, type Link } from "./edges/edge.ts";
import { type Finding, type FindingLink, identityOf, type Member } from "./finding.ts";
import { LOGINS, type Login } from "./products/product.ts";
import { type AttackGraph, type Chain, isPartial, type Search, type Step } from "./search.ts";
import { milder, rankOf, type Severity } from "./severity.ts";

/** One for each way to an end: of those from several starts the most severe, of equal ones that of the first search. */
export function unfoldedFindings(graph: AttackGraph, chains: readonly Chain[]): readonly ChainFinding[] {
  const worst = new Map<string, Chain>();
  for (const chain of chains) {
    const key = `${chain.last} to ${chain.end}`;
    const known = worst.get(key);
    if (known === undefined || rankOf(severityOf(chain)) < rankOf(severityOf(known))) worst.set(key, chain);
  }
  return [...worst.values()].map((chain) => ({ chain, finding: findingOf(graph, chain) }));
}

export interface ChainFinding {
  readonly chain: Chain;
  readonly finding: Finding;
}

export function foldedFindings(found: readonly ChainFinding[]): readonly Finding[] {
  const equal = Map.groupBy(found, ({ chain, finding }) => signatureOf(chain, finding));
  return [...equal.values()].map((group) => folded(group.map(({ finding }) => finding)));
}

/** Equal ones: the first, with the names of all. */
function folded(findings: readonly Finding[]): Finding {
  const [first, ...others] = findings;
  if (first === undefined) throw new Error("a group has findings");
  return {
    ...first,
    members: [first.members[0], ...others.flatMap(({ members }) => members)],
    evidence: findings.flatMap(({ evidence }) => evidence),
  };
}

/** Equal are those of the same edges. Critical ones stand alone: each is a fire of its own. */
function signatureOf({ search, steps, end }: Chain, { severity, members: [{ id }] }: Finding): string {
  if (severity === "critical") return id;
  const edges = steps.map((step) => [...new Set(step.map(({ edge }) => edge.id))].sort().join("+"));
  return [severity, search.start, search.login, end, ...edges].join(" ");
}

function findingOf(graph: AttackGraph, chain: Chain): Finding {
  const { steps, search, end } = chain;
  const links = steps.map(([link]) => link);
  const last = links.at(-1);
  if (last === undefined) throw new Error("a chain has links");
  const { edges, cut } = cheapest(graph, chain);
  return {
    kind: "chain",
    severity: severityOf(chain),
    rule: last.edge.id,
    words: wordsOf(chain),
    reason: last.edge.reason,
    fix: edges[0]?.fix ?? last.edge.fix,
    palisade: palisadeOf([...links.slice(0, -1).map(({ edge }) => edge), ...edges]),
    attack: [...new Set(links.flatMap(({ edge }) => edge.attack))],
    cis: [...new Set(steps.flat().flatMap(({ edge }) => edge.cis))],
    driftCases: [...new Set(steps.flat().flatMap(({ edge }) => edge.driftCase ?? []))],
    chain: {
      start: search.start,
      end,
      login: loginOf(links),
      links: steps.map(linkOf),
      cut,
    },
    evidence: steps.flatMap((step) => step.flatMap(({ places }) => places)),
    members: [memberOf(chain)],
  };
}

const linkOf = (step: Step): FindingLink => ({
  edge: step[0].edge.id,
  words: stepWords(step),
  places: step.flatMap(({ places }) => places),
});

/** The one that is nearest to none. */
function loginOf(links: readonly Link[]): Login | undefined {
  const logins = links.flatMap(({ login }) => login ?? []);
  return logins.toSorted((a, b) => LOGINS.indexOf(b) - LOGINS.indexOf(a))[0];
}

/** Whoever owns the cluster or a node owns what is in it. */
const isWhole = ({ end }: Chain): boolean => end === "cluster" || end === "node";

function severityOf(chain: Chain): Severity {
  const severity = wholeSeverity(chain.search, chain);
  return chain.steps.some(isPartial) ? milder(severity) : severity;
}

function wholeSeverity({ start, login }: Search, chain: Chain): Severity {
  if (start === "internet" && login === "none") return "critical";
  if (start === "any user") return chain.end === "cluster" ? "critical" : "high";
  if (start === "any pod") return "high";
  return isWhole(chain) ? "high" : "medium";
}

function wordsOf({ search, steps, end }: Chain): string {
  const shown = search.start === "code in a pod" ? steps.slice(1) : steps;
  const first = search.start === "code in a pod" ? `code in ${steps[0]?.[0].words ?? ""}` : startWords(search);
  return [first, ...shown.map(stepWords), ...(end === "node" || end === "cloud" ? [end] : [])].join(" → ");
}

function startWords({ start, from }: Search): string {
  switch (start) {
    case "workload":
      return `code in ${from.slice(from.indexOf(" ") + 1)}`;
    case "any user":
      return "any authenticated user";
    default:
      return start;
  }
}

/** What several links say is said of the first. */
function stepWords(step: Step): string {
  const words = [...new Set(step.map((link) => link.words))];
  return words.length > 1 ? `${words[0]} and ${words.length - 1} more` : (words[0] ?? "");
}

interface Cut {
  readonly cut: string;
  readonly edges: readonly Link["edge"][];
  readonly cost: number;
}

/** The last step is shared by all chains to this end. One before it is, where nothing else leads past it. */
function cheapest(graph: AttackGraph, { steps, last }: Chain): Cut {
  const [final, ...before] = steps.toReversed().map(cutOf);
  if (final === undefined) throw new Error("a chain has links");
  let best = final;
  for (const one of before) {
    if (one.cost >= best.cost) continue;
    const cuts = new Set(one.cuts);
    if (!graph.leadsTo(last, ({ cut }) => cuts.has(cut))) best = one;
  }
  return best;
}

function cutOf(step: Step): Cut & { readonly cuts: readonly string[] } {
  const byCut = new Map(step.map((link) => [link.cut, link.edge] as const));
  const edges = [...byCut.values()];
  const cuts = [...byCut.keys()];
  return { cuts, cut: cuts.join("; "), edges, cost: edges.reduce((sum, { cost }) => sum + cost, 0) };
}

/** Of the way in, and of the cut. */
function palisadeOf(edges: readonly Link["edge"][]): string | undefined {
  const said = edges.flatMap(({ palisade }) => palisade ?? []);
  return said.length === 0 ? undefined : [...new Set([said[0], said.at(-1)])].join("; ");
}

function memberOf({ search, steps, last, end }: Chain): Member {
  const final = steps.at(-1) ?? [];
  const place = steps.flatMap((step) => step.flatMap(({ places }) => places));
  const objects = final.flatMap(({ places }) => places.map(({ object }) => object)).sort();
  const name = last.slice(last.indexOf(" ") + 1);
  const chosen = final.flatMap(({ places }) => places)[0] ?? place.at(-1);
  return {
    id: identityOf(
      search.start,
      search.login,
      last,
      end,
      steps.flat().map(({ edge }) => edge.id),
      objects,
    ),
    object: chosen?.object ?? name,
    place: chosen ?? { object: name, file: "", line: 0, path: "" },
    words: isEnd(last) ? name : nameOf(steps, name),
  };
}

/** Of a chain from code in a pod the pod, which is what tells equal chains apart. */
function nameOf(steps: readonly Step[], name: string): string {
  const [first] = steps;
  return first?.[0].edge.id === "code-in-pod" ? first[0].words : name;
}
