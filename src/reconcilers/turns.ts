/**
 * What a replica keeps in memory of a namespace while it works on it. Another that works on it meanwhile decides otherwise than is remembered
 * here, and writes it down where every replica reads it: so all of it goes with the namespace, as with a restart.
 */
import { nameOf } from "../kopf/object.ts";
import type { Belongs } from "../kopf/operator.ts";
import type { Deps } from "./deps.ts";
import type { ExceptionLevels } from "./namespace/exception-levels.ts";
import { forgetRights } from "./rights/report.ts";
import type { Losses } from "./secure-workload/losses.ts";
import { forgetFindings } from "./security-baseline/reconciler.ts";
import type { SeenExceptions } from "./security-exception/reconciler.ts";

export interface Memories {
  readonly losses: Losses;
  readonly levels: ExceptionLevels;
  readonly exceptions: SeenExceptions;
}

/** Before anything is done: what was seen while another worked, or nobody, is looked at again. */
export function onGained({ world }: Deps, { losses }: Memories, belongs: Belongs): void {
  for (const [, workload] of world.workloads.entries()) if (belongs(workload.ref.namespace)) losses.clear(workload);
  world.judgeAgain(belongs);
}

export function onReleased(deps: Deps, { levels, exceptions }: Memories, belongs: Belongs): void {
  const { world } = deps;
  for (const [key] of world.workloads.entries()) if (belongs(nameOf(key).namespace)) forgetRights(key, deps);
  for (const [name, { uid }] of world.namespaces.entries()) {
    if (!belongs(name)) continue;
    world.release(name);
    levels.forget(uid);
  }
  for (const name of [...exceptions.states.keys()])
    if (belongs(world.exceptions.namespaceOf(name))) exceptions.forget(name);
  if (belongs(undefined)) forgetFindings(deps);
}
