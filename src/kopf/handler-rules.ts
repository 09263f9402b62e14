/** Pure decisions about handlers: who is due, who is concerned, and what follows from several outcomes. */
import { fieldOf, hashOf, type LastHandled } from "./causes.ts";
import type { Memory } from "./handler-memory.ts";
import type { Registered, TimerOptions } from "./handler-types.ts";
import type { KubeObject } from "./object.ts";
import { type Outcome, settled } from "./outcome.ts";

/** Only these need to know what was handled last. */
export const needsLastHandled = ({ cause }: Registered): boolean => cause !== "delete" && cause !== "timer";

/** When a timer may run: on its interval, and not before the object has rested for `idleMs`. */
export function dueOf(id: string, timer: TimerOptions, memory: Memory, nowMs: number): number {
  const dueMs = memory.due.get(id) ?? nowMs + (timer.initialDelayMs ?? 0);
  memory.due.set(id, dueMs);
  return timer.idleMs === undefined ? dueMs : Math.max(dueMs, memory.changedMs + timer.idleMs);
}

export function isChangedField(
  { cause, path }: Registered,
  object: KubeObject,
  last: LastHandled | undefined,
): boolean {
  if (cause !== "field" || path === undefined) return false;
  const value = fieldOf(object, path);
  const before = last?.fields[path];
  return before === undefined ? value !== undefined : before !== hashOf(value);
}

/** What to do after several handlers: a failure backs off, else the earliest wait counts. */
export function worst(outcomes: readonly Outcome[]): Outcome {
  const broken = outcomes.find(({ kind }) => kind === "failed");
  if (broken !== undefined) return broken;
  const waits = outcomes.flatMap((outcome) => (outcome.kind === "waiting" ? [outcome] : []));
  return waits.sort((a, b) => a.retryAfterMs - b.retryAfterMs)[0] ?? settled();
}
