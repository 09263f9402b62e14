/**
 * What others may write on a child: bookkeeping of Kubernetes and of deployment tools, and nothing that changes what runs, what it
 * may do or what it reaches. Everything else is drift.
 */
import type { Difference, FieldPath } from "./diff.ts";
import { isPlatformFinalizer, isPlatformMetadata } from "./platform-metadata.ts";

/** Tracking labels of Argo CD, Flux and Helm: read by those tools only; no selector of ours uses them. */
export const TRACKING_LABELS: ReadonlySet<string> = new Set([
  "app.kubernetes.io/instance",
  "argocd.argoproj.io/instance",
  "kustomize.toolkit.fluxcd.io/name",
  "kustomize.toolkit.fluxcd.io/namespace",
  "helm.toolkit.fluxcd.io/name",
  "helm.toolkit.fluxcd.io/namespace",
]);

export const TRACKING_ANNOTATIONS: ReadonlySet<string> = new Set([
  "deployment.kubernetes.io/revision",
  "deprecated.daemonset.template.generation",
  "batch.kubernetes.io/job-tracking",
  "kubectl.kubernetes.io/last-applied-configuration",
  "kubernetes.io/change-cause",
  "argocd.argoproj.io/tracking-id",
  "argocd.argoproj.io/sync-options",
  "kustomize.toolkit.fluxcd.io/checksum",
  "kustomize.toolkit.fluxcd.io/reconcile",
]);

/** Set by the control plane while it deletes an object; any other finalizer would block the name for ever (DRIFT 35). */
const DELETION_FINALIZERS: ReadonlySet<string> = new Set(["foregroundDeletion", "orphan"]);

/** KEDA labels each ScaledObject, and adds a finalizer to clean up before it is deleted. */
export const KEDA_LABEL = "scaledobject.keda.sh/name";
export const KEDA_FINALIZER = "finalizer.keda.sh";

/** Allocated by the API server for a Service and immutable afterwards. */
const SERVICE_ALLOCATIONS: ReadonlySet<string> = new Set(["clusterIP", "clusterIPs", "ipFamilies"]);

/** What `kubectl rollout restart` writes on the pod template. */
export const RESTARTED_AT_ANNOTATION = "kubectl.kubernetes.io/restartedAt";
const RESTARTED_AT = ["spec", "template", "metadata", "annotations", RESTARTED_AT_ANNOTATION].join("\0");
const RESTARTABLE: ReadonlySet<string> = new Set(["Deployment", "StatefulSet", "DaemonSet"]);

/** What the API server adds to a Job to identify its pods; immutable. */
const JOB_ADDITIONS: ReadonlySet<string> = new Set(
  ["controller-uid", "job-name", "batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name"]
    .map((label) => ["spec", "template", "metadata", "labels", label].join("\0"))
    .concat(["spec\0selector"]),
);

/** Metadata of the API server: never compared. */
export const SERVER_METADATA: ReadonlySet<string> = new Set([
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "managedFields",
  "selfLink",
]);

/** Whether a difference is a label or an annotation too much: an object that has it does all the same what it is for. */
export const isMetadataTooMuch = ({ kind, path: [top, field] }: Difference): boolean =>
  kind === "foreign" && top === "metadata" && (field === "labels" || field === "annotations");

/** Whether others may add a field at `path` to a child of this kind; a replacement carries it over. `listed`: metadata that the platform team tolerates. */
export function isTolerated(kind: string, path: FieldPath, listed: readonly string[] = []): boolean {
  const [top, field] = path;
  if (top === "status" || top === "apiVersion" || top === "kind") return path.length === 1;
  if (top === "metadata") return isToleratedMetadata(kind, path) || isListedMetadata(kind, path, listed);
  if (kind === "Service" && top === "spec" && path.length === 2) return SERVICE_ALLOCATIONS.has(field ?? "");
  if (kind === "Job") return JOB_ADDITIONS.has(path.join("\0"));
  return RESTARTABLE.has(kind) && path.join("\0") === RESTARTED_AT;
}

function isToleratedMetadata(kind: string, [, field, key]: FieldPath): boolean {
  if (field === undefined) return false;
  if (kind === "ScaledObject" && field === "labels" && key === KEDA_LABEL) return true;
  if (SERVER_METADATA.has(field)) return true;
  if (key === undefined) return false;
  if (field === "labels") return TRACKING_LABELS.has(key);
  return field === "annotations" && TRACKING_ANNOTATIONS.has(key);
}

const isListedMetadata = (kind: string, [, field, key]: FieldPath, listed: readonly string[]): boolean =>
  key !== undefined && (field === "labels" || field === "annotations") && isPlatformMetadata(kind, field, key, listed);

export const isDeletionFinalizer = (finalizer: string): boolean => DELETION_FINALIZERS.has(finalizer);

/** A finalizer of a controller that works on such objects. A replacement keeps it, or its controller would not clean up. */
export const isControllerFinalizer = (kind: string, finalizer: string, listed: readonly string[] = []): boolean =>
  (kind === "ScaledObject" && finalizer === KEDA_FINALIZER) || isPlatformFinalizer(kind, finalizer, listed);
