/**
 * From what was seen to what is to be done: one action an object, in order, and what each needs. Pure; nothing here reads or writes.
 *
 * Guards come first, then what runs the pods, then what acts on it, then what is foreign. No *new* pod is made before its guards stand; a correction
 * never waits for anything.
 */
import {
  type Action,
  actionKey,
  type Blocker,
  beingDeleted,
  type Deferral,
  type Deferred,
  nameTaken,
  type Plan,
} from "./action.ts";
import { type Difference, formatPath } from "./diff.ts";
import { type DriftCase, driftCaseAmong } from "./drift-cases.ts";
import type { FieldManager } from "./field-owner.ts";

/** How a child stands against what is desired of it. */
export type Standing =
  | "absent"
  /** Under the child's name stands something that was not compared yet. */
  | "notCompared"
  | "inSync"
  | "stale"
  | "drifted"
  | "nameConflict"
  | "extraneous"
  | "deleting"
  | "unknown";

export interface ChildView extends Pick<Action, "resource" | "name"> {
  readonly role: "guard" | "controller" | "companion";
  /** Of a guard: whether it closes pods in, rather than let them be reached or drained. */
  readonly closesIn: boolean;
  /** {@link actionKey} of another child that the API server wants to see before it takes this one. */
  readonly leansOn?: string | undefined;
  readonly driftCases: readonly DriftCase[];
  readonly standing: Standing;
  readonly uid?: string | undefined;
  /** Whether the workload has this child right now. */
  readonly isWanted: boolean;
  /** Of what is not wanted: whether it is ours to remove. */
  readonly isOurs: boolean;
  /** Of what is in sync: whether it is so with what is desired now, and not only with what was. */
  readonly isCurrent: boolean;
  /** Of somebody else's that is handed over: why it stays as it is for now. */
  readonly deferral?: Deferral | undefined;
  /** Whether what differs cannot be changed in place. */
  readonly isImmutable: boolean;
  /** Since when it is missing, where that is somebody's doing; in monotonic milliseconds. */
  readonly missingSinceMs?: number | undefined;
  readonly differences: readonly Difference[];
  readonly changedBy?: FieldManager | undefined;
  readonly seenMs?: number | undefined;
  /** What to say of a name that is somebody else's. */
  readonly nameConflict?: string | undefined;
}

/** What stands in the way of a pass before any child is looked at. */
export interface Surroundings {
  /** What the namespace itself is due, where its own reconciler only watches. */
  readonly namespace?: readonly Action[];
  /** Copies of ConfigMaps that pods mount. */
  readonly copies: readonly Action[];
  /** Claims that pods mount: to be made, to grow, or of somebody else. */
  readonly claims?: Pick<Plan, "actions" | "blocked">;
  /** What opens, exposes, imitates or scales the workload's pods. */
  readonly foreign: readonly Action[];
  /** What of it stays for now. */
  readonly deferred?: readonly Deferred[];
  /** Pods of ours that are to end: stuck on a previous spec, or entered by somebody. */
  readonly pods: readonly Action[];
  /** Whether something already runs the workload's pods. */
  readonly hasController: boolean;
}

const NO_CLAIMS: Pick<Plan, "actions" | "blocked"> = { actions: [], blocked: [] };

/** Every action of a pass. `children` stand in the order in which they are made. */
export function planChanges(children: readonly ChildView[], surroundings: Surroundings): Plan {
  const { namespace = [], copies, claims = NO_CLAIMS, foreign, pods } = surroundings;
  const judged = children.map((view) => ({ view, ...judge(view) }));
  const blocked = [...judged.flatMap(({ blocker }) => blocker ?? []), ...claims.blocked];
  const mounted = [
    ...claims.actions.filter(({ verb }) => verb === "create").map(actionKey),
    ...claims.blocked.map(({ key }) => key),
  ];
  const planned = (role: ChildView["role"], needsOf: (action: Action, view: ChildView) => readonly string[]) =>
    judged.flatMap(({ view, action }): readonly Action[] =>
      view.role !== role || action === undefined ? [] : [{ ...action, needs: needsOf(action, view) }],
    );
  const guards = planned("guard", ({ verb }, { leansOn }) =>
    leansOn !== undefined && verb === "create" ? [leansOn] : [],
  );
  const closing = [...children.filter(({ closesIn }) => closesIn), ...copies].map(actionKey);
  const allGuards = [...children.filter(({ role }) => role === "guard"), ...copies].map(actionKey);
  const controllers = planned("controller", (action) => {
    const isCorrection = action.driftCase !== undefined || action.verb === "delete";
    // One that brings the pods back waits for what closes them in, and for nothing else.
    if (surroundings.hasController) return isCorrection ? [] : [...closing, ...mounted];
    return isCorrection ? closing : [...allGuards, ...mounted];
  });
  const running = children.filter(({ role, isWanted }) => role === "controller" && isWanted).map(actionKey);
  const companions = planned("companion", () => (surroundings.hasController ? [] : running));
  const first = [...namespace, ...guards, ...copies, ...claims.actions];
  const actions = [...first, ...controllers, ...companions, ...foreign, ...pods];
  const waiting = judged.flatMap(({ deferred }) => deferred ?? []);
  return { actions, blocked, deferred: [...waiting, ...(surroundings.deferred ?? [])] };
}

interface Judgement {
  readonly action?: Action;
  readonly blocker?: Blocker;
  readonly deferred?: Deferred;
}

function judge(view: ChildView): Judgement {
  if (!view.isWanted) return view.isOurs ? { action: actionOn(view, "delete", "no longer part of the workload") } : {};
  switch (view.standing) {
    case "absent":
      return { action: creationOf(view) };
    case "inSync":
      return view.isCurrent ? {} : { action: actionOn(view, "refetch", "the workload changed") };
    case "notCompared":
    case "extraneous":
    case "unknown":
      return { action: actionOn(view, "refetch", "not yet compared with the current workload") };
    case "deleting":
      return { blocker: beingDeleted(view) };
    case "nameConflict":
      return { blocker: nameTaken(view, view.nameConflict ?? "delete it, or give the workload another name") };
    default:
      return judgeChange(view);
  }
}

function judgeChange(view: ChildView): Judgement {
  const action = changeOf(view);
  return view.deferral === undefined ? { action } : { deferred: { action, because: view.deferral } };
}

const actionOn = ({ resource, name, uid }: ChildView, verb: Action["verb"], why: string): Action => ({
  verb,
  subject: "child",
  resource,
  name,
  uid,
  why,
  fields: [],
  needs: [],
});

function creationOf(view: ChildView): Action {
  if (view.missingSinceMs === undefined) return actionOn(view, "create", "the workload needs it");
  return { ...actionOn(view, "create", "somebody deleted it"), driftCase: "31", seenMs: view.missingSinceMs };
}

function changeOf(view: ChildView): Action {
  const isDrift = view.standing === "drifted";
  const verb = view.isImmutable ? "recreate" : "replace";
  const fields = fieldsOf(view.differences);
  if (!isDrift) return { ...actionOn(view, verb, "the workload or an object it refers to changed"), fields };
  const { changedBy, seenMs, differences, driftCases } = view;
  return {
    ...actionOn(view, verb, "somebody changed it"),
    fields,
    changedBy,
    seenMs,
    driftCase: driftCaseAmong(driftCases, differences),
  };
}

/** Field names are the attacker's to choose; how many are told, and how long each is, is bounded. */
const MAX_FIELDS = 8;
const MAX_FIELD_LENGTH = 120;

export function fieldsOf(differences: readonly Difference[]): readonly string[] {
  const fields = differences.map(({ path }) =>
    formatPath(path)
      .replace(/[^\x20-\x7e]/g, "?")
      .slice(0, MAX_FIELD_LENGTH),
  );
  const shown = fields.slice(0, MAX_FIELDS);
  return fields.length > MAX_FIELDS ? [...shown, `and ${fields.length - MAX_FIELDS} more`] : shown;
}
