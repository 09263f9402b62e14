import type { ObjectName, Resource } from "kopf-ts";
import { ADOPT_LABEL } from "../../crds/group.ts";
import { keepsPods } from "../../expand/child-kinds.ts";

export interface NameConflict {
  readonly resource: Resource;
  readonly name: ObjectName;
  /** Of the workload whose child it would be. */
  readonly workload: string | undefined;
  /** Whether it cannot be changed in place into what is needed. */
  readonly isImmutable: boolean;
}

/** How somebody's object of a child's name may be handed over, and what that costs. */
export function adoptionAdvice({ resource, name: { name, namespace }, workload, isImmutable }: NameConflict): string {
  const label = `kubectl label ${resource.kind.toLowerCase()} ${name} -n ${namespace} ${ADOPT_LABEL}=${workload}`;
  const pods = keepsPods(resource) ? "; its pods keep running without an owner until you delete them" : "";
  const cost = isImmutable
    ? ` (it cannot be changed into what is needed, so Palisade deletes it and creates its own${pods})`
    : "";
  return `delete it, rename the workload, or hand it over: ${label}${cost}`;
}
