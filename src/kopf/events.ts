/**
 * Records Events through `events.k8s.io/v1` (KEP-383). The first Event is created; repeats become a series on it.
 * Never blocks or fails a handler: Events that cannot be sent are counted and dropped.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { randomBytes } from "node:crypto";
import type { Client } from "./client.ts";
import { type Clock, sleep } from "./clock.ts";
import { defined } from "./defined.ts";
import { failureFields, type Logger } from "./log-fields.ts";
import { microTime } from "./micro-time.ts";
import type { KubeObject, ObjectMeta } from "./object.ts";
import { outsideRun } from "./reconcile-run.ts";
import type { Resource } from "./resource.ts";

export const EVENT: Resource = {
  group: "events.k8s.io",
  version: "v1",
  kind: "Event",
  plural: "events",
  namespaced: true,
};

/** The object of an Event, or as much of it as is known. */
export interface EventSubject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Pick<ObjectMeta, "name" | "namespace" | "uid" | "resourceVersion">;
}

export interface EventInput {
  readonly regarding: EventSubject;
  readonly related?: EventSubject;
  readonly type: "Normal" | "Warning";
  /** Why, in one PascalCase word. */
  readonly reason: string;
  /** What was done, in one PascalCase word. */
  readonly action: string;
  /** For people; cut at 1,024 bytes, the API's limit. */
  readonly note: string;
}

export interface EventRecorder {
  /** Queues an Event; never throws. */
  event(input: EventInput): void;
  /** Sends what is queued, for at most `deadlineMs`. */
  flush(deadlineMs: number): Promise<void>;
}

export interface RecorderOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly logger: Logger;
  /** `reportingController`, a qualified name such as `palisade.dev/operator`. */
  readonly controller: string;
  readonly instance: string;
  readonly onDrop?: () => void;
  /** How many Events of one object may come at once; one a second after that. */
  readonly burst?: number;
}

const QUEUE_LIMIT = 1_000;
/** Repeats within this time belong to one series. */
const SERIES_MS = 6 * 60_000;
const MAX_SERIES = 5_000;
const NOTE_BYTES = 1_024;
const DEFAULT_BURST = 100;

interface Queued {
  readonly input: EventInput;
  readonly atMs: number;
  /** Sends in the async context of the handler that recorded it: the right to write ends with the handler's shard term. */
  readonly asHandler: (send: () => Promise<void>) => Promise<void>;
}

interface Series {
  readonly name: string;
  readonly namespace: string;
  count: number;
  lastMs: number;
}

export function createRecorder(options: RecorderOptions): EventRecorder {
  return new SeriesRecorder(options);
}

class SeriesRecorder implements EventRecorder {
  readonly #options: RecorderOptions;
  readonly #series = new Map<string, Series>();
  readonly #budgets = new Map<string, { tokens: number; atMs: number }>();
  readonly #queue: Queued[] = [];
  #sending: Promise<void> | undefined;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  event(input: EventInput): void {
    if (this.#queue.length >= QUEUE_LIMIT || !this.#withinBudget(input)) {
      this.#options.onDrop?.();
      return;
    }
    const asHandler = outsideRun(() => AsyncLocalStorage.snapshot());
    this.#queue.push({ input, atMs: this.#options.clock.now(), asHandler });
    this.#sending ??= outsideRun(() => this.#drain()).finally(() => {
      this.#sending = undefined;
    });
  }

  async flush(deadlineMs: number): Promise<void> {
    if (this.#sending === undefined) return;
    const enough = new AbortController();
    await Promise.race([this.#sending, sleep(this.#options.clock, deadlineMs, enough.signal)]);
    enough.abort();
  }

  async #drain(): Promise<void> {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      try {
        const { input, atMs, asHandler } = next;
        await asHandler(() => this.#send(input, atMs));
      } catch (error) {
        this.#options.onDrop?.();
        const { logger } = this.#options;
        logger.debug({ reason: next.input.reason, ...failureFields(logger, error) }, "event not sent");
      }
    }
  }

  async #send(input: EventInput, atMs: number): Promise<void> {
    const key = seriesKey(input);
    const known = this.#series.get(key);
    if (known !== undefined && atMs - known.lastMs < SERIES_MS && (await this.#repeat(known, atMs))) return;
    const namespace = input.regarding.metadata.namespace ?? "default";
    const name = `${dnsNameOf(input.regarding.metadata.name)}.${randomBytes(8).toString("hex")}`;
    await this.#options.client.create(EVENT, this.#object(input, { namespace, name }, atMs));
    this.#series.delete(key);
    this.#series.set(key, { name, namespace, count: 1, lastMs: atMs });
    const [oldest] = this.#series.keys();
    if (this.#series.size > MAX_SERIES && oldest !== undefined) this.#series.delete(oldest);
  }

  /** False when the Event was deleted: then a new one is created. */
  async #repeat(series: Series, atMs: number): Promise<boolean> {
    const count = series.count + 1;
    try {
      const patch = { series: { count, lastObservedTime: microTime(atMs) } };
      await this.#options.client.patch(EVENT, series, patch, { type: "merge" });
    } catch {
      return false;
    }
    series.count = count;
    series.lastMs = atMs;
    return true;
  }

  #object(input: EventInput, metadata: ObjectMeta, atMs: number): KubeObject {
    return {
      apiVersion: "events.k8s.io/v1",
      kind: EVENT.kind,
      metadata,
      eventTime: microTime(atMs),
      reportingController: this.#options.controller,
      reportingInstance: this.#options.instance.slice(0, 128),
      action: input.action,
      reason: input.reason,
      type: input.type,
      note: cutToBytes(input.note, NOTE_BYTES),
      regarding: reference(input.regarding),
      ...(input.related === undefined ? {} : { related: reference(input.related) }),
    };
  }

  #withinBudget({ regarding }: EventInput): boolean {
    const key = `${regarding.kind}/${regarding.metadata.namespace ?? ""}/${regarding.metadata.name}`;
    const burst = this.#options.burst ?? DEFAULT_BURST;
    const now = this.#options.clock.monotonicMs();
    const budget = this.#budgets.get(key) ?? { tokens: burst, atMs: now };
    budget.tokens = Math.min(burst, budget.tokens + (now - budget.atMs) / 1_000);
    budget.atMs = now;
    if (budget.tokens < 1) return false;
    budget.tokens -= 1;
    this.#budgets.delete(key);
    this.#budgets.set(key, budget);
    const [oldest] = this.#budgets.keys();
    if (this.#budgets.size > MAX_SERIES && oldest !== undefined) this.#budgets.delete(oldest);
    return true;
  }
}

/** Numbers and times in a note differ between repeats of the same Event. */
function seriesKey({ regarding, related, type, reason, action, note }: EventInput): string {
  const pattern = note.replace(/[0-9]+/g, "0");
  return JSON.stringify([
    regarding.kind,
    regarding.metadata.uid ?? regarding.metadata.name,
    related?.kind,
    related?.metadata.name,
    type,
    reason,
    action,
    pattern,
  ]);
}

/** An Event's name is a DNS subdomain (RFC 1123); its object may be a Role named `system:node`. */
function dnsNameOf(name: string): string {
  const safe = name
    .toLowerCase()
    .replace(/[^a-z0-9.-]/g, "-")
    .slice(0, 200)
    .split(".");
  const labels = safe.map((label) => label.replace(/^-+|-+$/g, "")).filter((label) => label !== "");
  return labels.length === 0 ? "event" : labels.join(".");
}

function reference({ apiVersion, kind, metadata }: EventSubject) {
  const { name, namespace, uid, resourceVersion } = metadata;
  return { apiVersion, kind, name, ...defined({ namespace, uid, resourceVersion }) };
}

export function cutToBytes(text: string, limit: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= limit) return text;
  let end = limit - 3;
  // A cut inside a character would leave a broken one.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return `${bytes.subarray(0, end).toString()}...`;
}
