/** The parts of roles and bindings that permissions are computed from. Pure. */
import type { KubeObject } from "kopf-ts";
import { createdMsOf } from "../kubernetes/metadata.ts";
import type { LabelSelector } from "../kubernetes/selectors.ts";
import { type FieldManager, findFieldManager } from "../plan/field-owner.ts";
import { type Rule, rulesFrom } from "./rule.ts";
import { type RawSubject, subjectOf } from "./subjects.ts";

export interface RoleRecord {
  /** Of an aggregated ClusterRole too: its controller in the control plane fills them in. */
  readonly rules: readonly Rule[];
  /** Which ClusterRoles an aggregated one is made from; undefined for any other. */
  readonly aggregates: readonly LabelSelector[] | undefined;
  /** By which others aggregate it. */
  readonly labels: Readonly<Record<string, string>>;
  readonly writer: FieldManager | undefined;
}

export interface BindingRecord {
  /** `ClusterRole/view`, or `Role/shop/reader`. */
  readonly role: string;
  /** As {@link subjectOf} writes them. */
  readonly subjects: readonly string[];
  readonly writer: FieldManager | undefined;
  /** Milliseconds since the epoch, to the second. */
  readonly createdMs: number;
  /** Monotonic milliseconds at which this version of it was seen. */
  readonly seenMs: number;
}

export function shapeRole(object: KubeObject, fieldManager: string): RoleRecord {
  const { aggregationRule, rules } = object as {
    readonly aggregationRule?: { readonly clusterRoleSelectors?: readonly LabelSelector[] };
    readonly rules?: readonly Partial<Rule>[] | null;
  };
  return {
    rules: rulesFrom(rules ?? []),
    aggregates: aggregationRule?.clusterRoleSelectors,
    labels: object.metadata.labels ?? {},
    writer: findFieldManager(object.metadata.managedFields ?? [], [["rules"]], fieldManager),
  };
}

export function shapeBinding(object: KubeObject, fieldManager: string, seenMs: number): BindingRecord {
  const { roleRef, subjects } = object as {
    readonly roleRef?: { readonly kind: string; readonly name: string };
    readonly subjects?: readonly RawSubject[] | null;
  };
  const { namespace, managedFields = [] } = object.metadata;
  const scope = roleRef?.kind === "Role" ? `${namespace ?? ""}/` : "";
  return {
    role: `${roleRef?.kind ?? ""}/${scope}${roleRef?.name ?? ""}`,
    subjects: [...new Set((subjects ?? []).map((subject) => subjectOf(subject, namespace)))],
    writer: findFieldManager(managedFields, [["subjects"], ["roleRef"]], fieldManager),
    createdMs: createdMsOf(object),
    seenMs,
  };
}
