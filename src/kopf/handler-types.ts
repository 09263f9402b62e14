/** What a kopf-style handler is given, and how one is registered. */
import type { Cause } from "./causes.ts";
import type { Client } from "./client.ts";
import type { Filters } from "./filters.ts";
import type { Logger } from "./log-fields.ts";
import type { KubeObject } from "./object.ts";

export interface HandlerContext {
  readonly object: KubeObject;
  /** The object's `spec`, as unchecked as it came; an empty object where there is none. */
  readonly spec: Readonly<Record<string, unknown>>;
  /** For a field handler: what the field holds now. */
  readonly value: unknown;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly cause: Cause | "field" | "timer";
  /** Its writes end with `signal`: a run that was cut off writes nothing afterwards. */
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

/** Awaited. Throws TemporaryError to be tried again, PermanentError to give up until the object changes; anything else backs off. */
export type Handler = (context: HandlerContext) => unknown;

export interface TimerOptions {
  readonly everyMs: number;
  /** Only when the object has not changed for so long; its status does not count. */
  readonly idleMs?: number;
  readonly initialDelayMs?: number;
}

/** A raw change; of a deletion, the object as it was last seen. */
export interface RawChange {
  readonly type: "added" | "updated" | "deleted";
  readonly object: KubeObject;
}

/** A handler as it was registered. */
export interface Registered extends Filters {
  readonly id: string;
  readonly cause: Cause | "field" | "timer";
  readonly run: Handler;
  readonly path?: string;
  readonly timer?: TimerOptions;
}
