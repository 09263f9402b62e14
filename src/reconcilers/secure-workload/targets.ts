/** What it takes to write one child of a workload. */
import type { ChildKind } from "../../expand/child-kinds.ts";
import { handoverDeferral } from "../../foreign/deferral.ts";
import { actionKey, displayName } from "../../plan/action.ts";
import { objectMemory } from "../../state/records/memory.ts";
import type { WorkloadRecord } from "../../state/records/workload.ts";
import type { MissingChildren } from "../apply/missing-children.ts";
import type { Target } from "../apply/target.ts";
import { announceBaselineChange, baselineChange } from "../apply/version-change.ts";
import type { Deps } from "../deps.ts";

export function targetOf(workload: WorkloadRecord, kind: ChildKind, deps: Deps, missing: MissingChildren): Target {
  const { state } = deps;
  const target: Target = {
    resource: kind.resource,
    cache: state.childrenOf(kind.resource),
    name: { namespace: workload.ref.namespace, name: kind.nameFor(workload.ref.name) },
    workload: workload.ref.name,
    desired: () => state.desired(workload, kind),
    // Asked when it is made: what we delete on the way, only to create it again, is nobody's doing.
    get missingSinceMs() {
      return missing.since(workload, kind);
    },
    acceptMutation: (desired, live, differences) =>
      state.acceptedMutations.accept(workload, desired, live, differences),
    isPostponed: (record) => handoverDeferral(kind, record, workload, state) !== undefined,
    onWrite: (desired) => {
      const memory = objectMemory(state.memory.of(workload).term.objects, actionKey(target));
      memory.sent = desired;
      return () => {
        memory.stored = desired;
      };
    },
    onRecreate: () => missing.expect(workload, kind),
    announcement: (record) => {
      const change = baselineChange(target, record, deps);
      return change === undefined ? undefined : () => announceBaselineChange(displayName(target), change, deps);
    },
  };
  return target;
}
