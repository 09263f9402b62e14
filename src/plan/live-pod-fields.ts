/**
 * The fields of a pod that may still be changed while it lives, each with its drift case. Every other field is immutable (`ValidatePodUpdate`), so
 * it is as it was when the pod was created.
 */
import type { FieldPath } from "./diff.ts";

interface LiveField {
  readonly driftCase: string;
  readonly path: RegExp;
}

const LIVE_FIELDS: readonly LiveField[] = [
  { driftCase: "3", path: /^ephemeralContainers/ },
  { driftCase: "21", path: /^(initContainers|containers)\[[^\]]+\]\.image$/ },
  { driftCase: "21", path: /^activeDeadlineSeconds$/ },
  { driftCase: "83", path: /^terminationGracePeriodSeconds$/ },
  { driftCase: "17", path: /^(resources|(initContainers|containers)\[[^\]]+\]\.(resources|resizePolicy))/ },
];

/** Finalizers that the control plane puts on pods, and takes off again. Whoever takes another off only lets the pod end. */
export const POD_FINALIZERS: ReadonlySet<string> = new Set([
  "batch.kubernetes.io/job-tracking",
  "foregroundDeletion",
  "orphan",
]);

/** The drift case of a change to the part of a pod at `path`; undefined for a part that nobody can change. */
export const liveFieldCase = (path: string): string | undefined =>
  LIVE_FIELDS.find((field) => field.path.test(path))?.driftCase;

/** No pod is created with one: the API server refuses it. */
export const isAlwaysLater = (path: string): boolean => path.startsWith("ephemeralContainers");

/** `containers[name=web].image` as steps from the root of the pod. */
export const stepsOf = (part: string): FieldPath => ["spec", ...part.split(/\.|(?=\[)/)];
