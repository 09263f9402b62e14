/** Images and the registries that the platform team allows. Pure. */

import type { Problem } from "../../crds/v1alpha1/findings.ts";
import type { PlatformFacts } from "../../expand/input.ts";
import { parseReadableEntries } from "../../images/allow-list.ts";
import { parseReference } from "../../images/reference.ts";

/**
 * Every image that a spec names, each once. Any field called `image` names one, wherever it stands, so that no container
 * of a later version is forgotten here.
 */
export function imagesIn(spec: object): readonly string[] {
  const known = IMAGES.get(spec);
  if (known !== undefined) return known;
  const images = [...new Set(collect(spec))];
  IMAGES.set(spec, images);
  return images;
}

/** By spec, which nobody changes once it is parsed: asked for in every pass, many times. */
const IMAGES = new WeakMap<object, readonly string[]>();

function collect(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(collect);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, field]) =>
    key === "image" && typeof field === "string" ? [field] : collect(field),
  );
}

/** Why an image may not run; undefined if it may. */
function refusalOf(image: string, registries: readonly string[]): string | undefined {
  const parsed = parseReference(image);
  if (!parsed.ok) return `${image} is not a valid image: ${parsed.problem}`;
  const decision = parseReadableEntries(registries).check(parsed.reference);
  return decision.allowed ? undefined : `${decision.message} in SecurityBaseline/cluster`;
}

/** Why images of the spec may not run; without a list every image may. */
export const refusedImages = (spec: object, { registries }: PlatformFacts): readonly string[] =>
  registries === undefined ? [] : imagesIn(spec).flatMap((image) => refusalOf(image, registries) ?? []);

export const imageProblems = (spec: object, platform: PlatformFacts): readonly Problem[] =>
  refusedImages(spec, platform).map((why) => ({
    reason: "ImageNotAllowed",
    message: `${why}. Until then this spec does not roll out, and the running revision stays`,
  }));
