/**
 * The labels and annotations of a SecureWorkload that its pods and other objects have too: those by which people find, count and charge them, and none
 * that decides anything. Pure.
 */
import type { KubeObject } from "kopf-ts";
import { MANAGED_BY_LABEL, NAME_LABEL, WORKLOAD_LABEL } from "../crds/group.ts";
import { isDeciding } from "../crds/v1alpha1/metadata-keys.ts";
import { CONTROLLER_LABELS } from "../kubernetes/controller-labels.ts";
import { HTTP_ROUTE, INGRESS, SERVICE_ACCOUNT } from "../kubernetes/kinds.ts";
import { INHERITED_LABELS } from "../names.ts";
import { isAmong } from "../plan/platform-metadata.ts";

type Labels = Readonly<Record<string, string>>;

/** What is handed on beside what every child has. */
export interface HandedOn {
  readonly labels: Labels;
  readonly annotations: Labels;
}

/** What the platform team says about it: whole keys, or domains with their slash. */
export interface HandedKeys {
  readonly annotations: readonly string[];
  readonly reservedLabels: readonly string[];
}

/** Without a word of the platform team. */
export const DEFAULT_HANDED_KEYS: HandedKeys = { annotations: [], reservedLabels: [] };

export const NOTHING_HANDED_ON: HandedOn = { labels: {}, annotations: {} };

/** Read by kubectl alone. */
const KUBECTL_ANNOTATIONS: readonly string[] = [
  "kubectl.kubernetes.io/default-container",
  "kubectl.kubernetes.io/default-logs-container",
];

/** Labels by which add-ons give pods a sidecar, an identity or a place in a queue, or leave them out. */
const ADD_ON_DOMAINS =
  /^([-a-z0-9.]*[.-])?(argoproj[.]io|fluxcd[.]io|k8s[.]io|datadoghq[.]com|openshift[.]io|kuma[.]io|hashicorp[.]com|dapr[.]io|kyverno[.]io|gatekeeper[.]sh|openpolicyagent[.]org|sigstore[.]dev|spiffe[.]io|keda[.]sh|gke[.]io|cloud[.]google[.]com|azure[.]com|volcano[.]sh|openservicemesh[.]io|velero[.]io)\//;

/** AAD Pod Identity gives a pod the identity that this label names. */
const RESERVED_KEYS: readonly string[] = [
  WORKLOAD_LABEL,
  MANAGED_BY_LABEL,
  NAME_LABEL,
  "aadpodidbinding",
  ...CONTROLLER_LABELS,
];

/** Whether every child has the label from its workload anyway. */
export const isInherited = (key: string): boolean => (INHERITED_LABELS as readonly string[]).includes(key);

/** Whether a label of a SecureWorkload is one that its pods may have too, as far as its key says. */
export const mayHandOnLabel = (key: string): boolean =>
  !RESERVED_KEYS.includes(key) && !ADD_ON_DOMAINS.test(key) && (!isDeciding(key) || isInherited(key));

/** The same of an annotation, where the platform team lists `keys`. */
export const mayHandOnAnnotation = (key: string, keys: readonly string[]): boolean =>
  KUBECTL_ANNOTATIONS.includes(key) || (isAmong(keys, key) && !isDeciding(key));

const only = (all: Labels, isHandedOn: (key: string) => boolean): Labels =>
  Object.fromEntries(Object.entries(all).filter(([key]) => isHandedOn(key)));

/** What a SecureWorkload with these labels and annotations hands on, as far as their keys say. */
export const handedOn = (labels: Labels, annotations: Labels, keys: HandedKeys): HandedOn => ({
  labels: only(labels, (key) => mayHandOnLabel(key) && !isAmong(keys.reservedLabels, key) && !isInherited(key)),
  annotations: only(annotations, (key) => mayHandOnAnnotation(key, keys.annotations)),
});

/** Annotations decide there who a pod is for a cloud, and how traffic comes in. */
const WITHOUT_ANNOTATIONS: ReadonlySet<string> = new Set(
  [SERVICE_ACCOUNT, INGRESS, HTTP_ROUTE].map(({ kind }) => kind),
);

/** For the metadata of a child of this kind. */
export const handedAnnotations = (
  kind: string,
  { annotations }: HandedOn,
): Pick<KubeObject["metadata"], "annotations"> =>
  WITHOUT_ANNOTATIONS.has(kind) || Object.keys(annotations).length === 0 ? {} : { annotations };

/** A label as the namespace lists it, for admission policies. */
export const labelPair = ([key, value]: readonly [string, string]): string => `${key}=${value}`;
