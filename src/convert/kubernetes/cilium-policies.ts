/** CiliumNetworkPolicies and CiliumClusterwideNetworkPolicies as NetworkPolicies say the same. */
import type { LabelSelector } from "../../kubernetes/selectors.ts";
import { entryOf } from "../../manifests/entry.ts";
import type { Part } from "../ledger.ts";
import {
  DIRECTIONS,
  type Direction,
  inNamespace,
  LAYER_7,
  networkIn,
  PRIVATE_NETWORKS,
  type RulePeer,
  type RulePort,
  type TranslatedPolicy,
  type TranslatedRule,
  typeOf,
  type Untold,
} from "./plugin-rules.ts";

/** An object may hold several rules, each with a selector of its own; those of nodes say nothing of pods. */
export function ciliumPolicies(policy: Part): readonly TranslatedPolicy[] {
  const isOfNamespace = policy.at("kind").text() === "CiliumNetworkPolicy";
  const own = isOfNamespace ? policy.at("metadata", "namespace").text() : undefined;
  return [policy.at("spec"), ...policy.at("specs").items()]
    .filter((spec) => spec.at("endpointSelector").exists)
    .map((spec) => policyOf(spec, own));
}

function policyOf(spec: Part, own: string | undefined): TranslatedPolicy {
  const untold: Untold[] = [];
  const selected = endpointsIn(spec.at("endpointSelector"));
  const subject = typeof selected === "string" ? undefined : selected;
  if (typeof selected === "string") untold.push({ part: spec, what: `selects pods ${selected}` });
  const rules = (direction: Direction): readonly TranslatedRule[] =>
    spec
      .at(direction)
      .items()
      .flatMap((rule) => rulesOf(rule, direction, untold));
  for (const direction of DIRECTIONS) tellDenied(spec.at(`${direction}Deny`), untold);
  return {
    selectors: [subject?.pods ?? {}],
    namespace: own ?? subject?.namespaces?.[0],
    types: DIRECTIONS.filter((direction) => isClosing(spec, direction)).map(typeOf),
    ingress: rules("ingress"),
    egress: rules("egress"),
    untold,
  };
}

const isClosing = (spec: Part, direction: Direction): boolean =>
  spec.at("enableDefaultDeny", direction).value !== false &&
  spec.at(direction).items().length + spec.at(`${direction}Deny`).items().length > 0;

function tellDenied(denied: Part, untold: Untold[]): void {
  denied.drop("nothing is open but what access says");
  for (const part of denied.items())
    untold.push({ part, what: "denies what other rules may open; leave it out of access" });
}

/** One rule for the ports of each entry, since Kubernetes has them beside each other. An empty one lets nobody through. */
function rulesOf(rule: Part, direction: Direction, untold: Untold[]): readonly TranslatedRule[] {
  const peers = peersIn(rule, direction, untold);
  const ports = rule.at("toPorts");
  rule.at("icmps").drop("access has ports, of which ICMP has none");
  rule.at("authentication").drop("who calls is known by its address: declare what the programs themselves check");
  const isOfNothing = namedIn(rule, direction).length === 0 && !ports.exists;
  if (isOfNothing || peers?.length === 0 || (rule.at("icmps").exists && !ports.exists)) return [];
  return [{ peers, ports: ports.items().flatMap(portsIn), part: rule }];
}

function portsIn(entry: Part): readonly RulePort[] {
  for (const [name, part] of entry.fields()) if (name !== "ports") part.drop(LAYER_7);
  return entry
    .at("ports")
    .items()
    .map((part): RulePort => {
      const port = part.at("port").number() ?? part.at("port").text();
      const endPort = part.at("endPort").number();
      return {
        protocol: part.at("protocol").text()?.toUpperCase() ?? "ANY",
        ...(port === undefined || port === 0 ? {} : { port }),
        ...(endPort === undefined || endPort === 0 ? {} : { endPort }),
      };
    });
}

/** Undefined where a rule names nobody, and means everybody. */
function peersIn(rule: Part, direction: Direction, untold: Untold[]): readonly RulePeer[] | undefined {
  const named = namedIn(rule, direction);
  if (named.length === 0) return undefined;
  const found = named.flatMap(([name, part]) => {
    const read = entryOf(PEERS, name.replace(/^(from|to)/, "")) ?? unread(`names peers by ${name}`);
    return part.items().flatMap((one) => read({ part: one, direction, untold }));
  });
  return found.includes("everybody") ? undefined : found.filter((one) => one !== "everybody");
}

const namedIn = (rule: Part, direction: Direction): readonly (readonly [string, Part])[] =>
  rule.fields().filter(([name]) => name.startsWith(direction === "ingress" ? "from" : "to") && name !== "toPorts");

interface Named {
  readonly part: Part;
  readonly direction: Direction;
  readonly untold: Untold[];
}

type Found = readonly (RulePeer | "everybody")[];

const unread =
  (what: string) =>
  ({ part, untold }: Named): Found => {
    part.drop("access names workloads, networks and hosts");
    untold.push({ part, what: `${what}, which access cannot; name their workloads, networks or hosts` });
    return [];
  };

const PEERS: Readonly<Record<string, (named: Named) => Found>> = {
  Endpoints: endpointPeers,
  Entities: (named) => entityPeer(named, named.part.text() ?? ""),
  CIDR: ({ part }) => [{ ipBlock: { cidr: networkIn(part.text() ?? "") } }],
  CIDRSet: (named) => {
    const cidr = named.part.at("cidr").text();
    if (cidr === undefined) return unread("names a group of networks")(named);
    return [{ ipBlock: { cidr: networkIn(cidr), except: named.part.at("except").texts() ?? [] } }];
  },
  FQDNs: ({ part }) => [{ host: (part.at("matchName").text() ?? part.at("matchPattern").text() ?? "").toLowerCase() }],
  Services: (named) => {
    const service = named.part.at("k8sService");
    const name = service.at("serviceName").text();
    if (name === undefined) return unread("selects Services by labels")(named);
    const namespace = service.at("namespace").text();
    return [{ service: namespace === undefined ? name : `${name}.${namespace}` }];
  },
};

function endpointPeers(named: Named): Found {
  const found = endpointsIn(named.part);
  if (typeof found === "string") return unread(`selects pods ${found}`)(named);
  const { pods, namespaces, entities } = found;
  if (entities.length > 0) return entities.flatMap((entity) => entityPeer(named, entity));
  const podSelector = isEmpty(pods) && namespaces !== undefined ? {} : { podSelector: pods };
  if (namespaces === undefined) return [{ podSelector: pods }];
  if (namespaces.length === 0) return [{ namespaceSelector: {}, ...podSelector }];
  return namespaces.map((name) => ({ namespaceSelector: inNamespace(name), ...podSelector }));
}

const INTERNET: Found = [{ ipBlock: { cidr: "0.0.0.0/0", except: PRIVATE_NETWORKS } }];

function entityPeer(named: Named, entity: string): Found {
  const { part, direction } = named;
  switch (entity) {
    case "all":
      return ["everybody"];
    case "none":
      return [];
    case "world":
    case "world-ipv4":
      return INTERNET;
    case "world-ipv6":
      return [{ ipBlock: { cidr: "::/0" } }];
    case "kube-apiserver":
      return [{ kubernetesAPI: true }];
    case "cluster":
      return [{ namespaceSelector: {} }];
    case "ingress":
      if (direction === "ingress") return [{ gateway: true }];
      return unread("goes to the ingress proxy")(named);
    case "host":
    case "remote-node":
    case "health":
      if (direction === "egress") return unread(`goes to the entity ${entity}`)(named);
      part.drop("network plugins let the kubelet of its own node in, and nobody else of the nodes");
      return [];
    default:
      return unread(`names the entity ${entity}`)(named);
  }
}

const NAMESPACE = "io.kubernetes.pod.namespace";
const NAMESPACE_LABEL = "io.cilium.k8s.namespace.labels.";
const BY_NAME = `${NAMESPACE_LABEL}kubernetes.io/metadata.name`;

interface Endpoints {
  readonly pods: LabelSelector;
  /** None for every namespace; undefined for that of the policy. */
  readonly namespaces: readonly string[] | undefined;
  readonly entities: readonly string[];
}

interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values: readonly string[];
}

/** Why not, where a selector says more than labels of pods and names of namespaces. `k8s:app`, `any:app` and `app` are one label. */
function endpointsIn(selector: Part): Endpoints | string {
  const all = requirementsIn(selector);
  const ofNamespace = all.filter(({ key }) => key === NAMESPACE || key === BY_NAME);
  const entities = all.flatMap(({ key }) => /^reserved:(.+)$/.exec(key)?.[1] ?? []);
  const matchExpressions = all.filter((one) => !ofNamespace.includes(one) && !/^reserved:/.test(one.key));
  if (matchExpressions.some(({ key }) => key.startsWith(NAMESPACE_LABEL))) return "by labels of their namespaces";
  if (matchExpressions.some(({ key }) => key.startsWith("io.cilium.k8s.policy."))) return "by their account or cluster";
  if (ofNamespace.some(({ operator }) => operator !== "In" && operator !== "Exists"))
    return "by namespaces that are not theirs";
  const [first] = ofNamespace;
  return {
    pods: matchExpressions.length === 0 ? {} : { matchExpressions },
    namespaces: first === undefined ? undefined : ofNamespace.flatMap(({ values }) => values),
    entities,
  };
}

const plainKey = (key: string): string => key.replace(/^(k8s|any)[:.]/, "");

function requirementsIn(selector: Part): readonly Requirement[] {
  const equal = selector
    .at("matchLabels")
    .fields()
    .map(([key, part]) => ({ key: plainKey(key), operator: "In", values: [part.text() ?? ""] }));
  const others = selector
    .at("matchExpressions")
    .items()
    .map((one) => ({
      key: plainKey(one.at("key").text() ?? ""),
      operator: one.at("operator").text() ?? "",
      values: one.at("values").texts() ?? [],
    }));
  return [...equal, ...others];
}

const isEmpty = ({ matchExpressions = [] }: LabelSelector): boolean => matchExpressions.length === 0;
