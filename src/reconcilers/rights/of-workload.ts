/** The surplus of one workload's account, as everything that is known says it. */
import type { WorkloadRecord } from "../records.ts";
import { roleRules } from "../secure-workload/resources/rbac.ts";
import type { World } from "../world.ts";
import { rulesFrom } from "./rule.ts";
import { type Surplus, surplusOf } from "./surplus.ts";

/** Declared is what its Role says: the spec in force, which may not be the latest one. */
export function accountSurplus(workload: WorkloadRecord, world: World): readonly Surplus[] {
  const { namespace, name } = workload.ref;
  const declared = rulesFrom(roleRules(world.granted.specOf(workload) ?? {}));
  return surplusOf({ namespace, name }, declared, world.rights);
}
