/** Converts between bytes and values: request paths, answers, and the lines of a watch. */
import { ApiError, noAnswer } from "./api-error.ts";
import { LineSplitter } from "./line-splitter.ts";
import type { WatchEvent } from "./transport-types.ts";

export function withQuery(
  path: string,
  query: Readonly<Record<string, string | number | boolean | undefined>> | undefined,
): string {
  if (query === undefined) return path;
  let text = path;
  let separator = "?";
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined) continue;
    text += `${separator}${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`;
    separator = "&";
  }
  return text;
}

/** Undefined when `text` is not JSON. The parser's message is dropped: it quotes the input, which may be a Secret. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The answer to a request, with the type its caller names; undefined when empty. */
export function parseAnswer<T>(subject: string, text: string): T {
  const value = text === "" ? undefined : jsonOf(text);
  if (value === undefined && text !== "") throw noAnswer(subject, "Broken", "the answer is not complete JSON");
  return value as T;
}

/** Yields a batch for each chunk that ends a line; nothing after `signal` aborts. Throws when the stream ends inside a line. */
export async function* readEvents(
  subject: string,
  body: AsyncIterable<Buffer>,
  signal: AbortSignal,
): AsyncIterable<readonly WatchEvent[]> {
  const lines = new LineSplitter();
  try {
    for await (const chunk of body) {
      const events = parseEvents(subject, lines.push(chunk));
      if (signal.aborted) return;
      if (events.length > 0) yield events;
    }
    if (lines.isMidLine) throw noAnswer(subject, "Broken", "the stream ended inside an event");
  } catch (error) {
    if (!signal.aborted) throw asApiError(subject, error);
  }
}

const asApiError = (subject: string, error: unknown): ApiError =>
  error instanceof ApiError ? error : noAnswer(subject, "Broken", "the connection broke", error);

function parseEvents(subject: string, lines: readonly string[]): readonly WatchEvent[] {
  const events: WatchEvent[] = [];
  for (const line of lines) {
    const event = jsonOf(line);
    if (!isWatchEvent(event)) throw noAnswer(subject, "Broken", "a line of the stream is not a watch event");
    events.push(event);
  }
  return events;
}

function isWatchEvent(value: unknown): value is WatchEvent {
  return (
    typeof value === "object" &&
    value !== null &&
    "type" in value &&
    "object" in value &&
    typeof value.object === "object" &&
    value.object !== null
  );
}
