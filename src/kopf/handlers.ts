/**
 * kopf's way of writing an operator: functions for create, update, delete, resume, a field, a timer and raw events.
 * Under it lies one level-based reconcile per resource: causes come from the object itself, not from the event that woke us.
 */
import type { Logger } from "pino";
import type { Cache } from "./cache.ts";
import { type Cause, causeOf, essenceOf, fieldOf, hashOf, type LastHandled, readLastHandled } from "./causes.ts";
import type { Client } from "./client.ts";
import type { ReconcileContext } from "./controller.ts";
import { type Filters, matches } from "./filters.ts";
import { type KubeObject, keyOf, type ObjectName } from "./object.ts";
import { from, type Operator } from "./operator.ts";
import { type Outcome, outcomeOfError, settled, waiting } from "./outcome.ts";
import type { Resource } from "./resource.ts";

export interface HandlerContext {
  readonly object: KubeObject;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly cause: Cause | "field" | "timer";
  readonly client: Client;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Failures of this object in a row before this run. */
  readonly retry: number;
  /** Scratch of this object, gone with it or with the process. */
  readonly memo: Map<string, unknown>;
  /** Merges into the object's status subresource. */
  readonly patchStatus: (status: Readonly<Record<string, unknown>>) => Promise<void>;
  readonly event: (type: "Normal" | "Warning", reason: string, note: string) => void;
}

/** Throws TemporaryError to be tried again, PermanentError to give up until the object changes; anything else backs off. */
export type Handler = (context: HandlerContext) => Promise<void> | void;

export interface TimerOptions {
  readonly everyMs: number;
  readonly initialDelayMs?: number;
}

export interface Index {
  /** What the objects under `key` gave, in no order. */
  get(key: string): readonly unknown[];
}

interface Registered extends Filters {
  readonly id: string;
  readonly cause: Cause | "field" | "timer";
  readonly run: Handler;
  readonly path?: string;
  readonly timer?: TimerOptions;
}

/** What this process knows of one object; losing it repeats handlers, which must bear that, and never skips one. */
interface Memory {
  readonly uid: string;
  readonly memo: Map<string, unknown>;
  readonly due: Map<string, number>;
  /** Handlers that ended for the pass called `pass`. */
  done: Set<string>;
  pass: string;
  resumed: boolean;
}

/** All handlers of one resource on one operator: they share a cache and a queue. */
export class ResourceHandlers {
  readonly cache: Cache<KubeObject>;
  readonly #operator: Operator;
  readonly #resource: Resource;
  readonly #name: string;
  readonly #handlers: Registered[] = [];
  readonly #memories = new Map<string, Memory>();
  readonly #indices = new Map<
    string,
    {
      of: (object: KubeObject) => Readonly<Record<string, unknown>>;
      values: Map<string, Readonly<Record<string, unknown>>>;
    }
  >();

  constructor(
    operator: Operator,
    resource: Resource,
    options: { readonly name: string; readonly namespace?: string; readonly concurrency?: number },
  ) {
    this.#operator = operator;
    this.#resource = resource;
    this.#name = options.name;
    this.cache = operator.cache<KubeObject>({
      resource,
      shape: withoutManagedFields,
      ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
    });
    this.cache.onChange(({ key, new: object }) => this.#reindex(key, object));
    operator.reconcile(`${resource.plural}.${options.name}`, (context) => this.#reconcile(context), {
      sources: [from(this.cache, ({ key }) => [key])],
      keys: () => [...this.cache.entries()].map(([key]) => key),
      concurrency: options.concurrency ?? 8,
    });
  }

  /** `delete` handlers bring a finalizer: the object stays until they are through. */
  on(cause: Cause, id: string, run: Handler, filters: Filters = {}): this {
    return this.#register({ ...filters, id: `${cause}/${id}`, cause, run });
  }

  /** Runs when the value at `path` is new or changed since it last succeeded. */
  field(path: string, id: string, run: Handler, filters: Filters = {}): this {
    return this.#register({ ...filters, id: `field/${path}/${id}`, cause: "field", run, path });
  }

  timer(id: string, timer: TimerOptions, run: Handler, filters: Filters = {}): this {
    return this.#register({ ...filters, id: `timer/${id}`, cause: "timer", run, timer });
  }

  /** Every change as it arrives, on every replica, without retries; an error is logged. */
  event(run: (change: { readonly type: "added" | "updated" | "deleted"; readonly object: KubeObject }) => void): this {
    this.cache.onChange(({ type, old, new: object }) => {
      const subject = object ?? old;
      if (subject !== undefined) run({ type, object: subject });
    });
    return this;
  }

  /** An in-memory multimap over all objects, kept with the cache. */
  index(name: string, of: (object: KubeObject) => Readonly<Record<string, unknown>>): Index {
    const values = new Map<string, Readonly<Record<string, unknown>>>();
    this.#indices.set(name, { of, values });
    return { get: (key) => [...values.values()].flatMap((entries) => (key in entries ? [entries[key]] : [])) };
  }

  get #lastHandledKey(): string {
    return `${this.#name}/last-handled`;
  }

  get #finalizer(): string {
    return `${this.#name}/finalizer`;
  }

  #register(handler: Registered): this {
    if (this.#handlers.some(({ id }) => id === handler.id))
      throw new Error(`the handler ${handler.id} is registered twice`);
    this.#handlers.push(handler);
    return this;
  }

  #reindex(key: string, object: KubeObject | undefined): void {
    for (const { of, values } of this.#indices.values()) {
      if (object === undefined) values.delete(key);
      else values.set(key, of(object));
    }
  }

  async #reconcile(context: ReconcileContext): Promise<Outcome> {
    const object = this.cache.get(context.key);
    if (object === undefined) {
      this.#memories.delete(context.key);
      return settled();
    }
    if (object.metadata.deletionTimestamp !== undefined) return this.#finalize(object, context);
    const held = await this.#withFinalizer(object);
    return held === undefined ? settled() : this.#handle(held, context);
  }

  async #handle(object: KubeObject, context: ReconcileContext): Promise<Outcome> {
    const memory = this.#memoryOf(context.key, object);
    const essence = essenceOf(object, this.#lastHandledKey);
    const last = readLastHandled(object, this.#lastHandledKey);
    const cause = causeOf(object, last, essence, memory.resumed);
    const chosen = this.#handlers.filter(
      (handler) => matches(object, handler) && (handler.cause === cause || isChangedField(handler, object, last)),
    );
    const outcome = await this.#runAll(chosen, `${cause ?? "none"}/${essence}`, object, memory, context);
    if (outcome.kind !== "settled") return outcome;
    memory.resumed = true;
    await this.#remember(object, { essence, fields: this.#fieldHashes(object) }, last);
    return this.#runTimers(object, memory, context);
  }

  async #finalize(object: KubeObject, context: ReconcileContext): Promise<Outcome> {
    const finalizers = object.metadata.finalizers ?? [];
    if (!finalizers.includes(this.#finalizer)) return settled();
    const memory = this.#memoryOf(context.key, object);
    const chosen = this.#handlers.filter((handler) => handler.cause === "delete" && matches(object, handler));
    const outcome = await this.#runAll(chosen, "delete", object, memory, context);
    if (outcome.kind !== "settled") return outcome;
    await this.#patchMetadata(object, { finalizers: finalizers.filter((finalizer) => finalizer !== this.#finalizer) });
    return settled();
  }

  /** The handlers that are not through yet; one that succeeded is not run again while a sibling is retried. */
  async #runAll(
    chosen: readonly Registered[],
    pass: string,
    object: KubeObject,
    memory: Memory,
    context: ReconcileContext,
  ): Promise<Outcome> {
    if (memory.pass !== pass) {
      memory.pass = pass;
      memory.done = new Set();
    }
    const outcomes: Outcome[] = [];
    for (const handler of chosen) {
      if (!memory.done.has(handler.id)) outcomes.push(await this.#runOne(handler, object, memory, context));
    }
    return worst(outcomes);
  }

  async #runOne(handler: Registered, object: KubeObject, memory: Memory, context: ReconcileContext): Promise<Outcome> {
    try {
      await handler.run(this.#contextOf(handler, object, memory, context));
      memory.done.add(handler.id);
      return settled();
    } catch (error) {
      const outcome = outcomeOfError(error);
      // Given up: its siblings go on, and the next change of the object tries it again.
      if (outcome.kind === "stalled") {
        memory.done.add(handler.id);
        context.logger.warn({ handler: handler.id, why: outcome.message }, "handler gave up");
        return settled();
      }
      return outcome;
    }
  }

  async #runTimers(object: KubeObject, memory: Memory, context: ReconcileContext): Promise<Outcome> {
    const { clock } = this.#operator;
    const outcomes: Outcome[] = [];
    for (const handler of this.#handlers) {
      if (handler.timer === undefined || !matches(object, handler)) continue;
      const { everyMs, initialDelayMs = 0 } = handler.timer;
      const due = memory.due.get(handler.id) ?? clock.monotonicMs() + initialDelayMs;
      memory.due.set(handler.id, due);
      if (clock.monotonicMs() >= due) {
        const outcome = await this.#runOne(handler, object, memory, context);
        if (outcome.kind !== "settled") outcomes.push(outcome);
        memory.due.set(handler.id, clock.monotonicMs() + everyMs);
      }
      outcomes.push(waiting("Timer", Math.max(0, (memory.due.get(handler.id) ?? 0) - clock.monotonicMs())));
    }
    return worst(outcomes);
  }

  #contextOf({ cause }: Registered, object: KubeObject, memory: Memory, context: ReconcileContext): HandlerContext {
    const { client, recorder } = this.#operator;
    const target = nameFrom(object);
    return {
      object,
      name: target.name,
      namespace: target.namespace,
      cause,
      client,
      logger: context.logger,
      signal: context.signal,
      retry: context.attempt,
      memo: memory.memo,
      patchStatus: async (status) => {
        this.cache.observe(
          await client.patch(
            this.#resource,
            target,
            { status },
            { type: "merge", subresource: "status", signal: context.signal },
          ),
        );
      },
      event: (type, reason, note) => recorder.event({ regarding: object, type, reason, action: "Handle", note }),
    };
  }

  #memoryOf(key: string, object: KubeObject): Memory {
    const uid = object.metadata.uid ?? "";
    const known = this.#memories.get(key);
    if (known?.uid === uid) return known;
    const fresh: Memory = { uid, memo: new Map(), due: new Map(), done: new Set(), pass: "", resumed: false };
    this.#memories.set(key, fresh);
    return fresh;
  }

  #fieldHashes(object: KubeObject): Readonly<Record<string, string>> {
    const paths = this.#handlers.flatMap(({ path }) => path ?? []);
    return Object.fromEntries(paths.map((path) => [path, hashOf(fieldOf(object, path))]));
  }

  async #remember(object: KubeObject, now: LastHandled, last: LastHandled | undefined): Promise<void> {
    const isWanted = this.#handlers.some(({ cause }) => cause !== "delete" && cause !== "timer");
    if (!isWanted || hashOf(last) === hashOf(now)) return;
    await this.#patchMetadata(object, { annotations: { [this.#lastHandledKey]: JSON.stringify(now) } });
  }

  async #withFinalizer(object: KubeObject): Promise<KubeObject | undefined> {
    const finalizers = object.metadata.finalizers ?? [];
    const isNeeded = this.#handlers.some((handler) => handler.cause === "delete" && matches(object, handler));
    if (!isNeeded || finalizers.includes(this.#finalizer)) return object;
    await this.#patchMetadata(object, { finalizers: [...finalizers, this.#finalizer] });
    return this.cache.get(keyOf(object.metadata));
  }

  /** Conditional on the version that was read: a finalizer list is written whole. */
  async #patchMetadata(object: KubeObject, metadata: object): Promise<void> {
    const { uid, resourceVersion } = object.metadata;
    const version = "finalizers" in metadata ? { resourceVersion } : {};
    const patch = { metadata: { ...metadata, uid, ...version } };
    this.cache.observe(await this.#operator.client.patch(this.#resource, nameFrom(object), patch, { type: "merge" }));
  }
}

function isChangedField({ cause, path }: Registered, object: KubeObject, last: LastHandled | undefined): boolean {
  if (cause !== "field" || path === undefined) return false;
  const value = fieldOf(object, path);
  const before = last?.fields[path];
  return before === undefined ? value !== undefined : before !== hashOf(value);
}

/** What to do after several handlers: a failure backs off, else the earliest wait counts. */
function worst(outcomes: readonly Outcome[]): Outcome {
  const broken = outcomes.find(({ kind }) => kind === "failed");
  if (broken !== undefined) return broken;
  const waits = outcomes.flatMap((outcome) => (outcome.kind === "waiting" ? [outcome] : []));
  return waits.sort((a, b) => a.retryAfterMs - b.retryAfterMs)[0] ?? settled();
}

const nameFrom = ({ metadata: { namespace, name } }: KubeObject): ObjectName =>
  namespace === undefined ? { name } : { namespace, name };

function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields: _dropped, ...metadata } = object.metadata;
  return { ...object, metadata };
}
