import type { Resource } from "../kopf/resource.ts";

/** The names of the API, in one place. */
export const GROUP = "palisade.dev";
export const VERSION = "v1alpha1";
export const API_VERSION = `${GROUP}/${VERSION}`;

/** On every pod, and every object that belongs to one workload: the workload's name. Network peers are selected by it. */
export const WORKLOAD_LABEL = `${GROUP}/workload`;
/** On pods that roll when a Secret changes: a digest of the Secrets' versions, never of their content. */
export const SECRETS_ANNOTATION = `${GROUP}/secret-versions`;
/** On an object that stood before a workload: the name of the workload that may take it over. It goes with the takeover. */
export const ADOPT_LABEL = `${GROUP}/adopt`;
/** On a namespace: how far it is enrolled. Admission policies select by it. */
export const ENROLMENT_LABEL = `${GROUP}/enrolment`;
/** On a namespace, for admission policies to read: lists of names, each between commas. */
export const WORKLOADS_ANNOTATION = `${GROUP}/workloads`;
export const SECRETS_LIST_ANNOTATION = `${GROUP}/secrets`;
export const SECRET_WRITERS_ANNOTATION = `${GROUP}/secret-writers`;
/** On SecureWorkloads, held by whoever may reach into pods in an emergency; a verb that no built-in role has but `cluster-admin`. */
export const BREAK_GLASS_VERB = "breakglass";
/** On a pod template: the ids of the rules that a SecurityException lifts for it, sorted, each between commas. */
export const LIFTED_ANNOTATION = `${GROUP}/lifted`;
export const MANAGED_BY_LABEL = "app.kubernetes.io/managed-by";
export const NAME_LABEL = "app.kubernetes.io/name";

export const SECURE_WORKLOAD: Resource = {
  group: GROUP,
  version: VERSION,
  kind: "SecureWorkload",
  plural: "secureworkloads",
  namespaced: true,
};

/** Cluster-scoped; there is one, of this name. */
export const SECURITY_BASELINE: Resource = {
  group: GROUP,
  version: VERSION,
  kind: "SecurityBaseline",
  plural: "securitybaselines",
  namespaced: false,
};
export const BASELINE_NAME = "cluster";

/** Cluster-scoped: one workload, the rules lifted for it, and until when. */
export const SECURITY_EXCEPTION: Resource = {
  group: GROUP,
  version: VERSION,
  kind: "SecurityException",
  plural: "securityexceptions",
  namespaced: false,
};
