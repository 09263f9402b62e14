/**
 * Who may connect to whom under NetworkPolicies, as their API documents it (networking.k8s.io/v1). Judged against cyclonus in
 * `test/reachability/`. Pure.
 */
import type { LabelSelector } from "../../kubernetes/selectors.ts";
import { couldMatch } from "../../kubernetes/selectors.ts";
import { type Place, placeText, type Sighting } from "../place.ts";
import { labelsIn, list, type Raw, record, records, text, texts } from "../raw.ts";
import { type Block, isInside, mayHoldPods } from "./addresses.ts";

type Labels = Readonly<Record<string, string>>;

export interface PodPeer {
  readonly namespace: string;
  readonly namespaceLabels: Labels;
  readonly labels: Labels;
  /** Undefined where nobody knows it. */
  readonly ip?: string | undefined;
  /** Of its ServiceAccount; undefined where nobody knows it. */
  readonly account?: string | undefined;
}

export interface AddressPeer {
  readonly ip: string;
}

export type Peer = PodPeer | AddressPeer;

export interface TargetPort {
  readonly port: number;
  /** As the destination's container names it. */
  readonly name?: string | undefined;
  readonly protocol: string;
}

export interface Policy {
  readonly id: string;
  readonly namespace: string;
  readonly podSelector: LabelSelector;
  /** Undefined where the policy says nothing about that direction. */
  readonly ingress: readonly Rule[] | undefined;
  readonly egress: readonly Rule[] | undefined;
  readonly place: Place;
}

interface Rule {
  /** Empty means everybody. */
  readonly peers: readonly RulePeer[];
  /** Empty means every port. */
  readonly ports: readonly RulePort[];
}

interface RulePeer {
  readonly block?: Block;
  readonly podSelector?: LabelSelector;
  /** Undefined means the policy's own namespace. */
  readonly namespaceSelector?: LabelSelector;
}

interface RulePort {
  readonly protocol: string;
  /** Undefined means every port of the protocol. */
  readonly port: number | string | undefined;
  readonly endPort: number | undefined;
}

/** Throws where a policy could not be told from another one, so that nobody takes it for one that closes nothing. */
export function policyOf({ object, namespace, ref, at }: Sighting): Policy {
  const spec = record(object["spec"]);
  const types = texts(spec["policyTypes"]);
  const isOf = (type: "Ingress" | "Egress", byDefault: boolean): boolean =>
    types.length === 0 ? byDefault : types.includes(type);
  return {
    id: ref,
    namespace,
    podSelector: selectorOf(spec["podSelector"]),
    ingress: isOf("Ingress", true) ? records(spec["ingress"]).map((rule) => ruleOf(rule, "from")) : undefined,
    egress: isOf("Egress", list(spec["egress"]).length > 0)
      ? records(spec["egress"]).map((rule) => ruleOf(rule, "to"))
      : undefined,
    place: at(),
  };
}

const ruleOf = (rule: Raw, field: "from" | "to"): Rule => ({
  peers: records(rule[field]).map(peerOf),
  ports: records(rule["ports"]).map(portOf),
});

function peerOf(raw: Raw): RulePeer {
  const block = record(raw["ipBlock"]);
  if (raw["ipBlock"] !== undefined)
    return { block: { cidr: text(block["cidr"]) ?? "", except: texts(block["except"]) } };
  return {
    ...(raw["podSelector"] === undefined ? {} : { podSelector: selectorOf(raw["podSelector"]) }),
    ...(raw["namespaceSelector"] === undefined ? {} : { namespaceSelector: selectorOf(raw["namespaceSelector"]) }),
  };
}

function portOf(raw: Raw): RulePort {
  const { port, endPort } = raw;
  return {
    protocol: text(raw["protocol"]) ?? "TCP",
    port: typeof port === "number" || typeof port === "string" ? port : undefined,
    endPort: typeof endPort === "number" ? endPort : undefined,
  };
}

export function selectorOf(raw: unknown): LabelSelector {
  const { matchLabels, matchExpressions } = record(raw);
  return {
    matchLabels: labelsIn(matchLabels),
    matchExpressions: records(matchExpressions).map((one) => ({
      key: text(one["key"]) ?? "",
      operator: text(one["operator"]) ?? "",
      values: texts(one["values"]),
    })),
  };
}

export const isPod = (peer: Peer): peer is PodPeer => "namespace" in peer;

/** The policies of a cluster, by namespace. */
export class NetworkPolicies {
  readonly #byNamespace = new Map<string, Policy[]>();
  readonly #isolating = {
    ingress: new WeakMap<PodPeer, readonly Policy[]>(),
    egress: new WeakMap<PodPeer, readonly Policy[]>(),
  };

  constructor(policies: readonly Policy[]) {
    for (const policy of policies) {
      const known = this.#byNamespace.get(policy.namespace);
      if (known === undefined) this.#byNamespace.set(policy.namespace, [policy]);
      else known.push(policy);
    }
  }

  /** Whether `source` may connect to `destination`, as far as policies of its own namespace say. */
  leaves(source: Peer, destination: Peer, port: TargetPort): boolean {
    return !isPod(source) || this.#letsThrough("egress", { own: source, other: destination, port });
  }

  /** Whether `destination` takes connections from `source`, as far as policies of its own namespace say. */
  enters(source: Peer, destination: Peer, port: TargetPort): boolean {
    return !isPod(destination) || this.#letsThrough("ingress", { own: destination, other: source, port });
  }

  /** The policies that close a pod for what they do not name. */
  isolating(direction: "ingress" | "egress", pod: PodPeer): readonly Policy[] {
    const known = this.#isolating[direction].get(pod);
    if (known !== undefined) return known;
    const policies = (this.#byNamespace.get(pod.namespace) ?? []).filter(
      (one) => one[direction] !== undefined && couldMatch(one.podSelector, pod.labels),
    );
    this.#isolating[direction].set(pod, policies);
    return policies;
  }

  /** Whether somebody may connect to this port of a pod. */
  isOpenToSomebody(pod: PodPeer, port: TargetPort): boolean {
    const policies = this.isolating("ingress", pod);
    return policies.length === 0 || policies.some(({ ingress = [] }) => ingress.some((rule) => holdsPort(rule, port)));
  }

  #letsThrough(direction: "ingress" | "egress", way: Way): boolean {
    const policies = this.isolating(direction, way.own);
    if (policies.length === 0) return true;
    return policies.some(({ namespace, ...policy }) =>
      (policy[direction] ?? []).some((rule) => holdsPort(rule, way.port) && holdsPeer(rule, way.other, namespace)),
    );
  }
}

interface Way {
  readonly own: PodPeer;
  readonly other: Peer;
  readonly port: TargetPort;
}

function holdsPort({ ports }: Rule, wanted: TargetPort): boolean {
  return ports.length === 0 || ports.some((port) => port.protocol === wanted.protocol && isPort(port, wanted));
}

function isPort({ port, endPort }: RulePort, wanted: TargetPort): boolean {
  if (port === undefined) return true;
  if (typeof port === "string") return port === wanted.name;
  return endPort === undefined ? port === wanted.port : wanted.port >= port && wanted.port <= endPort;
}

const holdsPeer = ({ peers }: Rule, other: Peer, namespace: string): boolean =>
  peers.length === 0 || peers.some((peer) => isPeer(peer, other, namespace));

function isPeer({ block, podSelector, namespaceSelector }: RulePeer, other: Peer, namespace: string): boolean {
  if (block !== undefined) return other.ip === undefined ? mayHoldPods(block) : isInside(other.ip, block);
  if (!isPod(other)) return false;
  const isNamespace =
    namespaceSelector === undefined
      ? other.namespace === namespace
      : couldMatch(namespaceSelector, other.namespaceLabels);
  return isNamespace && (podSelector === undefined || couldMatch(podSelector, other.labels));
}

/** How a message names a policy. */
export const policyText = ({ id, place }: Pick<Policy, "id" | "place">): string =>
  place.file === "" ? id : `${id}, ${placeText(place)}`;
