/** Resolves tags to digests without overloading registries: merges equal requests, limits concurrency, backs off after failures. */
import type { Clock } from "kopf-ts";
import pLimit, { type LimitFunction } from "p-limit";
import { type CachedFailure, NegativeCache } from "./negative-cache.ts";
import { canonicalText, type ImageReference, nameOf, tagOf } from "./reference.ts";
import type { RegistryClient } from "./registry-client.ts";
import type { Found } from "./resolution.ts";

export interface ImageResolverOptions {
  readonly client: Pick<RegistryClient, "digestOf">;
  readonly clock: Clock;
  /** See `Credentials.version`. */
  readonly credentialsVersion?: () => number;
}

const REGISTRY_BASE_MS = 1_000;
/** A push or a new credential fixes these failures, which takes a person's time. */
const IMAGE_BASE_MS = 5_000;
/** Per registry. There is no limit across registries, so a dead one delays no other. */
const CONCURRENT_REQUESTS = 4;

/**
 * Does not cache digests: the caller keeps them and does not ask again. Caches failures: one that the registry answered blocks
 * that image; an unreachable registry blocks all its images, and once the block ends a single request probes it first. New
 * credentials end the blocks of images, because registries hide what a credential may not see.
 */
export class ImageResolver {
  readonly #options: ImageResolverOptions;
  readonly #inFlight = new Map<string, Promise<Found | CachedFailure>>();
  readonly #limits = new Map<string, LimitFunction>();
  readonly #registryFailures: NegativeCache;
  readonly #imageFailures: NegativeCache;
  #credentialsVersion: number | undefined;

  constructor(options: ImageResolverOptions) {
    this.#options = options;
    this.#registryFailures = new NegativeCache(options.clock, REGISTRY_BASE_MS);
    this.#imageFailures = new NegativeCache(options.clock, IMAGE_BASE_MS);
  }

  /** Never rejects because of a registry. A blocked image gets its cached failure without a request. */
  resolve(reference: ImageReference): Promise<Found | CachedFailure> {
    const blocked = this.#blocked(reference);
    if (blocked !== undefined) return Promise.resolve(blocked);
    const key = canonicalText(reference);
    const inFlight = this.#inFlight.get(key) ?? this.#schedule(reference, key);
    this.#inFlight.set(key, inFlight);
    return inFlight;
  }

  /** Why the image did not resolve last time; undefined before the first attempt and after a success. Sends no request. */
  failureOf(reference: ImageReference): CachedFailure | undefined {
    const version = this.#options.credentialsVersion?.();
    if (version !== this.#credentialsVersion) this.#imageFailures.clear();
    this.#credentialsVersion = version;
    const ofImage = this.#imageFailures.get(canonicalText(reference));
    const ofRegistry = this.#registryFailures.get(reference.registry);
    const blocksLonger = (ofImage?.retryAfterMs ?? -1) >= (ofRegistry?.retryAfterMs ?? -1) ? ofImage : ofRegistry;
    return blocksLonger === undefined ? undefined : about(reference, blocksLonger);
  }

  #blocked(reference: ImageReference): CachedFailure | undefined {
    const failure = this.failureOf(reference);
    return failure === undefined || failure.retryAfterMs === 0 ? undefined : failure;
  }

  async #schedule(reference: ImageReference, key: string): Promise<Found | CachedFailure> {
    try {
      // The registry may have become unreachable while this request waited for its turn.
      return await this.#limitOf(reference.registry)(() => this.#blocked(reference) ?? this.#request(reference, key));
    } finally {
      this.#inFlight.delete(key);
    }
  }

  async #request(reference: ImageReference, key: string): Promise<Found | CachedFailure> {
    const { registry } = reference;
    const resolution = await this.#options.client.digestOf(reference);
    if (resolution.kind === "unreachable") {
      this.#limitOf(registry).concurrency = 1;
      return about(reference, this.#registryFailures.add(registry, resolution));
    }
    this.#limitOf(registry).concurrency = CONCURRENT_REQUESTS;
    this.#registryFailures.delete(registry);
    if (resolution.kind !== "found") return about(reference, this.#imageFailures.add(key, resolution));
    this.#imageFailures.delete(key);
    return resolution;
  }

  #limitOf(registry: string): LimitFunction {
    const limit = this.#limits.get(registry) ?? pLimit(CONCURRENT_REQUESTS);
    this.#limits.set(registry, limit);
    return limit;
  }
}

const about = (reference: ImageReference, failure: CachedFailure): CachedFailure => ({
  ...failure,
  message: `cannot resolve ${nameOf(reference)}:${tagOf(reference)}: ${failure.message}`,
});
