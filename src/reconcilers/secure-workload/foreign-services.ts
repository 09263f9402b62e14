/** Services of others that lead to a workload's pods: the workload declares on which ports, and to whom, it is open (DRIFT 44 to 48). */
import { keyOf } from "../../kopf/object.ts";
import type { Deps } from "../deps.ts";
import type { ForeignServiceRecord } from "../foreign-service.ts";
import type { WorkloadRecord } from "../records.ts";
import type { World } from "../world.ts";
import { CHILD_KINDS } from "./expand.ts";
import type { Offender } from "./offenders.ts";
import { HTTP_ROUTE, INGRESS, SERVICE } from "./resources/kinds.ts";
import { reachesPodsOf } from "./selected.ts";

const SERVICE_KINDS = CHILD_KINDS.filter(({ resource }) => resource === SERVICE);

/** The Services that a workload has or may have, as `namespace/name`. */
export const servicesOf = ({ ref: { namespace, name } }: WorkloadRecord): readonly string[] =>
  SERVICE_KINDS.map(({ nameFor }) => keyOf({ namespace, name: nameFor(name) }));

export function foreignServices(workload: WorkloadRecord, { world }: Deps): readonly Offender[] {
  const cache = world.childrenOf(SERVICE);
  const selecting = cache.byIndex("foreignIn", workload.ref.namespace);
  const aliases = servicesOf(workload).flatMap((service) => cache.byIndex("service", service));
  return [...new Set([...selecting, ...aliases])].flatMap((key): readonly Offender[] => {
    const record = cache.get(key);
    if (record?.type !== "foreign-service" || !leadsTo(key, record, workload, world)) return [];
    const { uid, driftCase, manner, culprit, seenMs } = record;
    return [
      { resource: SERVICE, key, uid, driftCase, why: `it leads to this workload's pods ${manner}`, culprit, seenMs },
    ];
  });
}

function leadsTo(
  key: string,
  { selector, aliasOf }: ForeignServiceRecord,
  workload: WorkloadRecord,
  world: World,
): boolean {
  if (selector !== undefined) return reachesPodsOf({ matchLabels: selector }, workload, world);
  if (aliasOf === undefined || !servicesOf(workload).includes(aliasOf)) return false;
  return key.startsWith(`${workload.ref.namespace}/`) || isRoutedTo(key, world);
}

/** A peer elsewhere may call a workload by a name of its own; an Ingress by such a name is a way around what is exposed. */
const isRoutedTo = (service: string, world: World): boolean =>
  [INGRESS, HTTP_ROUTE].some((resource) => world.childrenOf(resource).byIndex("service", service).length > 0);
