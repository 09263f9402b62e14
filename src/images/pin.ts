/** What a container runs of the image that is declared for it. Pure. */
import type { AllowList } from "./allow-list.ts";
import { canonicalText, type ImageReference, isDigest, parseReference, withDigest } from "./reference.ts";
import type { Resolution } from "./resolver.ts";

/** As the status has it: an image as it was declared, and the digest that it was resolved to then. */
export interface RecordedImage {
  readonly image: string;
  readonly digest: string;
}

export interface PinInput {
  readonly declared: string;
  /** The last good one of this container; undefined before the first. */
  readonly recorded: RecordedImage | undefined;
  readonly allowList: AllowList;
  /** The latest answer for the declared image; undefined before the first. */
  readonly result: Resolution | undefined;
}

/** An image to run, in full and by digest, and what the status keeps of it. */
export interface PinnedImage {
  readonly image: string;
  readonly record: RecordedImage;
}

export type Pin =
  /** What is declared runs. */
  | ({ readonly kind: "pinned" } & PinnedImage)
  /** The last good image runs in place of the declared one. */
  | ({ readonly kind: "kept"; readonly obstacle: Obstacle } & PinnedImage)
  /** There is nothing to run: no pod is made. */
  | { readonly kind: "unresolved"; readonly obstacle: Obstacle }
  /** Its registry has not answered yet, which is a matter of seconds: pods stay as they are, or are not made. */
  | { readonly kind: "asking"; readonly reference: ImageReference; readonly lastGood: PinnedImage | undefined };

/** Why the declared image does not run, in one line. */
export type Obstacle =
  | { readonly kind: "unreachable"; readonly message: string; readonly retryAfterMs: number }
  /** The registry answered: it has no such tag, refuses, or lies. A person mends that, in the registry or the platform. */
  | { readonly kind: "refused"; readonly message: string; readonly retryAfterMs: number }
  /** Not a reference, or not from an allowed registry. Only a change of the spec, or of the list, mends that. */
  | { readonly kind: "forbidden"; readonly message: string };

/**
 * Decides by the first that holds:
 *
 * 1. What is no reference, or is outside the allow-list, never runs, by digest or by tag, and however it came into the status.
 * 2. A declared digest is itself.
 * 3. A text that stands in the status keeps its digest, and nobody is asked: a tag that moves in the registry, a restart of the
 *    operator and a registry that is down change nothing. A change of the spec that leaves the text alone, of `replicas` for
 *    example, moves no image either.
 * 4. A new text that was resolved is pinned to what was found.
 * 5. A new text that was not: the last good image runs on, and everything else in the spec holds for it at once. This is for
 *    registries that cannot be reached; but a tag that is missing, a refusal and a forbidden image must not take down what
 *    runs either. The obstacle says why the declared image does not run.
 * 6. With no last good image there is nothing to fall back to: a tag is never run unpinned, so no pod is made until the
 *    registry answers.
 *
 * The last good image is judged by the allow-list too: a status that somebody forged brings in no registry, and what the
 * platform no longer allows is not started again.
 */
export function pinOf({ declared, recorded, allowList, result }: PinInput): Pin {
  const lastGood = lastGoodOf(recorded, allowList);
  const judged = judge(declared, allowList);
  if ("forbidden" in judged) return fallBack(lastGood, { kind: "forbidden", message: judged.forbidden });
  const { reference } = judged;
  const isRecorded = recorded?.image === declared && isDigest(recorded.digest);
  const found = result?.kind === "found" ? result.digest : undefined;
  const digest = reference.digest ?? (isRecorded ? recorded.digest : found);
  if (digest !== undefined) return { kind: "pinned", ...pinned(reference, { image: declared, digest }) };
  if (result === undefined || result.kind === "found") return { kind: "asking", reference, lastGood };
  const { kind, message, retryAfterMs } = result;
  return fallBack(lastGood, { kind: kind === "unreachable" ? kind : "refused", message, retryAfterMs });
}

function fallBack(lastGood: PinnedImage | undefined, obstacle: Obstacle): Pin {
  return lastGood === undefined ? { kind: "unresolved", obstacle } : { kind: "kept", ...lastGood, obstacle };
}

function lastGoodOf(recorded: RecordedImage | undefined, allowList: AllowList): PinnedImage | undefined {
  if (recorded === undefined || !isDigest(recorded.digest)) return undefined;
  const judged = judge(recorded.image, allowList);
  if ("forbidden" in judged) return undefined;
  const { reference } = judged;
  return pinned(reference, { image: recorded.image, digest: reference.digest ?? recorded.digest });
}

const pinned = (reference: ImageReference, record: RecordedImage): PinnedImage => ({
  image: canonicalText(withDigest(reference, record.digest)),
  record,
});

function judge(
  image: string,
  allowList: AllowList,
): { readonly reference: ImageReference } | { readonly forbidden: string } {
  const parsed = parseReference(image);
  if (!parsed.ok) return { forbidden: parsed.problem };
  const admission = allowList.judge(parsed.reference);
  return admission.allowed ? { reference: parsed.reference } : { forbidden: admission.message };
}
