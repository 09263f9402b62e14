/**
 * The digests of the images that each owner declares. Reconcilers never wait for a registry: a run takes what is known, the
 * cache requests the rest, and an answer triggers the next run.
 *
 * A digest belongs to the declared text. It stays while the owner retains that text, whatever the registry serves by then, so
 * neither a tag that moves, a dead registry nor a restart changes what runs. A tag never runs without a digest.
 */
import type { AllowList } from "./allow-list.ts";
import { canonicalText, type ImageReference, isDigest, parseReference, withDigest } from "./reference.ts";
import type { ImageResolver } from "./resolver.ts";

/** An image as declared, and the digest that its tag resolved to. */
export interface ResolvedImage {
  readonly image: string;
  readonly digest: string;
}

export interface ImageOwner {
  /** Listeners receive it. */
  readonly key: string;
  /** An owner recreated under the same key starts empty. */
  readonly uid: string;
  /** Digests from an earlier process. Those in the cache take precedence, so editing the record changes nothing. */
  readonly recorded: readonly ResolvedImage[];
}

/** Why a declared image cannot run, in one line. */
export type ImageProblem =
  /** `refused`: the registry answered and gives no digest; somebody must fix the image, the registry or the credential. */
  | { readonly kind: "unreachable" | "refused"; readonly message: string; readonly retryAfterMs: number }
  /** Not a reference, or not in the allow-list. Only a change of the spec or of the list helps. */
  | { readonly kind: "forbidden"; readonly message: string };

export interface DigestCacheOptions {
  readonly resolver: Pick<ImageResolver, "resolve" | "failureOf">;
  /** The list in force. Nothing outside it is requested or runs. */
  readonly allowList: () => AllowList;
  /** Receives bugs; a registry's failures are values. */
  readonly onError: (error: unknown) => void;
}

/** The run that follows asks again if an answer under way gets lost. */
const IN_FLIGHT_RETRY_MS = 15_000;

interface Entry {
  /** By declared text. */
  readonly digests: Map<string, string>;
  readonly inFlight: Set<string>;
}

export class DigestCache {
  readonly #options: DigestCacheOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #listeners: ((key: string) => void)[] = [];

  constructor(options: DigestCacheOptions) {
    this.#options = options;
  }

  /** Calls `listener` with the key of each owner for which a registry answered. */
  onAnswer(listener: (key: string) => void): void {
    this.#listeners.push(listener);
  }

  /** Drops everything about an owner. */
  forget(uid: string): void {
    this.#entries.delete(uid);
  }

  /** The image by its digest, ready to run; undefined if the list forbids it or its digest is unknown. Sends no request. */
  pinned(owner: ImageOwner, image: string, allowList: AllowList = this.#options.allowList()): string | undefined {
    const checked = check(image, allowList);
    if ("forbidden" in checked) return undefined;
    const digest = checked.reference.digest ?? this.#digestOf(owner, image);
    return digest === undefined ? undefined : canonicalText(withDigest(checked.reference, digest));
  }

  /** Requests the digests that are missing, without waiting, and returns what keeps images from running. */
  request(owner: ImageOwner, images: readonly string[]): readonly ImageProblem[] {
    const entry = this.#entries.get(owner.uid) ?? { digests: new Map(), inFlight: new Set() };
    this.#entries.set(owner.uid, entry);
    return images.flatMap((image) => this.#requestOne(owner, entry, image) ?? []);
  }

  /** Keeps the digests of these images alone, and returns them for the record. A text that returns later is new. */
  retain(owner: ImageOwner, images: readonly string[]): readonly ResolvedImage[] {
    const kept = images.flatMap((image) => {
      const digest = image.includes("@") ? undefined : this.#digestOf(owner, image);
      return digest === undefined ? [] : [{ image, digest }];
    });
    const entry = this.#entries.get(owner.uid);
    entry?.digests.clear();
    for (const { image, digest } of kept) entry?.digests.set(image, digest);
    return kept;
  }

  #digestOf({ uid, recorded }: ImageOwner, image: string): string | undefined {
    const digest =
      this.#entries.get(uid)?.digests.get(image) ?? recorded.find((record) => record.image === image)?.digest;
    return digest !== undefined && isDigest(digest) ? digest : undefined;
  }

  #requestOne(owner: ImageOwner, entry: Entry, image: string): ImageProblem | undefined {
    const checked = check(image, this.#options.allowList());
    if ("forbidden" in checked) return { kind: "forbidden", message: checked.forbidden };
    const { reference } = checked;
    if (reference.digest !== undefined) return undefined;
    const digest = this.#digestOf(owner, image);
    if (digest !== undefined) {
      entry.digests.set(image, digest);
      return undefined;
    }
    const failure = this.#options.resolver.failureOf(reference);
    const isBlocked = failure !== undefined && failure.retryAfterMs > 0;
    if (!isBlocked) this.#send(owner, entry, image, reference);
    return {
      kind: failure === undefined || failure.kind === "unreachable" ? "unreachable" : "refused",
      message: failure?.message ?? `waiting for the registry ${reference.registry} to answer for ${image}`,
      retryAfterMs: isBlocked ? failure.retryAfterMs : IN_FLIGHT_RETRY_MS,
    };
  }

  #send({ uid, key }: ImageOwner, entry: Entry, image: string, reference: ImageReference): void {
    if (entry.inFlight.has(image)) return;
    entry.inFlight.add(image);
    const { resolver, onError } = this.#options;
    resolver.resolve(reference).then(
      (resolution) => {
        entry.inFlight.delete(image);
        if (this.#entries.get(uid) !== entry) return;
        if (resolution.kind === "found") entry.digests.set(image, resolution.digest);
        for (const listener of this.#listeners) listener(key);
      },
      (error: unknown) => {
        entry.inFlight.delete(image);
        // No listener: the run that it triggers would meet the same bug.
        onError(error);
      },
    );
  }
}

function check(
  image: string,
  allowList: AllowList,
): { readonly reference: ImageReference } | { readonly forbidden: string } {
  const parsed = parseReference(image);
  if (!parsed.ok) return { forbidden: parsed.problem };
  const decision = allowList.check(parsed.reference);
  return decision.allowed ? { reference: parsed.reference } : { forbidden: decision.message };
}
