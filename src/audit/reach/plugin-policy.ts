/** A policy of a network plugin, or of the cluster's administrators, as all of them are judged: rules that allow, deny or pass on. Pure. */
import type { Place } from "../place.ts";
import type { Peer, PodPeer, TargetPort } from "./network-policies.ts";
import { all, type Tri } from "./tri.ts";

/** Whoever there may be: nothing but what is said of everybody is certain of them. */
export const SOMEBODY = "somebody";
export type Other = Peer | typeof SOMEBODY;

export const DIRECTIONS = ["ingress", "egress"] as const;
export type Direction = (typeof DIRECTIONS)[number];

export interface PluginRule {
  readonly action: "Allow" | "Deny" | "Pass";
  /** Whom it is about at the other end; the pod that the policy selects stands first. */
  readonly isPeer: (other: Other, own: PodPeer) => Tri;
  readonly isPort: (port: TargetPort, way: Way) => Tri;
}

export interface PluginRules {
  /** Whether it closes what none of its rules, or of other policies, lets through. */
  readonly isClosing: boolean;
  readonly rules: readonly PluginRule[];
}

/** Who judges it: administrators before everybody else, a baseline after. */
export type Layer = "admin" | "calico" | "cilium" | "baseline";

export interface PluginPolicy {
  readonly layer: Layer;
  readonly id: string;
  readonly place: Place;
  /** Of Calico. */
  readonly tier: string;
  /** The lowest comes first; equal ones by their id. */
  readonly order: number;
  readonly selects: (pod: PodPeer) => Tri;
  readonly ingress: PluginRules | undefined;
  readonly egress: PluginRules | undefined;
  /** What of it cannot be judged here, in words. */
  readonly unjudged: readonly string[];
}

export interface Way {
  readonly own: PodPeer;
  readonly other: Other;
  readonly port: TargetPort;
}

export const meets = ({ isPeer, isPort }: PluginRule, way: Way): Tri =>
  all([isPort(way.port, way), isPeer(way.other, way.own)]);

/** What the first of some rules that applies says. One that may apply opens at once, and makes what comes after it uncertain. */
export interface Judged {
  readonly verdict: "allow" | "deny" | "pass" | undefined;
  /** Whether none of the rules may have decided otherwise. */
  readonly isCertain: boolean;
}

/** `isCertain` is whether the policy selects the pod for certain, and nothing before it may have decided. */
export function firstOf(rules: readonly PluginRule[], way: Way, isCertain: boolean): Judged {
  const met = rules.map((rule) => ({ action: rule.action, met: meets(rule, way) })).filter((one) => one.met !== false);
  for (const [at, { action, met: how }] of met.entries()) {
    if (action === "Allow") return { verdict: "allow", isCertain: true };
    // Once one may have passed on or denied, what comes after it may open, and closes nothing.
    if (at === 0 && how === true && isCertain) return { verdict: action === "Deny" ? "deny" : "pass", isCertain: true };
  }
  return { verdict: undefined, isCertain: met.length === 0 };
}
