/** Images and the registries that the platform team allows. Pure. */
import { parseAllowList } from "../../../images/allow-list.ts";
import { parseReference } from "../../../images/reference.ts";
import { isReadable } from "../../image-pins.ts";
import type { PlatformFacts } from "../resources/input.ts";
import type { Problem } from "../status.ts";

/**
 * Every image that a spec names, each once. Any field called `image` names one, wherever it stands, so that no container
 * of a later version is forgotten here.
 */
export function imagesIn(spec: unknown): readonly string[] {
  return [...new Set(collect(spec))];
}

function collect(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(collect);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, field]) =>
    key === "image" && typeof field === "string" ? [field] : collect(field),
  );
}

/** Why an image may not run; undefined when it may. */
function refusalOf(image: string, registries: readonly string[]): string | undefined {
  const parsed = parseReference(image);
  if (!parsed.ok) return `${image} cannot be judged: ${parsed.problem}`;
  const admission = parseAllowList(registries.filter(isReadable)).judge(parsed.reference);
  return admission.allowed ? undefined : admission.message;
}

/** Images of the spec that may not run, and why; without a list every image may. */
export const refusedImages = (spec: unknown, { registries }: PlatformFacts): readonly string[] =>
  registries === undefined ? [] : imagesIn(spec).flatMap((image) => refusalOf(image, registries) ?? []);

export const imageProblems = (spec: unknown, platform: PlatformFacts): readonly Problem[] =>
  refusedImages(spec, platform).map((why) => ({
    reason: "ImageNotAllowed",
    message: `${why}; the platform team decides in SecurityBaseline/cluster, and until then nothing of this spec is rolled out, and what runs goes on`,
  }));
