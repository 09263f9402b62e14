/** What Palisade would do to one object, and why: a value that can be printed, counted, filtered and tested. */
import { keyOf, type ObjectName, type Resource } from "kopf-ts";
import type { FieldManager } from "./field-owner.ts";

/**
 * - `create`: the object is absent.
 * - `replace`: its fields differ.
 * - `recreate`: it differs in a field that the API server lets nobody change, or its content was forged.
 * - `delete`: it is not wanted.
 * - `evict`: as `delete`, within the disruption budgets of its pods.
 * - `grow`: a claim asks for less than is declared.
 * - `refetch`: what is known of it is older than what is desired; it is read again and compared.
 */
export type Verb = "create" | "replace" | "recreate" | "delete" | "evict" | "grow" | "refetch";

/** What kind of object an action is about, and so which code applies it. */
export type Subject = "child" | "config-copy" | "claim" | "foreign" | "pod";

export interface Action {
  readonly verb: Verb;
  readonly subject: Subject;
  readonly resource: Resource;
  readonly name: ObjectName;
  /** Of the object as it was seen: nothing else that bears its name is touched. */
  readonly uid?: string | undefined;
  /** What is wrong, or what the object is made for, in a few words. */
  readonly why: string;
  /** The number in the list of drift cases; undefined for what follows from the spec, a new version or our own deletion. */
  readonly driftCase?: string | undefined;
  /** Paths, never values. */
  readonly fields: readonly string[];
  readonly changedBy?: FieldManager | undefined;
  /** Monotonic milliseconds at which the reason was first seen. */
  readonly seenMs?: number | undefined;
  /** Whom a destructive action is against; what budget of its cause counts by. */
  readonly cause?: string | undefined;
  /** Keys of actions that must have succeeded first. An action that corrects something never waits. */
  readonly needs: readonly string[];
}

/** What keeps an object from being acted on at all. */
export interface Blocker {
  readonly reason: "NameTaken" | "ChildDeleting";
  readonly message: string;
  readonly retryAfterMs: number;
  /** {@link actionKey} of what waits. */
  readonly key: string;
}

/**
 * - `Observing`: the namespace is only observed.
 * - `NotServing`: the object is older than the workload and may be what serves until the workload does.
 * - `OldPods`: it is handed over and protects pods that are not the workload's.
 * - `Elsewhere`: it stands in a namespace that is not enrolled, where only its own people may delete it.
 */
export type Deferral = "Observing" | "NotServing" | "OldPods" | "Elsewhere";

/** An action that is due and not taken for now: it is reported. */
export interface Deferred {
  readonly action: Action;
  readonly because: Deferral;
}

/** Everything that one pass would do, in order, what it cannot do, and what it leaves for later. */
export interface Plan {
  readonly actions: readonly Action[];
  readonly blocked: readonly Blocker[];
  readonly deferred: readonly Deferred[];
}

type Named = Pick<Action, "resource" | "name">;

/** `Deployment/shop/web`: unique within a cluster. */
export const actionKey = ({ resource, name }: Named): string => `${resource.kind}/${keyOf(name)}`;

/** As people read it: `Deployment/web`. */
export const displayName = ({ resource, name }: Named): string => `${resource.kind}/${name.name}`;

export const beingDeleted = (object: Named): Blocker => ({
  reason: "ChildDeleting",
  message: `${displayName(object)} is being deleted; Palisade creates it again when it is gone`,
  retryAfterMs: 1_000,
  key: actionKey(object),
});

/** `advice` says how to free the name, or to hand the object over. */
export const nameTaken = (object: Named, advice: string): Blocker => ({
  reason: "NameTaken",
  message: `${displayName(object)} existed before this workload and is not Palisade's: ${advice}`,
  retryAfterMs: 60_000,
  key: actionKey(object),
});

/** Whether something that runs or serves goes away. */
export const isDestructive = ({ verb }: Action): boolean =>
  verb === "delete" || verb === "evict" || verb === "recreate";

/** One line for people: what, to which object, why, and who wrote what is undone. */
export function describeAction(action: Action): string {
  const { verb, why, driftCase, fields, changedBy } = action;
  const where = fields.length === 0 ? "" : ` (${fields.join(", ")})`;
  const number = driftCase === undefined || driftCase === "other" ? "" : `; drift case ${driftCase}`;
  const who = changedBy === undefined ? "" : `; written by ${changedBy.manager}`;
  return `${verb} ${displayName(action)}: ${why}${where}${number}${who}`;
}
