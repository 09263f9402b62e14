/** Whether each child that the status names is there. Pure. */
import type { KubeObject, Resource } from "kopf-ts";
import { CHILD_RESOURCES, childNamed } from "../../expand/child-kinds.ts";
import { SERVICE } from "../../kubernetes/kinds.ts";
import type { Child } from "./model.ts";
import { type Reading, statusOf } from "./reading.ts";

/** Where a child is read: of two kinds of one name, the one whose children of this workload are called so. Services are called as specs say. */
export function resourceOfChild(child: string, workload: string): Resource | undefined {
  const { kind, name } = partsOf(child);
  return CHILD_RESOURCES.find(
    (resource) => resource.kind === kind && (resource === SERVICE || childNamed(resource, name)?.workload === workload),
  );
}

export function partsOf(child: string): { readonly kind: string; readonly name: string } {
  const slash = child.indexOf("/");
  return { kind: child.slice(0, slash), name: child.slice(slash + 1) };
}

export const childrenOf = ({ workload, children }: Pick<Reading, "workload" | "children">): readonly Child[] =>
  (statusOf(workload).children ?? []).map((child) => ({
    ...partsOf(child),
    standing: children.has(child) ? standingOf(children.get(child), workload) : "unread",
  }));

function standingOf(child: KubeObject | undefined, { metadata: { uid } }: KubeObject): Child["standing"] {
  if (child === undefined) return "missing";
  const { ownerReferences = [], deletionTimestamp } = child.metadata;
  if (!ownerReferences.some((owner) => owner.uid === uid)) return "foreign";
  return deletionTimestamp === undefined ? "there" : "deleting";
}
