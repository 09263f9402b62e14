/**
 * What the API server adds to the pods of a template today, learned by a dry run of creating one, and kept as digests. One entry a template, in the
 * record of its workload.
 */
import { type Clock, hashOf } from "kopf-ts";
import type { Memory, Remembered } from "./memory.ts";
import type { Explanation } from "./records/pod-explanation.ts";
import type { PodParts } from "./records/pod-fields.ts";
import type { TemplateRecord } from "./records/template.ts";

/** More than a workload keeps revisions; beside those, what pods are still made from. */
const KEPT = 20;
/** Of pods, beside those that live. */
const KEPT_PODS = 100;

/** Tools that fight over a webhook's configuration do not make us ask with every turn. */
const AT_MOST_EVERY_MS = 2_000;
const FIRST_RETRY_MS = 60_000;
const LONGEST_RETRY_MS = 60 * 60_000;

type Answer = Pick<Explanation, "parts" | "additions" | "breaks" | "failure">;

/** What there is of a workload, by its `namespace/name`: nothing of it is forgotten, however many came after it. */
interface Standing {
  /** Whether something exists that pods are made from with this template. */
  readonly isTemplateInUse: (workload: string, digest: string) => boolean;
  /** The digests of the live pods' parts. */
  readonly podDigests: (workload: string) => ReadonlySet<string>;
}

interface Options extends Standing {
  readonly memory: Memory;
  readonly clock: Clock;
  /** Moves with the configuration of admission. */
  readonly version: () => number;
}

export class PodExplanations {
  readonly #memory: Memory;
  readonly #clock: Clock;
  readonly #version: () => number;
  readonly #standing: Standing;

  constructor({ memory, clock, version, ...standing }: Options) {
    this.#memory = memory;
    this.#clock = clock;
    this.#version = version;
    this.#standing = standing;
  }

  /** Whether anything was ever asked about the workload. */
  areKnown(workload: Remembered): boolean {
    return (this.#memory.of(workload).podExplanations?.size ?? 0) > 0;
  }

  of(workload: Remembered, template: TemplateRecord): Explanation | undefined {
    return this.#memory.of(workload).podExplanations?.get(keyOf(template));
  }

  /** Whether what is known says what admission does to a pod created then: webhooks change without a trace in the configuration. */
  isDecisive({ version, learnedAtMs }: Explanation, { createdMs }: { readonly createdMs: number }): boolean {
    return version === this.#version() && learnedAtMs >= createdMs;
  }

  /** Milliseconds until the API server is to be asked; undefined where its answer stands. `isOpen`: a pod waits for one. */
  dueInMs(workload: Remembered, template: TemplateRecord, isOpen: boolean): number | undefined {
    const known = this.of(workload, template);
    if (known === undefined) return 0;
    const nowMs = this.#clock.monotonicMs();
    if (known.failure !== undefined && known.version === this.#version()) return Math.max(0, known.againMs - nowMs);
    const isOutdated = isOpen || known.version !== this.#version();
    return isOutdated ? Math.max(0, known.learnedMs + AT_MOST_EVERY_MS - nowMs) : undefined;
  }

  learn(workload: Remembered, template: TemplateRecord, answer: Answer): void {
    const nowMs = this.#clock.monotonicMs();
    const memory = this.#memory.of(workload);
    const before = memory.podExplanations?.get(keyOf(template));
    const failures = answer.failure === undefined ? 0 : (before?.failures ?? 0) + 1;
    const waitMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.max(0, failures - 1));
    const when = { learnedMs: nowMs, learnedAtMs: this.#clock.now(), againMs: nowMs + waitMs };
    const entry = { ...answer, ...when, failures, version: this.#version() };
    memory.podExplanations = withNewest(
      memory.podExplanations,
      keyOf(template),
      { ...entry, of: template.digest },
      {
        kept: KEPT,
        inUse: () => (digest) => this.#standing.isTemplateInUse(workload.key, digest),
      },
    );
  }

  /** A pod of these parts was explained once: it stays so when admission adds something else later. */
  believe(workload: Remembered, template: TemplateRecord, parts: PodParts): void {
    const memory = this.#memory.of(workload);
    memory.explainedPods = withNewest(
      memory.explainedPods,
      signatureOf(template, parts),
      { of: parts.digest },
      {
        kept: KEPT_PODS,
        inUse: () => {
          const live = this.#standing.podDigests(workload.key);
          return (digest) => live.has(digest);
        },
      },
    );
  }

  isBelieved(workload: Remembered, template: TemplateRecord, parts: PodParts): boolean {
    return this.#memory.of(workload).explainedPods?.has(signatureOf(template, parts)) === true;
  }
}

/** By object and content: an edited template is another one. */
const keyOf = ({ uid, digest }: TemplateRecord): string => `${uid}/${digest}`;

const signatureOf = (template: TemplateRecord, { digest }: PodParts): string =>
  hashOf([keyOf(template), digest]).slice(0, 24);

interface Keeping {
  readonly kept: number;
  /** Asked only when there are more. */
  readonly inUse: () => (digest: string) => boolean;
}

/** The newest stands last, and the oldest goes first, but for what is of something that there still is. */
function withNewest<T extends { readonly of: string }>(
  known: Map<string, T> | undefined,
  key: string,
  entry: T,
  { kept, inUse }: Keeping,
): Map<string, T> {
  const map = known ?? new Map<string, T>();
  const isKnown = map.delete(key);
  map.set(key, entry);
  if (isKnown || map.size <= kept) return map;
  const isInUse = inUse();
  for (const [oldest, { of }] of [...map].slice(0, -kept)) if (!isInUse(of)) map.delete(oldest);
  return map;
}
