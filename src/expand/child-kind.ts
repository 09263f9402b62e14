/** What the operator must know about a kind of child: one row of the table in `child-kinds.ts`. */
import type { KubeObject, Resource } from "kopf-ts";
import type { DriftCase } from "../plan/drift-cases.ts";
import type { ExpandInput } from "./input.ts";

/**
 * - `guard`: isolates the pods, or makes them reachable; exists before the first pod.
 * - `controller`: runs the pods.
 * - `companion`: acts on a controller that exists, an autoscaler for example.
 */
export type ChildRole = "guard" | "controller" | "companion";

/** A file of `src/foreign`, without its ending. */
export type DetectorFile =
  | "autoscalers"
  | "cni-policies"
  | "disruption-budgets"
  | "network-policies"
  | "pod-controllers"
  | "role-bindings"
  | "routes"
  | "services";

/** What an object of the kind can do to a workload that it does not belong to. */
export interface ForeignRule {
  readonly detector: DetectorFile;
  /** Whether a sealed namespace refuses such an object, whatever it says. */
  readonly isRefusedWhenSealed: boolean;
}

/** What a change of a controller does to its pods. */
export interface RolloutRule {
  /** Whether a new object of the same selector adopts the pods of the deleted one; otherwise they are deleted with it. */
  readonly keepsPods: boolean;
  /** Whether `kubectl rollout restart` works on it. */
  readonly isRestartable: boolean;
}

/** How the child is called; only the workload's name decides, so a child is found even when every label on it is gone. */
export interface ChildName {
  readonly nameFor: (workloadName: string) => string;
  /** The inverse; undefined for a name that no workload's child can have. */
  readonly workloadOf: (childName: string) => string | undefined;
}

/** One child a workload can have. A workload has at most one of each. */
export interface ChildKind extends ChildName {
  readonly resource: Resource;
  readonly role: ChildRole;
  /** Of a guard: whether it closes the pods in, rather than let them be reached or drained. */
  readonly closesIn?: boolean;
  /** Whether clusters exist that do not serve the kind; there no workload has this child. */
  readonly optional?: boolean;
  /** Another child that the API server requires before it accepts this one. */
  readonly leansOn?: Resource;
  /** The child as it must be, or undefined when this workload has none of this kind. */
  readonly build: (input: ExpandInput) => KubeObject | undefined;
  /** Paths of fields that the API server refuses to change: the object is deleted and created again instead. */
  readonly immutable?: RegExp;
  /** Of every controller, and of nothing else. */
  readonly rollout?: RolloutRule;
  /** In the order in which they are tried. */
  readonly driftCases: readonly DriftCase[];
  /** Undefined where an object of this kind cannot weaken a workload of others. */
  readonly foreign?: ForeignRule;
}
