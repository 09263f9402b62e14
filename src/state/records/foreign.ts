/** Objects that are not ours, of every kind that detectors look at: one record, with the facts of its kind that they need. */

import { type KubeObject, keyOf, type ObjectName, type Resource } from "kopf-ts";
import { CONTROLLER_KINDS } from "../../expand/child-kinds.ts";
import {
  ENDPOINT_SLICE,
  HORIZONTAL_POD_AUTOSCALER,
  HTTP_ROUTE,
  INGRESS,
  NETWORK_POLICY,
  POD_DISRUPTION_BUDGET,
  SCALED_OBJECT,
  SERVICE,
  VERTICAL_POD_AUTOSCALER,
} from "../../kubernetes/kinds.ts";
import type { LabelSelector } from "../../kubernetes/selectors.ts";
import type { FieldManager } from "../../plan/field-owner.ts";
import type { BindingRecord, RoleRecord } from "../../rbac/records.ts";
import { NAMESPACED_CNI_POLICIES, openedBy, type PodSelection } from "./cni-policy.ts";
import { type AutoscalerFacts, autoscalerFacts } from "./foreign-autoscaler.ts";
import { type PodControllerFacts, podControllerFacts, workloadsClaimedBy } from "./foreign-controller.ts";
import { type EndpointSliceFacts, endpointSliceFacts } from "./foreign-endpoint-slice.ts";
import { type RouteFacts, routeFacts } from "./foreign-route.ts";
import { type ServiceFacts, serviceFacts } from "./foreign-service.ts";

/** An object that is not ours. */
export interface ForeignRecord<F extends ForeignFacts = ForeignFacts> extends Sighted {
  readonly type: "foreign";
  readonly facts: F;
  /** Whether this very object was ours before, and belongs to nobody now: the next workload of its name takes it back. */
  readonly wasOurs: boolean;
}

/** What is known of every object that may be foreign. */
export interface Sighted {
  readonly uid: string;
  /** Milliseconds since the epoch, to the second. */
  readonly createdMs: number;
  /** The workload that its adoption label hands it over to. */
  readonly givenTo?: string | undefined;
  readonly changedBy: FieldManager | undefined;
  /** Monotonic milliseconds at which this version of it was seen. */
  readonly seenMs: number;
}

export type ForeignFacts =
  | NetworkPolicyFacts
  | { readonly about: "cni-policy"; readonly opens: readonly PodSelection[] }
  | { readonly about: "budget"; readonly selector: LabelSelector }
  | { readonly about: "role"; readonly role: RoleRecord }
  | { readonly about: "role-binding"; readonly binding: BindingRecord }
  | AutoscalerFacts
  | EndpointSliceFacts
  | PodControllerFacts
  | RouteFacts
  | ServiceFacts;

export type FactsAbout<A extends ForeignFacts["about"]> = Extract<ForeignFacts, { readonly about: A }>;

export interface NetworkPolicyFacts {
  readonly about: "network-policy";
  readonly podSelector: LabelSelector;
  /** Whether it allows anything. One that allows nothing adds nothing: our pods are isolated already. */
  readonly allows: boolean;
}

/** A record of any sort, told apart by its type. */
type AnyRecord = { readonly type: string };

const isForeignRecord = (record: AnyRecord | undefined): record is ForeignRecord => record?.type === "foreign";

/** Whether a record is of a foreign object with facts of this sort. */
export const isForeign = <A extends ForeignFacts["about"]>(
  record: AnyRecord | undefined,
  about: A,
): record is ForeignRecord<FactsAbout<A>> => isForeignRecord(record) && record.facts.about === about;

/** By what a foreign policy, budget or Service selects pods; undefined for anything else, and for a Service without a selector. */
export function podSelectorOf(record: AnyRecord | undefined): LabelSelector | undefined {
  if (isForeign(record, "network-policy")) return record.facts.podSelector;
  if (isForeign(record, "budget")) return record.facts.selector;
  if (!isForeign(record, "service") || record.facts.selector === undefined) return undefined;
  return { matchLabels: record.facts.selector };
}

export function networkPolicyFacts(policy: KubeObject): NetworkPolicyFacts {
  const spec = (policy["spec"] ?? {}) as {
    readonly podSelector?: LabelSelector;
    readonly ingress?: readonly unknown[];
    readonly egress?: readonly unknown[];
  };
  const allows = (spec.ingress ?? []).length + (spec.egress ?? []).length > 0;
  return { about: "network-policy", podSelector: spec.podSelector ?? {}, allows };
}

/** Undefined for one that selects no pod at all. */
function budgetFacts(budget: KubeObject): ForeignFacts | undefined {
  const { selector } = (budget["spec"] ?? {}) as { readonly selector?: LabelSelector };
  return selector === undefined ? undefined : { about: "budget", selector };
}

/** Undefined for one that opens no pods. */
const cniPolicyFacts =
  (resource: Resource) =>
  (policy: KubeObject): ForeignFacts | undefined => {
    const opens = openedBy(resource, policy);
    return opens.length === 0 ? undefined : { about: "cni-policy", opens };
  };

type FactsReader = (live: KubeObject) => ForeignFacts | undefined;

const READERS: ReadonlyMap<Resource, FactsReader> = new Map<Resource, FactsReader>([
  [NETWORK_POLICY, networkPolicyFacts],
  [HORIZONTAL_POD_AUTOSCALER, autoscalerFacts],
  [SCALED_OBJECT, autoscalerFacts],
  [VERTICAL_POD_AUTOSCALER, autoscalerFacts],
  [INGRESS, routeFacts],
  [HTTP_ROUTE, routeFacts],
  [SERVICE, serviceFacts],
  [ENDPOINT_SLICE, endpointSliceFacts],
  [POD_DISRUPTION_BUDGET, budgetFacts],
  ...NAMESPACED_CNI_POLICIES.map((resource) => [resource, cniPolicyFacts(resource)] as const),
  ...CONTROLLER_KINDS.map(({ resource }) => [resource, podControllerFacts] as const),
]);

/** What detectors need of a foreign object; undefined for one that no detector could report. */
export const factsOf = (resource: Resource, live: KubeObject): ForeignFacts | undefined =>
  READERS.get(resource)?.(live);

export function foreignRecord<F extends ForeignFacts>(facts: F, seen: Sighted, wasOurs = false): ForeignRecord<F> {
  return { type: "foreign", facts, wasOurs, ...seen };
}

/** Facts that are looked through for each workload of their namespace, since a selector is no key. */
const SEARCHED_BY_NAMESPACE: ReadonlySet<ForeignFacts["about"]> = new Set([
  "network-policy",
  "cni-policy",
  "service",
  "budget",
  "pod-controller",
]);

/** Of a child's name, and somebody else's. */
const isOthersChild = (record: AnyRecord): boolean =>
  record.type === "child" && "ours" in record && record.ours === false;

type ForeignIndex = (record: AnyRecord, name: ObjectName) => readonly string[];

/** By what detectors find foreign objects. */
export const FOREIGN_INDICES = {
  foreignIn: (record, { namespace = "" }) =>
    isOthersChild(record) || (isForeignRecord(record) && SEARCHED_BY_NAMESPACE.has(record.facts.about))
      ? [namespace]
      : [],
  scaled: (record, { namespace = "" }) =>
    isForeign(record, "autoscaler") ? [keyOf({ namespace, name: record.facts.workload })] : [],
  service: (record) => (isForeignRecord(record) ? servicesBehind(record.facts) : []),
  claims: (record, { namespace }) =>
    isForeign(record, "pod-controller") ? workloadsClaimedBy(record.facts, namespace) : [],
} as const satisfies Readonly<Record<string, ForeignIndex>>;

/** The Services that something leads to, as `namespace/name`. */
function servicesBehind(facts: ForeignFacts): readonly string[] {
  if (facts.about === "route") return facts.services;
  return facts.about === "service" && facts.aliasOf !== undefined ? [facts.aliasOf] : [];
}
