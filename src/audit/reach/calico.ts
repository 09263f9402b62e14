/** Calico's NetworkPolicies and GlobalNetworkPolicies (projectcalico.org/v3), its tiers and its sets of networks, as their documentation has them. Pure. */

import { type CalicoSelector, calicoSelector, NAMESPACE } from "../../kubernetes/calico-selector.ts";
import { entryOf } from "../../manifests/entry.ts";
import type { Sighting } from "../place.ts";
import { labelsIn, list, type Raw, record, records, scalar, text, texts } from "../raw.ts";
import { isInside, mayHoldPods } from "./addresses.ts";
import { isPod, type Peer, type PodPeer, type TargetPort } from "./network-policies.ts";
import {
  type Direction,
  type Other,
  type PluginPolicy,
  type PluginRule,
  type PluginRules,
  SOMEBODY,
} from "./plugin-policy.ts";
import type { Tier } from "./policies.ts";
import { all, any, not, type Tri } from "./tri.ts";

/** A NetworkSet, or a GlobalNetworkSet: addresses with labels, which rules select like pods. */
export interface NetworkSet {
  readonly namespace: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly nets: readonly string[];
}

/** Where the sets are that a rule may select; asked when everything was read. */
type Sets = () => readonly NetworkSet[];

/** Calico shows the policies of Kubernetes beside its own under these names: they are read from Kubernetes. */
const MIRRORED = /^(knp|kanp|kbanp|kcnp)[.]/;

export function calicoPolicies(sighting: Sighting, sets: Sets): readonly PluginPolicy[] {
  const { object, kind, namespace, ref, name, at } = sighting;
  const spec = record(object["spec"]);
  // Those that act before connections are tracked, or before addresses are translated, are of hosts.
  if (MIRRORED.test(name) || spec["doNotTrack"] === true || spec["preDNAT"] === true) return [];
  const own = kind === "NetworkPolicy" ? namespace : undefined;
  const scope: Scope = { own, sets };
  const tier = text(spec["tier"]) ?? "default";
  return [
    {
      layer: "calico",
      id: ref,
      place: at(),
      tier,
      order: typeof spec["order"] === "number" ? spec["order"] : Number.POSITIVE_INFINITY,
      selects: selectsOf(spec, own),
      ingress: rulesOf(spec, "ingress", scope),
      egress: rulesOf(spec, "egress", scope),
      unjudged: unjudgedIn(spec),
    },
  ];
}

export const tierOf = ({ name, object }: Sighting): Tier => {
  const { order, defaultAction } = record(object["spec"]);
  return {
    name,
    order: typeof order === "number" ? order : Number.POSITIVE_INFINITY,
    isPassing: defaultAction === "Pass",
  };
};

export function networkSetOf({ kind, namespace, object }: Sighting): NetworkSet {
  return {
    namespace: kind === "NetworkSet" ? namespace : undefined,
    labels: labelsIn(object.metadata.labels),
    nets: texts(record(object["spec"])["nets"]),
  };
}

/** Undefined for a selector that cannot be read. */
type Selects = CalicoSelector | undefined;

const selectorIn = (value: unknown): Selects => calicoSelector(text(value) ?? "");

function selectsOf(spec: Raw, own: string | undefined): PluginPolicy["selects"] {
  const [pods, namespaces] = [selectorIn(spec["selector"]), selectorIn(spec["namespaceSelector"])];
  const isOfAccounts = (text(spec["serviceAccountSelector"]) ?? "") !== "";
  return (pod) =>
    own !== undefined && pod.namespace !== own
      ? false
      : all([
          asked(pods, labelsOf(pod)),
          own === undefined ? asked(namespaces, namespaceLabelsOf(pod)) : true,
          isOfAccounts ? "unknown" : true,
        ]);
}

const asked = (selects: Selects, labels: PodPeer["labels"]): Tri =>
  selects === undefined ? "unknown" : selects(labels);

const labelsOf = ({ labels, namespace, account }: PodPeer): PodPeer["labels"] => ({
  ...labels,
  [NAMESPACE]: namespace,
  "projectcalico.org/orchestrator": "k8s",
  ...(account === undefined ? {} : { "projectcalico.org/serviceaccount": account }),
});

const namespaceLabelsOf = ({ namespace, namespaceLabels }: PodPeer): PodPeer["labels"] => ({
  ...namespaceLabels,
  "projectcalico.org/name": namespace,
});

/** Where neither direction has rules a policy is about what comes in, unless it says otherwise. */
function rulesOf(spec: Raw, direction: Direction, scope: Scope): PluginRules | undefined {
  const types = texts(spec["types"]).map((type) => type.toLowerCase());
  const other = direction === "ingress" ? "egress" : "ingress";
  const isSaid = list(spec[direction]).length > 0;
  const byDefault = direction === "ingress" ? isSaid || list(spec[other]).length === 0 : isSaid;
  if (!(types.length === 0 ? byDefault : types.includes(direction))) return undefined;
  return { isClosing: true, rules: records(spec[direction]).flatMap((rule) => ruleOf(rule, direction, scope)) };
}

interface Scope {
  /** The policy's namespace; undefined for one of the cluster. */
  readonly own: string | undefined;
  readonly sets: Sets;
}

function ruleOf(rule: Raw, direction: Direction, scope: Scope): readonly PluginRule[] {
  const action = text(rule["action"]);
  if (action !== "Allow" && action !== "Deny" && action !== "Pass") return [];
  const [source, destination] = [record(rule["source"]), record(rule["destination"])];
  const [far, near] = direction === "ingress" ? [source, destination] : [destination, source];
  const [isFar, isNear] = [sideOf(far, scope), sideOf(near, scope)];
  const isUncertain = ["ports", "notPorts"].some((field) => list(source[field]).length > 0);
  return [
    {
      action,
      isPeer: (other, own) => all([isFar(other), isNear(own), isUncertain ? "unknown" : true]),
      isPort: (port) => isPortOf(rule, destination, port),
    },
  ];
}

/** One end of a rule: whoever meets all that it says. */
function sideOf(side: Raw, { own, sets }: Scope): (other: Other) => Tri {
  const [selector, notSelector, namespaces] = ["selector", "notSelector", "namespaceSelector"].map((field) =>
    side[field] === undefined || side[field] === "" ? "nothing" : selectorIn(side[field]),
  );
  const isUncertain = ["serviceAccounts", "services", "domains"].some((field) => side[field] !== undefined);
  const [nets, notNets] = [netsIn(side["nets"] ?? side["net"]), netsIn(side["notNets"] ?? side["notNet"])];
  const isOfPods = selector !== "nothing" || namespaces !== "nothing";
  return (other) => {
    const parts: Tri[] = [isUncertain ? "unknown" : true];
    if (isOfPods) parts.push(isSelected({ selector, namespaces }, other, { own, sets }));
    if (notSelector !== "nothing")
      parts.push(not(isSelected({ selector: notSelector, namespaces }, other, { own, sets })));
    if (nets !== undefined) parts.push(any(nets.map((cidr) => isOfNet(other, cidr))));
    if (notNets !== undefined) parts.push(not(any(notNets.map((cidr) => isOfNet(other, cidr)))));
    return all(parts);
  };
}

const netsIn = (value: unknown): readonly string[] | undefined => {
  const nets = typeof value === "string" ? [value] : texts(value);
  return nets.length === 0 ? undefined : nets;
};

interface Selected {
  readonly selector: Selects | "nothing";
  readonly namespaces: Selects | "nothing";
}

/** Without a selector of namespaces a policy of a namespace means its own. */
function isSelected({ selector, namespaces }: Selected, other: Other, { own, sets }: Scope): Tri {
  if (other === SOMEBODY) return "unknown";
  const bySelector = (labels: PodPeer["labels"]): Tri => (selector === "nothing" ? true : asked(selector, labels));
  if (isPod(other)) {
    const isThere =
      namespaces === "nothing"
        ? own === undefined || other.namespace === own
        : asked(namespaces, namespaceLabelsOf(other));
    return all([isThere, bySelector(labelsOf(other))]);
  }
  const holding = sets().filter(({ nets }) => nets.some((cidr) => isInside(other.ip, { cidr, except: [] })));
  return any(
    holding.map(({ namespace, labels }) =>
      all([
        namespace === undefined || namespace === own || (own === undefined && namespaces === "nothing")
          ? true
          : "unknown",
        bySelector(labels),
      ]),
    ),
  );
}

/** Where a pod has its address nobody knows: it is in what holds all of them. */
function isOfNet(other: Other, cidr: string): Tri {
  if (/^(0\.0\.0\.0|::)\/0$/.test(cidr))
    return other === SOMEBODY || isPod(other) ? true : isInside(other.ip, { cidr, except: [] });
  if (other === SOMEBODY) return "unknown";
  const { ip } = other as Peer & { readonly ip?: string };
  if (ip !== undefined) return isInside(ip, { cidr, except: [] });
  return mayHoldPods({ cidr, except: [] }) ? "unknown" : false;
}

function isPortOf(rule: Raw, destination: Raw, wanted: TargetPort): Tri {
  const protocol = scalar(rule["protocol"]);
  const notProtocol = scalar(rule["notProtocol"]);
  if (protocol !== undefined && !isProtocol(protocol, wanted)) return false;
  if (notProtocol !== undefined && isProtocol(notProtocol, wanted)) return false;
  const [ports, notPorts] = [list(destination["ports"]), list(destination["notPorts"])];
  if (ports.length > 0 && !ports.some((port) => isPort(port, wanted))) return false;
  return !notPorts.some((port) => isPort(port, wanted));
}

const NUMBERS: Readonly<Record<string, string>> = { "6": "TCP", "17": "UDP", "132": "SCTP" };

const isProtocol = (said: string, { protocol }: TargetPort): boolean =>
  (entryOf(NUMBERS, said) ?? said.toUpperCase()) === protocol;

/** A number, a range like `1:1024`, or a name. */
function isPort(said: unknown, { port, name }: TargetPort): boolean {
  if (typeof said === "number") return said === port;
  const word = text(said) ?? "";
  const [, first, last = first] = /^(\d+)(?::(\d+))?$/.exec(word) ?? [];
  return first === undefined ? word === name : port >= Number(first) && port <= Number(last);
}

const UNJUDGED = ["serviceAccounts", "services", "domains"];
const SELECTORS = ["selector", "notSelector", "namespaceSelector"];

/** What of a policy is taken for open, since nothing that was read tells. */
function unjudgedIn(spec: Raw): readonly string[] {
  const sides = [...records(spec["ingress"]), ...records(spec["egress"])].flatMap((rule) => [
    record(rule["source"]),
    record(rule["destination"]),
  ]);
  const isBroken = (one: Raw): boolean => SELECTORS.some((field) => selectorIn(one[field]) === undefined);
  return [
    ...((text(spec["serviceAccountSelector"]) ?? "") === "" ? [] : ["serviceAccountSelector"]),
    ...UNJUDGED.filter((field) => sides.some((side) => side[field] !== undefined)),
    ...([spec, ...sides].some(isBroken) ? ["a selector that cannot be read"] : []),
  ];
}
