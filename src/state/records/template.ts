/** What is kept of a template that pods are made from. */

import { hashOf, type KubeObject, type ObjectMeta } from "kopf-ts";
import { LIFTED_ANNOTATION, WORKLOAD_LABEL } from "../../crds/group.ts";
import type { Identity } from "../../crds/v1alpha1/identity.ts";
import { CONTROLLER_LABELS } from "../../kubernetes/controller-labels.ts";
import { CONTROLLER_REVISION, CRON_JOB } from "../../kubernetes/kinds.ts";
import { createdMsOf, type Owner, ownerOf } from "../../kubernetes/metadata.ts";
import type { FieldManager } from "../../plan/field-owner.ts";
import type { PodSpec } from "../../policies/index.ts";
import { copiesIn, policiesBroken } from "./pod.ts";
import { type PodParts, podParts, shared } from "./pod-fields.ts";
import { tolerationsOf } from "./tolerations.ts";

export interface Template {
  readonly metadata?: Pick<ObjectMeta, "labels" | "annotations">;
  readonly spec?: PodSpec;
}

/** The pod template of whatever makes pods. A ControllerRevision holds it in a patch, a CronJob inside that of its runs. */
export function templateIn(object: KubeObject): Template | undefined {
  const holder = (object.kind === CONTROLLER_REVISION.kind ? object["data"] : object) as KubeObject | undefined;
  const spec = holder?.["spec"] as
    | { readonly template?: Template; readonly jobTemplate?: { readonly spec?: { readonly template?: Template } } }
    | undefined;
  return object.kind === CRON_JOB.kind ? spec?.jobTemplate?.spec?.template : spec?.template;
}

/** Equal for templates whose pods are the same, labels and annotations among it. */
export const templateDigest = (template: Template | undefined, identity?: Identity): string =>
  digestOf(template, podParts(template?.spec, { identity }));

function digestOf(template: Template | undefined, { digest }: PodParts): string {
  const { labels = {}, annotations = {} } = template?.metadata ?? {};
  const own = Object.entries(labels).filter(([label]) => !CONTROLLER_LABELS.includes(label));
  return hashOf([digest, Object.fromEntries(own), annotations, tolerationsOf(template?.spec)]);
}

/** Whether its pods could be a workload's, by their label or by an account that somebody made. */
export function couldBeOfWorkload(object: KubeObject): boolean {
  const template = templateIn(object);
  const { serviceAccountName = "default" } = template?.spec ?? {};
  return template?.metadata?.labels?.[WORKLOAD_LABEL] !== undefined || serviceAccountName !== "default";
}

export interface Sighting {
  readonly identity: Identity | undefined;
  readonly changedBy: FieldManager | undefined;
  readonly nowMs: number;
}

export function shapeTemplate(
  object: KubeObject,
  previous: TemplateRecord | undefined,
  { identity: declared, changedBy, nowMs }: Sighting,
): TemplateRecord {
  const identity = previous === undefined ? declared : previous.identity;
  const template = templateIn(object);
  const parts = shared(podParts(template?.spec, { identity }), previous?.parts);
  const digest = digestOf(template, parts);
  const isChanged = previous !== undefined && previous.digest !== digest;
  return {
    kind: object.kind,
    name: object.metadata.name,
    uid: object.metadata.uid ?? "",
    owner: ownerOf(object),
    workload: template?.metadata?.labels?.[WORKLOAD_LABEL],
    account: template?.spec?.serviceAccountName,
    createdMs: createdMsOf(object),
    parts,
    tolerations: tolerationsOf(template?.spec),
    digest,
    isWeak: isWeak(template),
    isEdited: previous?.isEdited === true || isChanged,
    changedBy,
    seenMs: previous === undefined || isChanged ? nowMs : previous.seenMs,
    copies: copiesIn(template?.spec),
    identity,
  };
}

function isWeak(template: Template | undefined): boolean {
  if (template?.spec === undefined) return false;
  const lifted = template.metadata?.annotations?.[LIFTED_ANNOTATION] ?? "";
  return policiesBroken(template.spec).some((policy) => !lifted.includes(`,${policy},`));
}

/** A template that pods are made from: a ReplicaSet, a ControllerRevision, a Job. */
export interface TemplateRecord {
  /** Of the object that holds it. */
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly owner: Owner | undefined;
  /** The workload whose label its pods bear. */
  readonly workload: string | undefined;
  readonly account: string | undefined;
  /** Milliseconds since the epoch, to the second. */
  readonly createdMs: number;
  readonly parts: PodParts;
  readonly tolerations: readonly string[];
  /** Of the whole template, its labels and annotations among it. */
  readonly digest: string;
  /** Whether it breaks a policy that answers to Pod Security. */
  readonly isWeak: boolean;
  readonly changedBy: FieldManager | undefined;
  /** Monotonic milliseconds at which this template of it was first seen. */
  readonly seenMs: number;
  /** Whether it was seen to change: what makes pods never changes its template by itself. */
  readonly isEdited: boolean;
  /** The cloud identity of its pods. */
  readonly identity: Identity | undefined;
  readonly copies: readonly string[];
}
