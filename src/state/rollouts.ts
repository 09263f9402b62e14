/** How the rollout of a workload stands, and which of its children wait for a spec that may be rolled out. Reads only. */
import { type Cache, keyOf, type Resource } from "kopf-ts";
import { RESTORED_LABEL } from "../crds/group.ts";
import { type ChildKind, CONTROLLER_KINDS } from "../expand/child-kinds.ts";
import { JOB } from "../kubernetes/kinds.ts";
import { HELD_RUN, isComplete, type RolloutHealth } from "../plan/rollout-status.ts";
import type { PlatformGrants } from "./platform-grants.ts";
import type { AnyChildRecord, ChildRecord } from "./records/child.ts";
import type { WorkloadRecord } from "./records/workload.ts";

export type ChildrenOf = (resource: Resource) => Cache<AnyChildRecord>;

export class Rollouts {
  readonly #granted: PlatformGrants;
  readonly #childrenOf: ChildrenOf;

  constructor(granted: PlatformGrants, childrenOf: ChildrenOf) {
    this.#granted = granted;
    this.#childrenOf = childrenOf;
  }

  /**
   * Whether a child is neither made nor changed: its spec may not be rolled out, and no spec before it is known. What a
   * controller that runs has beside it follows the declared spec, so that it narrows all the same.
   */
  isWithheld(workload: WorkloadRecord, { role }: ChildKind): boolean {
    if (role === "guard" || this.#granted.specs.of(workload) !== undefined) return false;
    return role === "controller" || !this.hasController(workload);
  }

  /**
   * Whether the workload is a Job that was restored from a backup and has no record of having run: it may have, and a migration that runs twice does
   * damage. It runs once somebody takes the restore's label off.
   */
  isHeldRun(workload: WorkloadRecord): boolean {
    const isRestored = workload.ref.labels[RESTORED_LABEL] !== undefined;
    return isRestored && this.#granted.specOf(workload)?.type === JOB.kind && !this.hasController(workload);
  }

  /** What runs the pods of the workload's type, as far as it is. */
  healthOf(workload: WorkloadRecord): RolloutHealth | undefined {
    return this.isHeldRun(workload) ? HELD_RUN : this.#controllerOf(workload)?.health;
  }

  /** Of what runs the pods of the workload's type. */
  controllerUid(workload: WorkloadRecord): string | undefined {
    return this.#controllerOf(workload)?.uid;
  }

  #controllerOf(workload: WorkloadRecord): ChildRecord | undefined {
    const type = this.#granted.specOf(workload)?.type;
    const kind = CONTROLLER_KINDS.find(({ resource }) => resource.kind === type);
    const record = kind === undefined ? undefined : this.#childrenOf(kind.resource).get(workload.key);
    return record?.type === "child" ? record : undefined;
  }

  /** Whether every pod is of the spec in force, and stands. */
  isRolledOut(workload: WorkloadRecord): boolean {
    const health = this.healthOf(workload);
    const spec = this.#granted.specs.of(workload);
    return health !== undefined && spec !== undefined && isComplete(health, health.wanted ?? spec.replicas);
  }

  /** Whether an object exists under the name of any of its controllers, whoever made it. */
  hasController({ ref: { namespace, name } }: WorkloadRecord): boolean {
    return CONTROLLER_KINDS.some(
      ({ resource, nameFor }) =>
        this.#childrenOf(resource).get(keyOf({ namespace, name: nameFor(name) })) !== undefined,
    );
  }
}
