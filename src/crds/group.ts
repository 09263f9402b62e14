import type { Resource } from "../kopf/resource.ts";

/** The names of the API, in one place. */
export const GROUP = "palisade.dev";
export const VERSION = "v1alpha1";
export const API_VERSION = `${GROUP}/${VERSION}`;

/** On every pod, and every object that belongs to one workload: the workload's name. Network peers are selected by it. */
export const WORKLOAD_LABEL = `${GROUP}/workload`;
export const MANAGED_BY_LABEL = "app.kubernetes.io/managed-by";
export const NAME_LABEL = "app.kubernetes.io/name";

export const SECURE_WORKLOAD: Resource = {
  group: GROUP,
  version: VERSION,
  kind: "SecureWorkload",
  plural: "secureworkloads",
  namespaced: true,
};
