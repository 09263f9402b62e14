/**
 * Between reconcilers, which never wait, and registries, which take their time: a pass gets what is known now, and another
 * pass is woken by what comes in.
 */
import type { Clock } from "../kopf/clock.ts";
import type { AllowList } from "./allow-list.ts";
import { type Obstacle, type Pin, pinOf, type RecordedImage } from "./pin.ts";
import { type ImageReference, parseReference } from "./reference.ts";
import type { ImageResolver, Resolution } from "./resolver.ts";

export interface DeclaredImage {
  readonly container: string;
  readonly image: string;
}

/** One entry of `status.images`. */
export interface ContainerImage extends RecordedImage {
  readonly container: string;
}

export interface WorkloadImages {
  /** As listeners are told it. */
  readonly key: string;
  /** Of the workload object: one that is made anew under the same name begins anew. */
  readonly uid: string;
  readonly declared: readonly DeclaredImage[];
  /** What the status says; believed until this process has decided for itself. */
  readonly recorded: readonly ContainerImage[];
}

export interface ImageDeskOptions {
  readonly resolver: Pick<ImageResolver, "resolve">;
  readonly allowList: AllowList;
  readonly clock: Clock;
  /** A bug, never a registry's doing. */
  readonly onError: (error: unknown) => void;
}

/** Should an answer under way be lost after all, the next pass asks again. */
const UNDER_WAY_MS = 15_000;

interface Answer {
  readonly resolution: Resolution;
  readonly dueMs: number;
}

interface Memory {
  /** By container. It outranks the status: whoever edits that changes nothing. */
  readonly decided: Map<string, RecordedImage>;
  /** By declared text: held until it is declared no more. */
  readonly answers: Map<string, Answer>;
  readonly asking: Set<string>;
}

export class ImageDesk {
  readonly #options: ImageDeskOptions;
  readonly #memories = new Map<string, Memory>();
  readonly #listeners: ((key: string) => void)[] = [];

  constructor(options: ImageDeskOptions) {
    this.#options = options;
  }

  /** `listener` is told the key of each workload for which an answer came in, and is to bring its next pass. */
  onAnswer(listener: (key: string) => void): void {
    this.#listeners.push(listener);
  }

  /**
   * A pin for each declared image, by container, in the order of declaration. Asks registries where that is due, and never
   * waits for them. The same answer until something new is known.
   */
  pins(workload: WorkloadImages): ReadonlyMap<string, Pin> {
    const memory = this.#memoryOf(workload);
    return new Map(
      workload.declared.map(({ container, image }) => {
        const recorded =
          memory.decided.get(container) ?? workload.recorded.find((record) => record.container === container);
        const pin = this.#decide(workload, memory, image, recorded);
        const decided = pin.kind === "asking" ? pin.lastGood : pin.kind === "unresolved" ? undefined : pin;
        if (decided !== undefined) memory.decided.set(container, decided.record);
        return [container, pin];
      }),
    );
  }

  /** For a workload that is gone. */
  forget(uid: string): void {
    this.#memories.delete(uid);
  }

  #decide(workload: WorkloadImages, memory: Memory, declared: string, recorded: RecordedImage | undefined): Pin {
    const answer = memory.answers.get(declared);
    const waitMs = answer === undefined ? 0 : answer.dueMs - this.#options.clock.monotonicMs();
    const pin = pinOf({
      declared,
      recorded,
      allowList: this.#options.allowList,
      result: answer?.resolution,
    });
    if (pin.kind === "asking") this.#ask(workload, memory, declared, pin.reference);
    if (pin.kind === "pinned" || pin.kind === "asking" || pin.obstacle.kind === "forbidden") return pin;
    const parsed = parseReference(declared);
    if (waitMs <= 0 && parsed.ok) this.#ask(workload, memory, declared, parsed.reference);
    return { ...pin, obstacle: retryingIn(pin.obstacle, waitMs > 0 ? waitMs : UNDER_WAY_MS) };
  }

  #ask(workload: WorkloadImages, memory: Memory, declared: string, reference: ImageReference): void {
    if (memory.asking.has(declared)) return;
    memory.asking.add(declared);
    const { resolver, clock, onError } = this.#options;
    resolver.resolve(reference).then(
      (resolution) => {
        memory.asking.delete(declared);
        const retryAfterMs = resolution.kind === "found" ? 0 : resolution.retryAfterMs;
        memory.answers.set(declared, { resolution, dueMs: clock.monotonicMs() + retryAfterMs });
        if (this.#memories.get(workload.uid) === memory) this.#tell(workload.key);
      },
      (error: unknown) => {
        memory.asking.delete(declared);
        // Nobody is woken: the pass would only meet the bug again.
        onError(error);
      },
    );
  }

  #tell(key: string): void {
    for (const listener of this.#listeners) listener(key);
  }

  /** Without what is declared no more: a text that comes back later is new, and asked for anew. */
  #memoryOf({ uid, declared }: WorkloadImages): Memory {
    const memory = this.#memories.get(uid) ?? { decided: new Map(), answers: new Map(), asking: new Set() };
    this.#memories.set(uid, memory);
    for (const container of [...memory.decided.keys()]) {
      if (!declared.some((image) => image.container === container)) memory.decided.delete(container);
    }
    for (const text of [...memory.answers.keys()]) {
      if (!declared.some(({ image }) => image === text)) memory.answers.delete(text);
    }
    return memory;
  }
}

const retryingIn = (obstacle: Obstacle, retryAfterMs: number): Obstacle =>
  obstacle.kind === "forbidden" ? obstacle : { ...obstacle, retryAfterMs };
