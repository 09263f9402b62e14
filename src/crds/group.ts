import type { Resource } from "kopf-ts";

/** The names of the API, in one place. */
export const GROUP = "palisade.dev";
export const VERSION = "v1alpha1";
export const API_VERSION = `${GROUP}/${VERSION}`;

/** On every pod, and every object that belongs to one workload: the workload's name. Network peers are selected by it. */
export const WORKLOAD_LABEL = `${GROUP}/workload`;
/** On pods that roll when a Secret changes: a digest of the Secrets' versions, never of their content. */
export const SECRETS_ANNOTATION = `${GROUP}/secret-versions`;
/** On the pods of a Job: a digest of what its spec runs. A Job of another one is another run. */
export const RUN_ANNOTATION = `${GROUP}/run`;
/** On a revision of a workload's spec: the workload's name. No pod bears it, so no controller of pods takes the revision for its own. */
export const HISTORY_LABEL = `${GROUP}/history`;
/** On an object that stood before a workload: the name of the workload that may take it over. It goes with the takeover. */
export const ADOPT_LABEL = `${GROUP}/adopt`;
/** On a namespace: how far it is enrolled. Admission policies select by it. */
export const ENROLMENT_LABEL = `${GROUP}/enrolment`;
/** On a namespace, for admission policies to read: lists of names, each between commas. */
export const WORKLOADS_ANNOTATION = `${GROUP}/workloads`;
/** Labels that pods have from their workloads, as `app=web`: no selector of somebody else's that asks for one keeps our pods out for sure. */
export const HANDED_LABELS_ANNOTATION = `${GROUP}/handed-labels`;
/** Of those that run no Deployment: `StatefulSet/db`. */
export const WORKLOAD_TYPES_ANNOTATION = `${GROUP}/types`;
/** Objects of a child's name that are somebody else's: `Service/web`. */
export const TAKEN_NAMES_ANNOTATION = `${GROUP}/taken`;
/** Names of Services that specs choose for their pods, beside those that follow from a workload's own. */
export const SERVICES_ANNOTATION = `${GROUP}/services`;
/** In a list of what is protected: every name there is, where they are too many to be listed. No object may be called so. */
export const EVERY_NAME = "*";
export const SECRETS_LIST_ANNOTATION = `${GROUP}/secrets`;
/** Claims: `data-web` and `data-db-*` as workloads make them, `existing:shared` as they name them, and `api/shared` for whoever may mount one. */
export const CLAIMS_ANNOTATION = `${GROUP}/claims`;
/** Keys and domains of labels and annotations that the platform team lets others write on children. */
export const TOLERATED_ANNOTATION = `${GROUP}/tolerated-metadata`;
/** Kinds of controllers whose updates the cluster's own admission may change, as `Deployment`; so what it changes is not their writer's. */
export const REWRITTEN_ANNOTATION = `${GROUP}/rewritten`;
/** Where injections are refused: what admission may add to pods all the same. Absent where they are not. */
export const INJECTIONS_ANNOTATION = `${GROUP}/expected-injections`;
export const SECRET_WRITERS_ANNOTATION = `${GROUP}/secret-writers`;
/** On a namespace that is observed: since when nothing foreign makes pods there, in RFC 3339. */
export const CLEAR_SINCE_ANNOTATION = `${GROUP}/clear-since`;
/** On SecureWorkloads, held by whoever may reach into pods in an emergency; a verb that no built-in role has but `cluster-admin`. */
export const BREAK_GLASS_VERB = "breakglass";
/** On the Role and RoleBinding of a break-glass exception, and on nothing else: the API server looks for the exception where it finds it. */
export const GRANT_LABEL = `${GROUP}/grant`;
/** On a pod template: `spec.restartedAt`. */
export const RESTARTED_ANNOTATION = `${GROUP}/restarted-at`;
/** On a pod template: the ids of the rules that a SecurityException lifts for it, sorted, each between commas. */
export const LIFTED_ANNOTATION = `${GROUP}/lifted`;
/** On a pod template: what it declares, one line each. */
export const DECLARED_ANNOTATION = `${GROUP}/declared`;
/** By which Velero marks what it restores. */
export const RESTORED_LABEL = "velero.io/restore-name";
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
