/**
 * What is ours. One rule, here and as CEL in `admission/ownership.ts`, both read from the table of child kinds. Labels, the kind of some
 * owner, the age of an object and controllers of other kinds prove nothing: anybody can write or imitate them.
 */

import type { KubeObject, ObjectName, OwnerReference } from "kopf-ts";
import { GROUP, SECURE_WORKLOAD } from "../crds/group.ts";
import { controllerOf } from "../kubernetes/metadata.ts";
import { kindsWith } from "./child-kinds.ts";

/** The SecureWorkload of this name that lives now; undefined where there is none. */
export type LivingWorkload = (
  name: ObjectName,
) => { readonly uid: string; readonly serviceNames: readonly string[] } | undefined;

/**
 * Whether `object` is a child of a living SecureWorkload: its controller reference holds that workload's uid, its kind is in the table of
 * child kinds, and its name is the name of that kind's child for that workload, or of a Service one that the workload chose.
 */
export function isOurs(object: KubeObject, living: LivingWorkload): boolean {
  const owner = controllerOf(object);
  if (owner === undefined || !isWorkloadReference(owner)) return false;
  const { namespace = "" } = object.metadata;
  const workload = living({ namespace, name: owner.name });
  return workload?.uid === owner.uid && isChildName(object, owner.name, workload.serviceNames);
}

const isWorkloadReference = ({ apiVersion, kind }: OwnerReference): boolean =>
  kind === SECURE_WORKLOAD.kind && groupOf(apiVersion) === GROUP;

const isChildName = (
  { apiVersion, kind, metadata }: KubeObject,
  workload: string,
  serviceNames: readonly string[],
): boolean =>
  kindsWith(serviceNames).some(
    ({ resource, nameFor }) =>
      resource.kind === kind && resource.group === groupOf(apiVersion) && nameFor(workload) === metadata.name,
  );

const groupOf = (apiVersion: string): string => (apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "");
