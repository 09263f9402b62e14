/** AdminNetworkPolicies and their baseline (policy.networking.k8s.io/v1alpha1), and ClusterNetworkPolicies, which follow them (v1alpha2). Pure. */
import { couldMatch } from "../../kubernetes/selectors.ts";
import { entryOf } from "../../manifests/entry.ts";
import type { Sighting } from "../place.ts";
import { type Raw, record, records, text, texts } from "../raw.ts";
import { isInside, mayHoldPods } from "./addresses.ts";
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

export function adminPolicies({ object, kind, ref, at }: Sighting): readonly PluginPolicy[] {
  const spec = record(object["spec"]);
  const isBaseline = kind === "BaselineAdminNetworkPolicy" || spec["tier"] === "Baseline";
  const subject = record(spec["subject"]);
  const isSubject = selectedBy(subject);
  return [
    {
      layer: isBaseline ? "baseline" : "admin",
      id: ref,
      place: at(),
      tier: "",
      order: typeof spec["priority"] === "number" ? spec["priority"] : 0,
      selects: isSubject,
      ingress: rulesOf(spec, "ingress"),
      egress: rulesOf(spec, "egress"),
      unjudged: records(spec["egress"]).some((rule) => records(rule["to"]).some((to) => to["nodes"] !== undefined))
        ? ["nodes"]
        : [],
    },
  ];
}

/** By namespaces, or by pods in them. */
function selectedBy(raw: Raw): (pod: PodPeer) => boolean {
  const pods = record(raw["pods"]);
  const namespaces = selectorOf(raw["pods"] === undefined ? raw["namespaces"] : pods["namespaceSelector"]);
  const selector = selectorOf(raw["pods"] === undefined ? {} : pods["podSelector"]);
  return ({ namespaceLabels, labels }) => couldMatch(namespaces, namespaceLabels) && couldMatch(selector, labels);
}

/** They close nothing but what a rule denies. */
function rulesOf(spec: Raw, direction: Direction): PluginRules | undefined {
  const rules = records(spec[direction]);
  return rules.length === 0 ? undefined : { isClosing: false, rules: rules.flatMap((rule) => ruleOf(rule, direction)) };
}

const ACTIONS: Readonly<Record<string, PluginRule["action"]>> = {
  Allow: "Allow",
  Accept: "Allow",
  Deny: "Deny",
  Pass: "Pass",
};

function ruleOf(rule: Raw, direction: Direction): readonly PluginRule[] {
  const action = entryOf(ACTIONS, text(rule["action"]) ?? "");
  if (action === undefined) return [];
  const peers = records(rule[direction === "ingress" ? "from" : "to"]).map(peerOf);
  const ports = [...records(rule["ports"]), ...records(rule["protocols"])];
  return [
    {
      action,
      isPeer: (other) => any(peers.map((isPeer) => isPeer(other))),
      isPort: (port) => ports.length === 0 || ports.some((one) => isPort(one, port)),
    },
  ];
}

function peerOf(raw: Raw): (other: Other) => Tri {
  if (raw["networks"] !== undefined)
    return (other) => any(texts(raw["networks"]).map((cidr) => isOfNetwork(other, cidr)));
  if (raw["nodes"] !== undefined) return () => "unknown";
  if (raw["domainNames"] !== undefined) return (other) => (other === SOMEBODY || !isPod(other) ? "unknown" : false);
  const isSelected = selectedBy(raw);
  return (other) => (other === SOMEBODY ? "unknown" : isPod(other) && isSelected(other));
}

function isOfNetwork(other: Other, cidr: string): Tri {
  const block = { cidr, except: [] };
  if (other === SOMEBODY) return "unknown";
  if (other.ip !== undefined) return isInside(other.ip, block);
  return mayHoldPods(block) ? "unknown" : false;
}

function isPort(raw: Raw, wanted: TargetPort): boolean {
  const named = text(raw["namedPort"]) ?? text(raw["destinationNamedPort"]);
  if (named !== undefined) return named === wanted.name;
  const number = record(raw["portNumber"]);
  if (raw["portNumber"] !== undefined) return isOfProtocol(number, wanted) && number["port"] === wanted.port;
  const range = record(raw["portRange"]);
  if (raw["portRange"] !== undefined) return isOfProtocol(range, wanted) && isBetween(range, wanted);
  return isOfLayer4(raw, wanted);
}

const isOfProtocol = (raw: Raw, { protocol }: TargetPort): boolean => (text(raw["protocol"]) ?? "TCP") === protocol;

const isBetween = ({ start, end }: Raw, { port }: TargetPort): boolean => port >= Number(start) && port <= Number(end);

/** `tcp: {destinationPort: {number: 80}}`, as the version after has it. */
function isOfLayer4(raw: Raw, wanted: TargetPort): boolean {
  const field = wanted.protocol.toLowerCase();
  if (raw[field] === undefined) return false;
  const { number, range } = record(record(raw[field])["destinationPort"]);
  if (typeof number === "number") return number === wanted.port;
  return range === undefined || isBetween(record(range), wanted);
}
