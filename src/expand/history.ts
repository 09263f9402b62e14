/**
 * The history of a workload: each spec that came into force as an `apps/v1` ControllerRevision of its own, called by the hash of that spec. Pure.
 *
 * They bear no label that selects pods, and the SecureWorkload as their controller: whoever keeps revisions of a StatefulSet or DaemonSet neither
 * counts nor adopts them (Kubernetes looks for them by the selector, then by the controller).
 */
import { createHash } from "node:crypto";
import { hashOf, type KubeObject } from "kopf-ts";
import { API_VERSION, HISTORY_LABEL, MANAGED_BY_LABEL, SECURE_WORKLOAD } from "../crds/group.ts";
import { parseSecureWorkload, type SecureWorkloadSpec } from "../crds/v1alpha1/secure-workload.ts";
import { CONTROLLER_REVISION } from "../kubernetes/kinds.ts";
import { child, type WorkloadRef } from "./input.ts";

/** Fields by which a workload is operated: a spec that differs in nothing else is the same, as for `kubectl rollout undo`. */
export const OPERATED_FIELDS = ["replicas", "restartedAt"] as const;

type Fields = Readonly<Record<string, unknown>>;

const known = new WeakMap<object, string>();

/** Equal for specs that differ in {@link OPERATED_FIELDS} alone. */
export function specHash(spec: object): string {
  const before = known.get(spec);
  if (before !== undefined) return before;
  const declared = Object.entries(spec).filter(([field]) => !(OPERATED_FIELDS as readonly string[]).includes(field));
  const hash = createHash("sha256")
    .update(hashOf(Object.fromEntries(declared)))
    .digest("hex")
    .slice(0, 20);
  known.set(spec, hash);
  return hash;
}

/** No workload's name has a dot, and Kubernetes gives revisions a hash behind a dash. */
export const revisionName = (workload: string, hash: string): string => `${workload}.${hash}`;

/** The hash in a revision's name; undefined for any other name. */
export function hashInName(name: string, workload: string): string | undefined {
  const hash = name.startsWith(`${workload}.`) ? name.slice(workload.length + 1) : "";
  return /^[0-9a-f]{20}$/.test(hash) ? hash : undefined;
}

export function buildRevision(workload: WorkloadRef, spec: SecureWorkloadSpec, revision: number): KubeObject {
  const object = child(CONTROLLER_REVISION, workload, revisionName(workload.name, specHash(spec)), {
    data: { spec },
    revision,
  });
  return { ...object, metadata: { ...object.metadata, labels: historyLabels(workload) } };
}

/** None that a selector of an application could ask for. */
export const historyLabels = ({ name }: Pick<WorkloadRef, "name">): Record<string, string> => ({
  [MANAGED_BY_LABEL]: "palisade",
  [HISTORY_LABEL]: name,
});

/** The spec that a revision holds; undefined where it holds none. */
export function specIn(object: KubeObject): Fields | undefined {
  const { spec } = (object["data"] ?? {}) as { readonly spec?: unknown };
  return typeof spec === "object" && spec !== null && !Array.isArray(spec) ? (spec as Fields) : undefined;
}

export const numberOf = (object: KubeObject): number => Number(object["revision"] ?? 0);

/** Whether a revision holds what its name says. */
export function isTrue(object: KubeObject, workload: string): boolean {
  const spec = specIn(object);
  return spec !== undefined && hashInName(object.metadata.name, workload) === specHash(spec);
}

/** The spec of a revision as this version reads it, with defaults that came since; undefined where its schema does not accept it. */
export function parsedSpec(object: KubeObject): SecureWorkloadSpec | undefined {
  const parsed = parseSecureWorkload({
    apiVersion: API_VERSION,
    kind: SECURE_WORKLOAD.kind,
    metadata: { name: "history", namespace: "history" },
    spec: specIn(object),
  });
  return parsed.ok ? parsed.value.spec : undefined;
}
