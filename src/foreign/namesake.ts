/** What belongs to somebody else's application under the workload's name: it is part of what would be handed over. */
import { type Cache, keyOf, type Resource } from "kopf-ts";
import { CONTROLLER_KINDS } from "../expand/child-kinds.ts";
import {
  HORIZONTAL_POD_AUTOSCALER,
  HTTP_ROUTE,
  INGRESS,
  NETWORK_POLICY,
  POD_DISRUPTION_BUDGET,
  SCALED_OBJECT,
  SERVICE,
  VERTICAL_POD_AUTOSCALER,
} from "../kubernetes/kinds.ts";
import { couldMatch } from "../kubernetes/selectors.ts";
import type { ClusterState } from "../state/cluster-state.ts";
import type { AnyChildRecord, ChildRecord } from "../state/records/child.ts";
import { podSelectorOf } from "../state/records/foreign.ts";
import { templateIn } from "../state/records/template.ts";
import type { WorkloadRecord } from "../state/records/workload.ts";
import { foreignBy } from "./indexed.ts";
import { serviceKeys } from "./own-children.ts";

type Labels = Readonly<Record<string, string>>;

const takenIn = (record: AnyChildRecord | undefined): ChildRecord | undefined =>
  record?.type === "child" && record.comparison === "nameConflict" ? record : undefined;

/** Whether a record under a child's name is of somebody else's object, as far as it was compared. */
export const isTaken = (record: AnyChildRecord | undefined): boolean => takenIn(record) !== undefined;

/** Autoscalers, routes, budgets, policies and Services of a namesake, as kind and name; nothing where no name is taken. */
export function besideNamesake(workload: WorkloadRecord, state: ClusterState): readonly string[] {
  const labels = podLabelsOf(workload, state);
  const services = serviceKeys(workload, state).filter((key) => isTaken(state.childrenOf(SERVICE).get(key)));
  const found = [
    ...(labels === undefined ? [] : [...scaling(workload, state), ...selecting(labels, workload, state)]),
    ...services.flatMap((service) => leadingTo(service, state)),
  ];
  return [...new Set(found.map(([{ kind }, key]) => `${kind}/${key.split("/").at(-1)}`))].sort();
}

/** The labels of the pods of what stands under the name of the workload's controller. */
function podLabelsOf({ ref: { namespace, name } }: WorkloadRecord, state: ClusterState): Labels | undefined {
  const taken = CONTROLLER_KINDS.map(({ resource, nameFor }) =>
    takenIn(state.childrenOf(resource).get(keyOf({ namespace, name: nameFor(name) }))),
  ).find((record) => record !== undefined);
  return taken?.deviation === undefined ? undefined : (templateIn(taken.deviation.live)?.metadata?.labels ?? {});
}

type Found = readonly (readonly [Resource, string])[];

function scaling({ key }: WorkloadRecord, state: ClusterState): Found {
  const caches: readonly (readonly [Resource, Pick<Cache<AnyChildRecord>, "byIndex" | "get">])[] = [
    ...[HORIZONTAL_POD_AUTOSCALER, SCALED_OBJECT].map((resource) => [resource, state.childrenOf(resource)] as const),
    [VERTICAL_POD_AUTOSCALER, state.verticalAutoscalers],
  ];
  return caches.flatMap(([resource, cache]) =>
    foreignBy("autoscaler", cache, "scaled", key).map(([found]) => [resource, found] as const),
  );
}

const leadingTo = (service: string, state: ClusterState): Found =>
  [INGRESS, HTTP_ROUTE].flatMap((resource) =>
    foreignBy("route", state.childrenOf(resource), "service", service).map(([found]) => [resource, found] as const),
  );

function selecting(labels: Labels, { ref: { namespace } }: WorkloadRecord, state: ClusterState): Found {
  const records = [NETWORK_POLICY, POD_DISRUPTION_BUDGET, SERVICE].flatMap((resource) => {
    const cache = state.childrenOf(resource);
    return cache.byIndex("foreignIn", namespace).map((key) => [resource, key, cache.get(key)] as const);
  });
  return records.flatMap(([resource, key, record]) => (selects(record, labels) ? [[resource, key] as const] : []));
}

function selects(record: AnyChildRecord | undefined, labels: Labels): boolean {
  const selector = podSelectorOf(record);
  return selector !== undefined && couldMatch(selector, labels);
}
