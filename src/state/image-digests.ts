/**
 * The digests that workloads' images run by. Once the platform team names registries, each tag resolves to a digest; a spec
 * whose images are not all resolved does not roll out, and the running revision keeps its digests.
 *
 * Without a list of registries no request leaves: the host of an image is a tenant's input, and the operator calls no server
 * on a tenant's word alone.
 */
import { type AllowList, parseReadableEntries } from "../images/allow-list.ts";
import {
  DigestCache,
  type DigestCacheOptions,
  type ImageOwner,
  type ImageProblem,
  type ResolvedImage,
} from "../images/digest-cache.ts";
import type { Memory } from "./memory.ts";
import type { WorkloadRecord } from "./records/workload.ts";

export interface ImageDigestsOptions extends Omit<DigestCacheOptions, "allowList"> {
  /** The registries that images may come from; undefined if the platform team names none. */
  readonly registries: () => readonly string[] | undefined;
  /** A workload's digests end with its term: from then on the status says them. */
  readonly memory: Memory;
}

export class ImageDigests {
  readonly #registries: () => readonly string[] | undefined;
  readonly #cache: DigestCache;
  readonly #memory: Memory;

  constructor({ registries, memory, ...options }: ImageDigestsOptions) {
    this.#registries = registries;
    this.#memory = memory;
    this.#cache = new DigestCache({ ...options, allowList: currentList(registries) });
    memory.onTermEnd((_term, uid) => this.#cache.forget(uid));
  }

  /** Calls `listener` with the key of each workload for which a registry answered. */
  onAnswer(listener: (key: string) => void): void {
    this.#cache.onAnswer(listener);
  }

  /** Each image to what runs for it; undefined while one of them is unknown or forbidden. Sends no request. */
  known(workload: WorkloadRecord, images: readonly string[]): Readonly<Record<string, string>> | undefined {
    if (this.#registries() === undefined) return NO_IMAGES;
    const pinned: Record<string, string> = {};
    for (const image of images) {
      const pin = this.#cache.pinned(ownerOf(workload), image);
      if (pin === undefined) return undefined;
      pinned[image] = pin;
    }
    return pinned;
  }

  /** Each image of a running pod by its digest, or as declared if that is unknown; the allow-list ends no running pod. */
  running(workload: WorkloadRecord, images: readonly string[]): Readonly<Record<string, string>> {
    const owner = ownerOf(workload);
    return Object.fromEntries(images.map((image) => [image, this.#cache.pinned(owner, image, EVERY_IMAGE) ?? image]));
  }

  /** Requests what is unknown, without waiting, and returns what keeps images from running. Only for the leading replica. */
  request(workload: WorkloadRecord, images: readonly string[]): readonly ImageProblem[] {
    if (this.#registries() === undefined || !this.#memory.isKept(workload)) return [];
    return this.#cache.request(ownerOf(workload), images);
  }

  /** What the status records: the digests of these images that came from a tag. Drops the digests of all others. */
  retain(workload: WorkloadRecord, images: readonly string[]): readonly ResolvedImage[] {
    return this.#registries() === undefined ? [] : this.#cache.retain(ownerOf(workload), images);
  }
}

/** Where no registries are named, nothing is pinned. */
export const NO_IMAGES: Readonly<Record<string, string>> = {};

const EVERY_IMAGE: AllowList = { check: () => ({ allowed: true }) };

const ownerOf = ({ key, ref: { uid }, status }: WorkloadRecord): ImageOwner => ({
  key,
  uid,
  recorded: status.images ?? [],
});

/** The list as the platform team has it at each moment; parsed again only after a change. */
function currentList(registries: () => readonly string[] | undefined): () => AllowList {
  let entries: readonly string[] | undefined;
  let list = parseReadableEntries([]);
  return () => {
    const now = registries() ?? [];
    if (now !== entries) {
      entries = now;
      list = parseReadableEntries(now);
    }
    return list;
  };
}
