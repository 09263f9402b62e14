/**
 * The baseline, one rule a value. A rule has three faces: `harden` writes it into a pod, `check` judges any pod by it, and
 * `cel` lets the API server judge. For every rule and every pod, `check(harden(pod))` is empty, `harden` leaves alone what
 * already obeys, and `cel` is true exactly when `check` finds nothing.
 */
import type { V1Container, V1PodSpec } from "@kubernetes/client-node";
import { all } from "./cel.ts";
import type { Source } from "./sources.ts";

export type PodSpec = V1PodSpec;
export type Container = V1Container;

export interface Violation {
  readonly policy: string;
  /** Where in the pod spec, for example `containers[name=web].securityContext.privileged`. Never a value. */
  readonly path: string;
  readonly message: string;
}

/** What it means that a SecurityException lifts a rule: hardening leaves it out. */
export interface Lifted {
  /** What the pod gets instead, in one sentence. */
  readonly gives: string;
  /** The level of Pod Security that still admits such a pod; absent where Pod Security knows nothing of the rule. */
  readonly admittedAt?: "baseline";
  /** What holds all the same: the mark that lifts a rule is written by the operator's account, and a stolen token of it writes no more than this. */
  readonly still?: Pick<Demand, "find" | "cel">;
}

/** What a person reads of a rule: the reference page is made of it. */
export interface About {
  /** Stable, kebab-case, the name of its file; metrics and Events name it. */
  readonly id: string;
  /** What every pod must be, in one sentence. */
  readonly demand: string;
  /** What could happen without it. */
  readonly reason: string;
  /** What hardening does to a pod. */
  readonly effect: string;
  /** What to write instead. */
  readonly fix: string;
  /** The published controls that ask for it, and the drift cases it closes. */
  readonly sources: readonly Source[];
  /** Absent for a rule that cannot be lifted. */
  readonly lifted?: Lifted;
}

export interface Policy extends About {
  /** Returns a pod that obeys the rule; the argument stays as it is. */
  readonly harden: (pod: PodSpec) => PodSpec;
  readonly check: (pod: PodSpec) => readonly Violation[];
  /** Over the variables of `podVariables`. */
  readonly cel: string;
}

/** The drift cases that a rule closes. */
export const driftCasesOf = ({ sources }: About): readonly number[] =>
  sources.flatMap((source) => (source.framework === "drift" ? [source.control] : []));

export type Finding = Omit<Violation, "policy">;

/** One part of a rule: what is wrong with a pod, the pod without it, and CEL that is true when nothing is wrong. */
export interface Demand {
  readonly find: (pod: PodSpec) => readonly Finding[];
  readonly repair: (pod: PodSpec) => PodSpec;
  readonly cel: string;
}

/** A rule of one demand or several, each on fields of its own. */
export function policy(about: About, ...demands: readonly Demand[]): Policy {
  return {
    ...about,
    harden: (pod) => demands.reduce((hardened, { repair }) => repair(hardened), pod),
    check: (pod) =>
      demands.flatMap(({ find }) => find(pod).map(({ path, message }) => ({ policy: about.id, path, message }))),
    cel: all(...demands.map(({ cel }) => cel)),
  };
}

/** What is asked by two demands, to be looked for. */
export const both = (one: Demand, other: Demand): Pick<Demand, "find" | "cel"> => ({
  find: (pod) => [...one.find(pod), ...other.find(pod)],
  cel: all(one.cel, other.cel),
});
