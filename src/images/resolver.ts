/** Tag to digest, without a burden for any registry: what is asked already is not asked twice, and what fails is left alone. */
import type { Clock } from "../kopf/clock.ts";
import type { AllowList } from "./allow-list.ts";
import { Gate } from "./gate.ts";
import type { Lookup } from "./lookup.ts";
import { canonicalText, type ImageReference } from "./reference.ts";
import type { RegistryClient } from "./registry-client.ts";
import { StandingFailures } from "./standing-failures.ts";

export type Resolution = Found | Unresolved;

interface Found {
  readonly kind: "found";
  readonly digest: string;
}

export interface Unresolved {
  readonly kind: Exclude<Lookup["kind"], "found">;
  /** One line without a credential. */
  readonly message: string;
  /** Asking earlier only repeats this answer. */
  readonly retryAfterMs: number;
}

/** One request that was really made. There are few registries: the name may be a metric's label. */
export interface LookupEvent {
  readonly registry: string;
  readonly outcome: Lookup["kind"];
  readonly seconds: number;
}

export interface ImageResolverOptions {
  readonly client: Pick<RegistryClient, "digestOf">;
  /** No request leaves for what it does not allow. */
  readonly allowList: AllowList;
  readonly clock: Clock;
  /** See `Credentials.version`. */
  readonly credentialsVersion?: () => number;
  readonly onLookup?: (event: LookupEvent) => void;
}

const MAX_WAIT_MS = 5 * 60_000;
/** A registry that does not answer. */
const REGISTRY_BASE_MS = 1_000;
/** An image that it has not, or does not give: a push or a new credential mends that, in a person's time. */
const IMAGE_BASE_MS = 5_000;
/** To one registry at once; as a dead one's waiters hold up nobody else's, there is no bound over all. */
const AT_ONCE = 4;

type Silence = Extract<Lookup, { readonly kind: "unreachable" }>;
type Answered = Exclude<Lookup, Found | Silence>;

/**
 * Nothing is kept of a success: the caller records it, and does not ask again. Failures are kept, so that asking on every pass
 * costs nothing. One that the registry answered with stands for this image; silence stands for the whole registry, and when
 * its time is over one request goes first, and the others go if that is answered. Both stand twice as long each time, five
 * minutes at most. A change of the credentials ends what was answered, since a registry may hide what it does not give.
 */
export class ImageResolver {
  readonly #options: ImageResolverOptions;
  readonly #inFlight = new Map<string, Promise<Resolution>>();
  readonly #gates = new Map<string, Gate>();
  readonly #silent: StandingFailures<Silence>;
  readonly #answered: StandingFailures<Answered>;
  #credentialsVersion: number | undefined;

  constructor(options: ImageResolverOptions) {
    const { clock } = options;
    this.#options = options;
    this.#silent = new StandingFailures({ clock, baseMs: REGISTRY_BASE_MS, maxMs: MAX_WAIT_MS });
    this.#answered = new StandingFailures({ clock, baseMs: IMAGE_BASE_MS, maxMs: MAX_WAIT_MS });
  }

  /** Rejects for nothing that a registry does. */
  resolve(reference: ImageReference): Promise<Resolution> {
    const admission = this.#options.allowList.judge(reference);
    if (!admission.allowed) {
      return Promise.resolve({ kind: "denied", message: admission.message, retryAfterMs: MAX_WAIT_MS });
    }
    const key = canonicalText(reference);
    const standing = this.#standing(reference, key);
    if (standing !== undefined) return Promise.resolve(standing);
    const inFlight = this.#inFlight.get(key) ?? this.#enter(reference, key);
    this.#inFlight.set(key, inFlight);
    return inFlight;
  }

  #standing({ registry }: ImageReference, key: string): Unresolved | undefined {
    const version = this.#options.credentialsVersion?.();
    if (version !== this.#credentialsVersion) this.#answered.clearAll();
    this.#credentialsVersion = version;
    const standing = this.#answered.of(key) ?? this.#silent.of(registry);
    if (standing === undefined) return undefined;
    const { kind, message } = standing.failure;
    return { kind, message, retryAfterMs: standing.retryAfterMs };
  }

  async #enter(reference: ImageReference, key: string): Promise<Resolution> {
    try {
      return await this.#gateOf(reference.registry).through(
        // It may have fallen silent while this one waited.
        async () => this.#standing(reference, key) ?? (await this.#ask(reference, key)),
      );
    } finally {
      this.#inFlight.delete(key);
    }
  }

  async #ask(reference: ImageReference, key: string): Promise<Resolution> {
    const { client, clock, onLookup } = this.#options;
    const { registry } = reference;
    const startedMs = clock.monotonicMs();
    const lookup = await client.digestOf(reference);
    onLookup?.({ registry, outcome: lookup.kind, seconds: (clock.monotonicMs() - startedMs) / 1_000 });
    if (lookup.kind === "unreachable") {
      const retryAfterMs = this.#silent.add(registry, lookup, lookup.retryAfterMs);
      return { kind: lookup.kind, message: lookup.message, retryAfterMs };
    }
    this.#silent.clear(registry);
    if (lookup.kind !== "found") return { ...lookup, retryAfterMs: this.#answered.add(key, lookup) };
    this.#answered.clear(key);
    return lookup;
  }

  #gateOf(registry: string): Gate {
    const known = this.#gates.get(registry);
    if (known !== undefined) return known;
    const gate = new Gate(() => (this.#silent.has(registry) ? 1 : AT_ONCE));
    this.#gates.set(registry, gate);
    return gate;
  }
}
