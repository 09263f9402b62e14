/**
 * Reads in full what a cache hears of by its metadata alone: each object once for each change, a few at a time, and until the
 * server answers.
 */
import { isNotFound } from "./api-error.ts";
import { exponentialMs } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import { failureFields, type Logger } from "./log-fields.ts";
import { type KubeObject, keyOf, type ObjectName } from "./object.ts";
import { apiVersionOf, pathOf, type Resource } from "./resource.ts";
import { compareVersions } from "./resource-version.ts";
import type { Transport } from "./transport-types.ts";

/** How a cache hears of a state: by a watch, a list, or a list after etcd was restored from a backup. */
export type Heard = "event" | "list" | "restore";

export interface FullReadsOptions {
  readonly transport: Transport;
  readonly resource: Resource;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random?: (() => number) | undefined;
  /** Whether the cache has this state, or a later one, meanwhile. */
  readonly isHeld: (key: string, version: string) => boolean;
  readonly take: (object: KubeObject, heard: Heard) => void;
  /** Called on every failed read. */
  readonly onFailure: () => void;
}

/** What is to be read. A change that is heard of meanwhile counts as one with it, until the request is sent. */
interface Due {
  readonly name: ObjectName;
  version: string;
  heard: Heard;
  failures: number;
  readonly done: PromiseWithResolvers<void>;
}

/** Fewer than the transport has connections for reads: lists go on beside. */
const AT_ONCE = 4;
const RETRY_MS = 200;
const MAX_RETRY_MS = 30_000;

/** The media type of metadata alone; a server that does not know it answers in full. */
export const METADATA_ONLY = {
  list: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json",
  watch: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json",
} as const;

/** Whether an object is its metadata alone, as the API server sends it to who asks for no more. */
export const isMetadataOnly = ({ kind }: KubeObject): boolean => kind === "PartialObjectMetadata";

export class FullReads {
  readonly #options: FullReadsOptions;
  readonly #due = new Map<string, Due>();
  readonly #waiting = new Set<string>();
  #running = 0;
  #signal: AbortSignal | undefined;

  constructor(options: FullReadsOptions) {
    this.#options = options;
  }

  /** The object stands at `version`, which nobody has read. */
  ask(name: ObjectName, version: string, heard: Heard): void {
    const key = keyOf(name);
    const due = this.#due.get(key);
    if (due === undefined) {
      this.#due.set(key, { name, version, heard, failures: 0, done: Promise.withResolvers() });
      this.#waiting.add(key);
      this.#start();
      return;
    }
    due.version = version;
    // After a restore the answer counts, however old its version is.
    if (due.heard !== "restore") due.heard = heard;
  }

  /** Resolves when all that was asked for until now has been answered. */
  async answered(): Promise<void> {
    await Promise.all([...this.#due.values()].map(({ done }) => done.promise));
  }

  /** Sends requests until `signal` aborts. */
  run(signal: AbortSignal): void {
    this.#signal = signal;
    this.#start();
  }

  #start(): void {
    const signal = this.#signal;
    if (signal === undefined || signal.aborted) return;
    for (const key of this.#waiting) {
      if (this.#running >= AT_ONCE) return;
      this.#waiting.delete(key);
      const due = this.#due.get(key);
      if (due === undefined) continue;
      this.#running += 1;
      void this.#read(key, due, signal).finally(() => {
        this.#running -= 1;
        this.#start();
      });
    }
  }

  async #read(key: string, due: Due, signal: AbortSignal): Promise<void> {
    const { version, heard } = due;
    const { isHeld, take } = this.#options;
    if (heard === "restore" || !isHeld(key, version)) {
      const object = await this.#get(due, signal);
      if (object === "failed") return this.#retry(key, due, signal);
      if (object !== undefined) take(object, due.heard);
      // What was heard of while the request was under way may be newer than its answer.
      const answered = object?.metadata.resourceVersion ?? version;
      if (due.version !== version && compareVersions(due.version, answered) > 0) {
        this.#waiting.add(key);
        return;
      }
    }
    this.#due.delete(key);
    due.done.resolve();
  }

  /** Undefined when the object is gone: its deletion is heard of as well. */
  async #get({ name }: Due, signal: AbortSignal): Promise<KubeObject | "failed" | undefined> {
    const { transport, resource, logger, onFailure } = this.#options;
    try {
      const path = pathOf(resource, name);
      const object = await transport.request<KubeObject>({ method: "GET", path, signal });
      return { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind };
    } catch (error) {
      if (isNotFound(error)) return undefined;
      if (signal.aborted) return "failed";
      onFailure();
      logger.warn({ resource: resource.plural, ...failureFields(logger, error) }, "read failed");
      return "failed";
    }
  }

  #retry(key: string, due: Due, signal: AbortSignal): void {
    const { clock, random = Math.random } = this.#options;
    due.failures += 1;
    if (signal.aborted) return;
    const cancel = clock.after((0.5 + random() / 2) * exponentialMs(due.failures, RETRY_MS, MAX_RETRY_MS), () => {
      signal.removeEventListener("abort", cancel);
      this.#waiting.add(key);
      this.#start();
    });
    signal.addEventListener("abort", cancel, { once: true });
  }
}
