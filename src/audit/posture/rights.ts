/** Permissions that are dangerous, whoever holds them: people, accounts that no pod has, and roles that nobody is bound to yet. */
import type { Edge, Graph } from "../edges/edge.ts";
import { EDGES } from "../edges/index.ts";
import { mountsTokenOf } from "../edges/mounts-token.ts";
import type { Role } from "../facts/model.ts";
import { dangersIn, rulesOf } from "../rights/rights.ts";
import type { Severity } from "../severity.ts";
import { type Broken, brokenAt, type Rule } from "./rule.ts";

const WORST: ReadonlySet<string> = new Set(["everything", "escalate", "impersonate", "nodes-proxy"]);

const severityOf = (danger: string, isOfCluster: boolean): Severity =>
  isOfCluster && WORST.has(danger) ? "medium" : "low";

/** One rule for each permission that an edge knows, under the edge's own name. */
export const RIGHT_RULES: readonly Rule[] = EDGES.flatMap((edge) =>
  edge.danger === undefined ? [] : [rightRule(edge, edge.danger)],
);

function rightRule({ links: _links, cost: _cost, ofPod: _ofPod, ...about }: Edge, danger: string): Rule {
  return {
    ...about,
    broken: function* (graph, inChain) {
      const bound = new Set<string>();
      for (const right of graph.rights.of(danger)) {
        bound.add(right.role);
        const [place] = right.places;
        if (right.isDefault || place === undefined || inChain(right.binding)) continue;
        const words = `${right.subject} may ${right.words}, by ${right.role}`;
        yield brokenAt(severityOf(danger, right.namespace === undefined), words, place, right.subject);
      }
      yield* unboundRoles(graph, danger, bound);
    },
  };
}

function* unboundRoles({ facts }: Graph, danger: string, bound: ReadonlySet<string>): Iterable<Broken> {
  for (const role of facts.roles.values()) {
    if (role.isDefault || bound.has(role.key)) continue;
    const isOfCluster = role.namespace === undefined;
    const found = dangersIn(rulesOf(role, facts.roles), isOfCluster ? "cluster" : "namespace").find(
      ({ id }) => id === danger,
    );
    if (found !== undefined)
      yield brokenAt(
        severityOf(danger, isOfCluster),
        `may ${found.words}, once somebody is bound to it`,
        role.place,
        "",
      );
  }
}

export const wildcards: Rule = {
  id: "wildcard-rights",
  title: "rights with a star",
  reason: "A star holds whatever a later version of Kubernetes, or a new kind, brings.",
  fix: "Name the verbs and resources.",
  palisade: "the permissions of a SecureWorkload are from a list, and hold no star",
  attack: ["T1078"],
  cis: ["5.1.3"],
  broken: function* ({ facts }) {
    for (const role of facts.roles.values())
      if (!role.isDefault && hasStar(role))
        yield brokenAt("low", "a star among verbs, groups or resources", role.place, "");
  },
};

const hasStar = ({ record: { rules } }: Role): boolean =>
  rules.some(
    ({ verbs, apiGroups, resources }) =>
      resources.length > 0 && [verbs, apiGroups, resources].some((one) => one.includes("*")),
  );

const UNNAMED = ["User system:anonymous", "Group system:unauthenticated"];
const EVERYBODY = "Group system:authenticated";

/** Roles that a cluster is started with, and that say nothing. */
const PUBLIC = /^(ClusterRole|Role\/kube-(public|system))\/(system|kubeadm):/;

export const unnamedCallers: Rule = {
  id: "unnamed-callers",
  title: "rights of whoever calls",
  reason:
    "A right of callers without a name is everybody's who reaches the API server; one of all authenticated callers is every account's.",
  fix: "Bind to the accounts and groups that need it.",
  palisade: "the permissions of a SecureWorkload are its own account's",
  attack: ["T1078"],
  cis: ["5.1.1"],
  broken: function* ({ facts }, inChain) {
    for (const { bound, id, place, isDefault } of facts.bindings) {
      if (isDefault || inChain(id) || PUBLIC.test(bound.role)) continue;
      if (bound.subjects.some((subject) => UNNAMED.includes(subject)))
        yield brokenAt("medium", `${bound.role} for callers without a name`, place, "unnamed");
      if (bound.subjects.includes(EVERYBODY))
        yield brokenAt("low", `${bound.role} for every authenticated caller`, place, "authenticated");
    }
  },
};

export const defaultAccountRights: Rule = {
  id: "default-account-rights",
  title: "rights of a default account",
  reason: "Every pod that names no account has the default one, and with it these rights.",
  fix: "Bind to an account that one program alone has.",
  palisade: "a SecureWorkload has an account of its own",
  attack: ["T1528"],
  cis: ["5.1.5"],
  broken: function* ({ facts }, inChain) {
    for (const { bound, id, place, isDefault } of facts.bindings)
      if (
        !isDefault &&
        !inChain(id) &&
        bound.subjects.some((subject) => /^ServiceAccount [^/]+\/default$/.test(subject))
      )
        yield brokenAt("low", `${bound.role} for a default account`, place, "");
  },
};

export const defaultAccount: Rule = {
  id: "default-account",
  title: "a token of the default account",
  reason: "What somebody gives the default account some day, every pod of the namespace has.",
  fix: "Give the program an account of its own, without a token unless it calls the API.",
  palisade: "a SecureWorkload has an account of its own",
  attack: ["T1528"],
  cis: ["5.1.5"],
  broken: function* ({ facts }) {
    for (const workload of facts.workloads.values())
      if (workload.account.endsWith("/default") && !workload.isControlPlane && mountsTokenOf(workload, facts))
        yield brokenAt("info", "its account is default", workload.tokenPlace, "");
  },
};
