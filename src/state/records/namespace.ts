import type { KubeObject } from "kopf-ts";
import { GROUP } from "../../crds/group.ts";
import type { Enrolment } from "../../crds/v1alpha1/enrolment.ts";
import { podSecurityLabels } from "../../kubernetes/pod-security.ts";
import type { FieldManager } from "../../plan/field-owner.ts";

export interface NamespaceRecord {
  readonly uid: string;
  readonly deleting: boolean;
  readonly podSecurity: Readonly<Record<string, string>>;
  /** By which webhooks and policies select it. */
  readonly labels: Readonly<Record<string, string>>;
  /** Our own labels and annotations on it. */
  readonly marks: Readonly<Record<string, string>>;
  /** The latest writer of one of these labels that was not us. */
  readonly changedBy: FieldManager | undefined;
  readonly seenMs: number;
}

/** What is in a namespace and is not of a SecureWorkload, as kind and name. */
export interface Foreign {
  /** What makes pods, or can at any time: a CronJob between its runs, a Deployment scaled to zero; and pods of nobody. */
  readonly makers: readonly string[];
  /** What serves, opens or scales something, and runs that are over. */
  readonly others: readonly string[];
}

/** A namespace that is not sealed, and what is in the way. */
export interface HeldBackNamespace {
  readonly state: Enrolment;
  readonly foreign: Foreign;
  /** When it leaves Observing unless something that makes pods comes back, in milliseconds since the epoch; undefined while something is there. */
  readonly leavesMs?: number | undefined;
}

export function shapeNamespace(
  object: KubeObject,
  changedBy: FieldManager | undefined,
  seenMs: number,
): NamespaceRecord {
  return {
    uid: object.metadata.uid ?? "",
    deleting: object.metadata.deletionTimestamp !== undefined,
    podSecurity: podSecurityLabels(object.metadata.labels ?? {}),
    labels: object.metadata.labels ?? {},
    marks: marksOf(object),
    changedBy,
    seenMs,
  };
}

export const marksOf = ({
  metadata: { labels = {}, annotations = {} },
}: KubeObject): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries({ ...annotations, ...labels }).filter(([key]) => key.startsWith(`${GROUP}/`)));
