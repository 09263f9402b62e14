/**
 * kopf's way of writing an operator: functions for create, update, delete, resume, a field, a timer and raw events.
 * Under it lies one level-based reconcile per resource: causes come from the object itself, not from the event that woke us.
 */
import { isConflict, isNotFound } from "./api-error.ts";
import type { Cache } from "./cache.ts";
import { type Cause, causeOf, essenceOf, fieldOf, hashOf, type LastHandled, readLastHandled } from "./causes.ts";
import { createClient } from "./client.ts";
import type { ReconcileContext } from "./controller.ts";
import { type Filters, matches } from "./filters.ts";
import { Memories, type Memory, noteEssence } from "./handler-memory.ts";
import { dueOf, isChangedField, needsLastHandled, worst } from "./handler-rules.ts";
import type { Handler, HandlerContext, RawChange, Registered, TimerOptions } from "./handler-types.ts";
import { failureFields } from "./log-fields.ts";
import { type KubeObject, keyOf, type ObjectName } from "./object.ts";
import { type Index, type IndexOf, ObjectIndex } from "./object-index.ts";
import { from, type Operator } from "./operator.ts";
import { type Outcome, outcomeOfError, settled, waiting } from "./outcome.ts";
import type { Resource } from "./resource.ts";

/** How soon an object is looked at again that changed under a write of ours. */
const MOVED_MS = 100;

/** All handlers of one resource on one operator: they share a cache and a queue. */
export class ResourceHandlers {
  readonly cache: Cache<KubeObject>;
  readonly #operator: Operator;
  readonly #resource: Resource;
  readonly #name: string;
  readonly #handlers: Registered[] = [];
  readonly #memories = new Memories();

  constructor(
    operator: Operator,
    resource: Resource,
    options: { readonly name?: string; readonly namespace?: string; readonly concurrency?: number } = {},
  ) {
    this.#operator = operator;
    this.#resource = resource;
    this.#name = options.name ?? operator.client.fieldManager;
    this.cache = operator.cache<KubeObject>({
      resource,
      shape: withoutManagedFields,
      ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
    });
    operator.reconcile(`${resource.plural}.${this.#name}`, (context) => this.#reconcile(context), {
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
  event(run: (change: RawChange) => void | Promise<void>, filters: Filters = {}): this {
    const { logger } = this.#operator;
    this.cache.onChange(({ key, type, old, new: object }) => {
      const subject = object ?? old;
      if (subject === undefined || !matches(subject, filters)) return;
      Promise.resolve()
        .then(() => run({ type, object: subject }))
        .catch((error: unknown) =>
          logger.error({ object: key, ...failureFields(logger, error) }, "event handler failed"),
        );
    });
    return this;
  }

  /** An in-memory multimap over all objects, on every replica. An object whose function throws is left out, and logged. */
  index(of: IndexOf): Index {
    const index = new ObjectIndex(of);
    this.cache.onChange(({ key, new: object }) => index.put(key, object));
    return index;
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

  async #reconcile(context: ReconcileContext): Promise<Outcome> {
    const object = this.cache.get(context.key);
    if (object === undefined) {
      this.#memories.forget(context.key);
      return settled();
    }
    if (object.metadata.deletionTimestamp !== undefined) return this.#finalize(object, context);
    const held = await this.#withRightFinalizers(object);
    if (held === undefined) return waiting("ObjectMoved", MOVED_MS);
    return this.#handle(held, context);
  }

  async #handle(object: KubeObject, context: ReconcileContext): Promise<Outcome> {
    const memory = this.#memories.of(context.key, object);
    const essence = essenceOf(object, this.#lastHandledKey);
    const last = readLastHandled(object, this.#lastHandledKey);
    noteEssence(memory, essence, this.#operator.clock.monotonicMs());
    const cause = causeOf(object, last, essence, memory.resumed);
    // An object that changed while nobody watched is both: updated, and seen again.
    const isResumed = last !== undefined && !memory.resumed;
    const chosen = this.#handlers.filter(
      (handler) =>
        matches(object, handler) &&
        (handler.cause === cause || (isResumed && handler.cause === "resume") || isChangedField(handler, object, last)),
    );
    const outcome = await this.#runAll(chosen, `${cause ?? "none"}/${essence}`, object, memory, context);
    if (outcome.kind !== "settled") return outcome;
    memory.resumed = true;
    if (!(await this.#remember(object, { essence, fields: this.#fieldHashes(object) }, last)))
      return waiting("ObjectMoved", MOVED_MS);
    return this.#runTimers(object, memory, context);
  }

  async #finalize(object: KubeObject, context: ReconcileContext): Promise<Outcome> {
    const finalizers = object.metadata.finalizers ?? [];
    if (!finalizers.includes(this.#finalizer)) return settled();
    const memory = this.#memories.of(context.key, object);
    const chosen = this.#handlers.filter((handler) => handler.cause === "delete" && matches(object, handler));
    const outcome = await this.#runAll(chosen, "delete", object, memory, context);
    if (outcome.kind !== "settled") return outcome;
    const others = finalizers.filter((finalizer) => finalizer !== this.#finalizer);
    return (await this.#patchMetadata(object, { finalizers: others })) ? settled() : waiting("ObjectMoved", MOVED_MS);
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
        memory.gaveUp.add(handler.id);
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
      if (handler.timer === undefined || memory.gaveUp.has(handler.id) || !matches(object, handler)) continue;
      const dueMs = dueOf(handler.id, handler.timer, memory, clock.monotonicMs());
      if (clock.monotonicMs() < dueMs) {
        outcomes.push(waiting("Timer", dueMs - clock.monotonicMs()));
        continue;
      }
      const outcome = await this.#runOne(handler, object, memory, context);
      // A run that failed stays due: the back-off, or the delay it asked for, says when.
      if (outcome.kind === "settled") memory.due.set(handler.id, clock.monotonicMs() + handler.timer.everyMs);
      outcomes.push(outcome.kind === "settled" ? waiting("Timer", handler.timer.everyMs) : outcome);
    }
    return worst(outcomes);
  }

  #contextOf(
    { cause, path }: Registered,
    object: KubeObject,
    memory: Memory,
    context: ReconcileContext,
  ): HandlerContext {
    const { recorder, client: unbound } = this.#operator;
    const client = createClient(unbound.transport.withAbort(context.signal), unbound.fieldManager);
    const target = nameFrom(object);
    return {
      object,
      spec: (object["spec"] ?? {}) as Readonly<Record<string, unknown>>,
      value: path === undefined ? undefined : fieldOf(object, path),
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

  #fieldHashes(object: KubeObject): Readonly<Record<string, string>> {
    const paths = this.#handlers.flatMap(({ path }) => path ?? []);
    return Object.fromEntries(paths.map((path) => [path, hashOf(fieldOf(object, path))]));
  }

  /** An object that no handler is for is left untouched. False when it moved: then it is looked at again. */
  async #remember(object: KubeObject, now: LastHandled, last: LastHandled | undefined): Promise<boolean> {
    const isWanted = this.#handlers.some((handler) => needsLastHandled(handler) && matches(object, handler));
    if (!isWanted || hashOf(last) === hashOf(now)) return true;
    return this.#patchMetadata(object, { annotations: { [this.#lastHandledKey]: JSON.stringify(now) } });
  }

  /** Our finalizer is on what a delete handler is for, and on nothing else. Undefined when the object moved. */
  async #withRightFinalizers(object: KubeObject): Promise<KubeObject | undefined> {
    const finalizers = object.metadata.finalizers ?? [];
    const isNeeded = this.#handlers.some((handler) => handler.cause === "delete" && matches(object, handler));
    if (isNeeded === finalizers.includes(this.#finalizer)) return object;
    const others = finalizers.filter((finalizer) => finalizer !== this.#finalizer);
    const wanted = isNeeded ? [...others, this.#finalizer] : others;
    const isWritten = await this.#patchMetadata(object, { finalizers: wanted });
    return isWritten ? this.cache.get(keyOf(nameFrom(object))) : undefined;
  }

  /** Conditional on the uid and, since a finalizer list is written whole, on the version. False when either is past. */
  async #patchMetadata(object: KubeObject, metadata: object): Promise<boolean> {
    const { uid, resourceVersion } = object.metadata;
    const version = "finalizers" in metadata ? { resourceVersion } : {};
    const patch = { metadata: { ...metadata, uid, ...version } };
    try {
      this.cache.observe(await this.#operator.client.patch(this.#resource, nameFrom(object), patch, { type: "merge" }));
      return true;
    } catch (error) {
      if (isConflict(error) || isNotFound(error)) return false;
      throw error;
    }
  }
}

const nameFrom = ({ metadata: { namespace, name } }: KubeObject): ObjectName =>
  namespace === undefined ? { name } : { namespace, name };

function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields: _dropped, ...metadata } = object.metadata;
  return { ...object, metadata };
}
