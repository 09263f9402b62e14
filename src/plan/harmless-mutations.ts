/**
 * What a webhook may make of our own write of a child's pod template without changing what runs: the digest of an image that was named by its tag
 * (Kyverno, Sigstore, Connaisseur), a pull at every start, and what the platform team lists of it: labels, annotations, and what it expects on pods, such as
 * the `resources` that GKE Autopilot sets. Pure.
 */
import type { KubeObject } from "kopf-ts";
import { type ImageReference, nameOf, parseReference, sameRegistry } from "../images/reference.ts";
import { additionAt, isExpected } from "./additions.ts";
import { valueAt } from "./compare.ts";
import type { Desired } from "./desired.ts";
import { type Difference, type FieldPath, formatPath } from "./diff.ts";
import { isAmong } from "./platform-metadata.ts";
import { isInTemplate } from "./pod-template-path.ts";

const DIGEST = /@sha(256:[a-f0-9]{64}|512:[a-f0-9]{128})$/;

/** Whether each of these differences is one. Only what becomes of our own write may be left as it is: anybody else may choose another digest. */
export const areHarmless = (desired: Judged, live: KubeObject, differences: readonly Difference[]): boolean =>
  differences.length > 0 &&
  differences.every((difference) => isListed(difference, desired) || isHarmless(desired.object, live, difference));

type Judged = Pick<Desired, "object" | "toleratedMetadata" | "expectedInjections">;

/** Whether it is a label or an annotation of the pods, and no other. */
export const isTemplateMetadata = (path: FieldPath): boolean =>
  isInTemplate(path) &&
  path.at(-4) === "template" &&
  path.at(-3) === "metadata" &&
  (path.at(-2) === "labels" || path.at(-2) === "annotations");

function isListed({ kind, path }: Difference, { toleratedMetadata = [], expectedInjections = [] }: Judged): boolean {
  if (isTemplateMetadata(path)) return kind === "foreign" && isAmong(toleratedMetadata, path.at(-1) ?? "");
  const text = formatPath(path);
  const name = additionAt(text);
  return name !== undefined && isExpected({ name, path: text }, expectedInjections);
}

function isHarmless(desired: KubeObject, live: KubeObject, { kind, path }: Difference): boolean {
  if (kind !== "changed" || !isInTemplate(path)) return false;
  const is = valueAt(live, path);
  switch (path.at(-1)) {
    case "image":
      return isPinned(valueAt(desired, path), is);
    case "imagePullPolicy":
      return is === "Always";
    default:
      return false;
  }
}

/** The same repository, by a digest; with the same tag, or without one. */
function isPinned(wanted: unknown, is: unknown): boolean {
  if (typeof wanted !== "string" || typeof is !== "string" || DIGEST.test(wanted) || !DIGEST.test(is)) return false;
  const named = is.replace(DIGEST, "");
  return named === wanted || named === withoutTag(wanted) || isSpeltOtherwise(wanted, is);
}

/** Docker Hub has several names, and its official images two: Sigstore writes `index.docker.io/library/nginx` for `docker.io/nginx`. */
function isSpeltOtherwise(wanted: string, is: string): boolean {
  const [one, other] = [parseReference(wanted), parseReference(is)];
  if (!one.ok || !other.ok || placeOf(one.reference) !== placeOf(other.reference)) return false;
  return other.reference.tag === undefined || other.reference.tag === one.reference.tag;
}

const placeOf = ({ registry, ...rest }: ImageReference): string =>
  nameOf({ ...rest, registry: sameRegistry(registry) });

/** A colon before the last slash is a port's. */
const withoutTag = (image: string): string => image.replace(/:[^:/]*$/, "");
