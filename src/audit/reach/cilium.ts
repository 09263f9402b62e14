/** CiliumNetworkPolicies and CiliumClusterwideNetworkPolicies (cilium.io/v2), as their documentation has them. Rules for HTTP and the like narrow what they open, and count as open. Pure. */
import { couldMatch, type LabelSelector, selectorKeys } from "../../kubernetes/selectors.ts";
import type { Sighting } from "../place.ts";
import { list, type Raw, record, records, scalar, text, texts } from "../raw.ts";
import { isInside } from "./addresses.ts";
import { isPod, type PodPeer, selectorOf, type TargetPort } from "./network-policies.ts";
import {
  type Direction,
  type Other,
  type PluginPolicy,
  type PluginRule,
  type PluginRules,
  SOMEBODY,
} from "./plugin-policy.ts";
import { any, type Tri } from "./tri.ts";

/** An object may hold several rules, each with a selector of its own. */
export function ciliumPolicies({ object, kind, namespace, ref, at }: Sighting): readonly PluginPolicy[] {
  const own = kind === "CiliumNetworkPolicy" ? namespace : undefined;
  const specs = [...(object["spec"] === undefined ? [] : [record(object["spec"])]), ...records(object["specs"])];
  return specs.flatMap((spec) => {
    // Those of nodes say nothing of pods.
    if (spec["endpointSelector"] === undefined && spec["nodeSelector"] !== undefined) return [];
    const selector = withoutSources(selectorOf(spec["endpointSelector"]));
    const [ingress, egress] = [rulesOf(spec, "ingress", own), rulesOf(spec, "egress", own)];
    return [
      {
        layer: "cilium",
        id: ref,
        place: at(),
        tier: "",
        order: 0,
        selects: (pod) => (own === undefined || pod.namespace === own ? isSelected(selector, pod) : false),
        ingress,
        egress,
        unjudged: [...unjudgedIn(spec, "ingress"), ...unjudgedIn(spec, "egress")],
      },
    ];
  });
}

/** Undefined where the policy says nothing about that direction. */
function rulesOf(spec: Raw, direction: Direction, own: string | undefined): PluginRules | undefined {
  const [allows, denies] = [records(spec[direction]), records(spec[`${direction}Deny`])];
  if (allows.length + denies.length === 0) return undefined;
  return {
    isClosing: record(spec["enableDefaultDeny"])[direction] !== false,
    rules: [
      ...denies.flatMap((rule) => ruleOf(rule, { action: "Deny", direction, own })),
      ...allows.flatMap((rule) => ruleOf(rule, { action: "Allow", direction, own })),
    ],
  };
}

interface Side {
  readonly action: "Allow" | "Deny";
  readonly direction: Direction;
  readonly own: string | undefined;
}

type Matches = (other: Other) => Tri;

/** An empty rule lets nobody through. */
function ruleOf(rule: Raw, { action, direction, own }: Side): readonly PluginRule[] {
  const end = direction === "ingress" ? "from" : "to";
  const peers = peersOf(rule, end, own);
  const isOfPorts = rule["toPorts"] !== undefined;
  // ICMP has no ports.
  if ((peers === undefined && !isOfPorts) || (rule["icmps"] !== undefined && !isOfPorts)) return [];
  const ports = records(rule["toPorts"]);
  return [
    {
      action,
      isPeer: (other) => (peers === undefined ? true : any(peers.map((isPeer) => isPeer(other)))),
      isPort: (port) => !isOfPorts || ports.some((one) => isPortOf(one, port)),
    },
  ];
}

/** Undefined where a rule names nobody, and means everybody. */
function peersOf(rule: Raw, end: "from" | "to", own: string | undefined): readonly Matches[] | undefined {
  const named = Object.keys(rule).filter((key) => key.startsWith(end) && key !== "toPorts");
  if (named.length === 0) return undefined;
  return named.flatMap((key): readonly Matches[] => {
    switch (key.slice(end.length)) {
      case "Endpoints":
        return records(rule[key]).map((selector) => endpointsOf(selectorOf(selector), own));
      case "Entities":
        return texts(rule[key]).map(entityOf);
      case "CIDR":
        return texts(rule[key]).map((cidr) => addressIn(cidr, []));
      case "CIDRSet":
        return records(rule[key]).map((one) => {
          const cidr = text(one["cidr"]);
          return cidr === undefined ? () => "unknown" as const : addressIn(cidr, texts(one["except"]));
        });
      case "FQDNs":
        return [(other) => (other === SOMEBODY || !isPod(other) ? "unknown" : false)];
      case "Nodes":
        return [(other) => (other === SOMEBODY ? "unknown" : false)];
      default:
        return [() => "unknown"];
    }
  });
}

const JUDGED = /^(Endpoints|Entities|CIDR|CIDRSet|FQDNs|Nodes|Ports)$/;

function unjudgedIn(spec: Raw, direction: Direction): readonly string[] {
  const end = direction === "ingress" ? "from" : "to";
  const rules = [...records(spec[direction]), ...records(spec[`${direction}Deny`])];
  const fields = rules.flatMap((rule) => Object.keys(rule)).filter((key) => key.startsWith(end));
  const groups = rules.flatMap((rule) => records(rule[`${end}CIDRSet`])).some((one) => one["cidr"] === undefined);
  return [
    ...new Set([
      ...fields.filter((key) => !JUDGED.test(key.slice(end.length))),
      ...(groups ? [`groups of ${end}CIDRSet`] : []),
    ]),
  ];
}

const addressIn =
  (cidr: string, except: readonly string[]): Matches =>
  (other) => {
    const block = { cidr: cidr.includes("/") ? cidr : `${cidr}/${cidr.includes(":") ? 128 : 32}`, except };
    if (other === SOMEBODY) return "unknown";
    // Pods are known by their labels, whatever address they have.
    return !isPod(other) && isInside(other.ip, block);
  };

/** Of the API server and of nodes nothing that is asked about is. */
function entityOf(entity: string): Matches {
  if (entity === "all") return () => true;
  if (entity === "none") return () => false;
  return (other) =>
    other === SOMEBODY ? "unknown" : isPod(other) ? entity === "cluster" : isOfWorld(entity, other.ip);
}

const isOfWorld = (entity: string, ip: string): boolean => entity.startsWith("world") && isOfFamily(entity, ip);

const isOfFamily = (entity: string, ip: string): boolean =>
  entity === "world" || ip.includes(":") === (entity === "world-ipv6");

const NAMESPACE = "io.kubernetes.pod.namespace";
const NAMESPACE_LABEL = "io.cilium.k8s.namespace.labels.";

/** Of a policy of a namespace only its own pods, unless the selector says something of namespaces. */
function endpointsOf(selector: LabelSelector, own: string | undefined): Matches {
  const plain = withoutSources(selector);
  const keys = selectorKeys(plain);
  const reserved = keys.filter((key) => key.startsWith("reserved:"));
  const isAnywhere = own === undefined || keys.some((key) => key === NAMESPACE || key.startsWith(NAMESPACE_LABEL));
  const isWorld = reserved.length > 0 && reserved.every((key) => /^reserved:(world|all)/.test(key));
  const isOfPods = (pod: PodPeer): boolean => reserved.length === 0 && (isAnywhere || pod.namespace === own);
  return (other) => {
    if (other === SOMEBODY) return "unknown";
    if (!isPod(other)) return isWorld;
    return isOfPods(other) ? isSelected(plain, other) : false;
  };
}

/** Cilium gives a pod labels for its namespace, the labels of that, and its account. */
function isSelected(selector: LabelSelector, { namespace, namespaceLabels, labels, account }: PodPeer): Tri {
  const ofNamespace = Object.entries(namespaceLabels).map(
    ([key, value]) => [`${NAMESPACE_LABEL}${key}`, value] as const,
  );
  const all = {
    ...labels,
    ...Object.fromEntries(ofNamespace),
    [NAMESPACE]: namespace,
    ...(account === undefined ? {} : { "io.cilium.k8s.policy.serviceaccount": account }),
  };
  const unknown = selectorKeys(selector).filter((key) => UNKNOWN.has(key) && !Object.hasOwn(all, key));
  const isMatch = couldMatch(selector, all, unknown);
  return isMatch && unknown.length > 0 ? "unknown" : isMatch;
}

/** What of a pod nothing that was read says. */
const UNKNOWN: ReadonlySet<string> = new Set(["io.cilium.k8s.policy.cluster", "io.cilium.k8s.policy.serviceaccount"]);

/** `k8s:app` and `any:app` are `app`. */
function withoutSources({ matchLabels = {}, matchExpressions = [] }: LabelSelector): LabelSelector {
  const plain = (key: string): string => key.replace(/^(k8s|any)[:.]/, "");
  return {
    matchLabels: Object.fromEntries(Object.entries(matchLabels).map(([key, value]) => [plain(key), value])),
    matchExpressions: matchExpressions.map((one) => ({ ...one, key: plain(one.key) })),
  };
}

/** Without ports it is about all of them. */
function isPortOf(raw: Raw, wanted: TargetPort): boolean {
  const ports = records(raw["ports"]);
  return list(raw["ports"]).length === 0 || ports.some((one) => isPort(one, wanted));
}

function isPort(raw: Raw, wanted: TargetPort): boolean {
  const protocol = text(raw["protocol"]) ?? "ANY";
  if (protocol !== "ANY" && protocol.toUpperCase() !== wanted.protocol) return false;
  const said = scalar(raw["port"]) ?? "0";
  const port = Number(said);
  if (Number.isNaN(port)) return said === wanted.name;
  const end = Number(raw["endPort"] ?? 0);
  return port === 0 || (end > port ? wanted.port >= port && wanted.port <= end : wanted.port === port);
}
