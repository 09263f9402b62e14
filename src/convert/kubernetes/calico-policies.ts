/** NetworkPolicies and GlobalNetworkPolicies of Calico as NetworkPolicies of Kubernetes say the same. */
import { calicoExpression, labelSelectorsOf, NAMESPACE } from "../../kubernetes/calico-selector.ts";
import type { LabelSelector } from "../../kubernetes/selectors.ts";
import { entryOf } from "../../manifests/entry.ts";
import type { Part } from "../ledger.ts";
import {
  DIRECTIONS,
  type Direction,
  LAYER_7,
  NAMESPACE_NAME,
  networkIn,
  type RulePeer,
  type RulePort,
  type TranslatedPolicy,
  type TranslatedRule,
  typeOf,
  type Untold,
} from "./plugin-rules.ts";

export function calicoPolicies(policy: Part): readonly TranslatedPolicy[] {
  const isOfNamespace = policy.at("kind").text() !== "GlobalNetworkPolicy";
  const spec = policy.at("spec");
  const untold: Untold[] = [];
  const selectors = selectorsIn(spec.at("selector"));
  if (selectors === undefined)
    untold.push({ part: spec, what: "selects pods in a way that cannot be read; name the peers of this workload" });
  for (const field of ["serviceAccountSelector", ...(isOfNamespace ? [] : ["namespaceSelector"])])
    if ((spec.at(field).text() ?? "") !== "")
      untold.push({ part: spec.at(field), what: `is for pods by ${field}; see whether it is for this workload` });
  const rules = (direction: Direction): readonly TranslatedRule[] =>
    spec
      .at(direction)
      .items()
      .flatMap((rule, index, all) =>
        ruleOf({ rule, direction, isOfNamespace, untold, isLast: index === all.length - 1 }),
      );
  return [
    {
      selectors: selectors ?? [{}],
      namespace: isOfNamespace ? policy.at("metadata", "namespace").text() : undefined,
      types: DIRECTIONS.filter((direction) => isAbout(spec, direction)).map(typeOf),
      ingress: rules("ingress"),
      egress: rules("egress"),
      untold,
    },
  ];
}

/** Where neither direction has rules a policy is about what comes in, unless it says otherwise. */
function isAbout(spec: Part, direction: Direction): boolean {
  const types = spec.at("types").texts();
  if (types !== undefined) return types.includes(typeOf(direction));
  const has = (which: Direction): boolean => spec.at(which).items().length > 0;
  return has(direction) || (direction === "ingress" && !has("egress"));
}

/** None for a selector that is not there, which selects everything. */
function selectorsIn(part: Part): readonly LabelSelector[] | undefined {
  const expression = calicoExpression(part.text() ?? "");
  return expression === undefined ? undefined : labelSelectorsOf(expression)?.map(plainly);
}

/** Kinds of endpoints are told apart by a label that pods have of Calico alone. */
const plainly = ({ matchExpressions = [] }: LabelSelector): LabelSelector => {
  const left = matchExpressions
    .filter(({ key }) => key !== "projectcalico.org/orchestrator")
    .map((one) => (one.key === "projectcalico.org/name" ? { ...one, key: NAMESPACE_NAME } : one));
  return left.length === 0 ? {} : { matchExpressions: left };
};

interface Ruled {
  readonly rule: Part;
  readonly direction: Direction;
  readonly isOfNamespace: boolean;
  readonly untold: Untold[];
  readonly isLast: boolean;
}

/** Of rules that are judged in their order, those that allow say it all: the others take something away. */
function ruleOf(ruled: Ruled): readonly TranslatedRule[] {
  const { rule, direction, untold } = ruled;
  const action = rule.at("action").text();
  if (action !== "Allow") return tellOther(ruled, action ?? "");
  rule.at("http").drop(LAYER_7);
  const far = rule.at(direction === "ingress" ? "source" : "destination");
  const near = rule.at(direction === "ingress" ? "destination" : "source");
  for (const field of ["ports", "notPorts"]) rule.at("source", field).drop("callers have any port");
  const narrower = narrowerFields(rule, far, near);
  for (const part of narrower) part.drop("access cannot leave out");
  if (narrower.length > 0) {
    const names = [...new Set(narrower.map(({ path }) => String(path.at(-1))))].join(", ");
    untold.push({ part: rule, what: `says ${names}, which access cannot; name its peers and ports` });
    return [];
  }
  const peers = peersIn(far, ruled);
  return peers !== undefined && peers.length === 0 ? [] : [{ peers, ports: portsIn(rule), part: rule }];
}

const narrowerFields = (rule: Part, far: Part, near: Part): readonly Part[] =>
  [
    rule.at("notProtocol"),
    rule.at("icmp"),
    rule.at("notICMP"),
    far.at("notSelector"),
    rule.at("destination", "notPorts"),
    near.at("selector"),
    near.at("notSelector"),
    near.at("nets"),
    near.at("notNets"),
    near.at("serviceAccounts"),
  ].filter((part) => part.exists);

/** Everything else is closed anyway; what is denied among it is told. */
function tellOther({ rule, untold, isLast }: Ruled, action: string): readonly TranslatedRule[] {
  if (action === "Log") rule.drop("no log of connections");
  else rule.drop("nothing is open but what access says");
  const isRest = isLast && !rule.at("source").exists && !rule.at("destination").exists;
  if (action !== "Log" && !isRest)
    untold.push({
      part: rule,
      what:
        action === "Pass"
          ? "leaves to later tiers what they allow; name its peers"
          : "denies what later rules may open; leave it out of access",
    });
  return [];
}

/** Undefined where a rule names nobody, and means everybody. */
function peersIn(side: Part, { isOfNamespace, untold }: Ruled): readonly RulePeer[] | undefined {
  const domains =
    side
      .at("domains")
      .texts()
      ?.map((host): RulePeer => ({ host: host.toLowerCase() })) ?? [];
  const pods = podsIn(side, isOfNamespace);
  const nets = netsIn(side);
  const service = side.at("services", "name").text();
  const namespace = side.at("services", "namespace").text();
  const isByAccount = side.at("serviceAccounts").exists;
  if (pods === "unread" || isByAccount || (pods.length > 0 && nets.length > 0)) {
    side.drop("access names workloads, networks and hosts");
    untold.push({ part: side, what: "names peers in a way that access cannot; name their workloads" });
    return [];
  }
  const named = [
    ...domains,
    ...pods,
    ...nets,
    ...(service === undefined ? [] : [{ service: namespace === undefined ? service : `${service}.${namespace}` }]),
  ];
  return named.length === 0 ? undefined : named;
}

function netsIn(side: Part): readonly RulePeer[] {
  const texts = (name: string): readonly string[] => side.at(name).texts() ?? [];
  const [nets, except] = [texts("nets"), texts("notNets")];
  const all = nets.length === 0 && except.length > 0 ? ["0.0.0.0/0"] : nets;
  return all.map((net) => ({ ipBlock: { cidr: networkIn(net), except: except.map(networkIn) } }));
}

/** Without a selector of namespaces a policy of a namespace means its own. */
function podsIn(side: Part, isOfNamespace: boolean): readonly RulePeer[] | "unread" {
  const [selector, namespaceSelector] = [side.at("selector"), side.at("namespaceSelector")];
  if ((selector.text() ?? "") + (namespaceSelector.text() ?? "") === "") return [];
  const [pods, namespaces] = [selectorsIn(selector), selectorsIn(namespaceSelector)];
  const isOfHosts = namespaces?.some(({ matchExpressions = [] }) =>
    matchExpressions.some(({ key }) => key === NAMESPACE),
  );
  if (pods === undefined || namespaces === undefined || isOfHosts === true) return "unread";
  const isAnywhere = !isOfNamespace || (namespaceSelector.text() ?? "") !== "";
  return pods.flatMap((podSelector): readonly RulePeer[] => {
    if (!isAnywhere) return [{ podSelector }];
    const isEvery = podSelector.matchExpressions === undefined;
    return namespaces.map((one) => ({ namespaceSelector: one, ...(isEvery ? {} : { podSelector }) }));
  });
}

const NUMBERS: Readonly<Record<string, string>> = { "6": "TCP", "17": "UDP", "132": "SCTP" };

/** A number, a range like `1:1024`, or a name. */
function portsIn(rule: Part): readonly RulePort[] {
  const said = rule.at("protocol").text();
  const protocol = said === undefined ? "ANY" : (entryOf(NUMBERS, said) ?? said.toUpperCase());
  return rule
    .at("destination", "ports")
    .items()
    .map((part): RulePort => {
      const [, first, last] = /^(\d+):(\d+)$/.exec(part.text() ?? "") ?? [];
      if (first !== undefined) return { port: Number(first), endPort: Number(last), protocol };
      return { port: part.number() ?? part.text() ?? "", protocol };
    });
}
