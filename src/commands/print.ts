/** An answer in the format that was asked for: data on standard output, talk on standard error. */
import { YAML_FORM } from "../manifests/yaml-form.ts";
import {
  ANSWER_VERSION,
  type Answer,
  EXIT,
  type ExitCode,
  FORMATS,
  type Format,
  OTHER_FORMATS,
  type OtherFormat,
} from "./answer.ts";

interface Streams {
  readonly out: (text: string) => void;
  readonly talk: (text: string) => void;
}

/** The parser lets no other value through. */
export const formatOf = (value: unknown): Format | OtherFormat =>
  [...FORMATS, ...OTHER_FORMATS].find((format) => format === value) ?? "text";

/** Files hold names that nobody chose well: none of them moves the cursor or turns a line around. */
export const printable = (text: string): string => text.replace(/[\p{Cc}\p{Bidi_Control}]+/gu, "?");

/**
 * Data, in which line ends and tabs alone move the cursor. Anything else that would stands within quotes, in which YAML and JSON read it as what it was,
 * or in a comment.
 */
export const escaped = (text: string): string =>
  text.replace(/(?![\n\t])\p{Cc}/gu, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`);

export async function printAnswer(
  answer: Answer,
  format: Format | OtherFormat,
  { out, talk }: Streams,
): Promise<ExitCode> {
  const { hasFindings, talk: said = [], next } = answer;
  const text = await written(answer, format);
  // A page is no text for a terminal, and names the digests of its script and style.
  const shown = format === "html" ? text : escaped(text);
  if (shown !== "") out(shown.endsWith("\n") ? shown : `${shown}\n`);
  for (const line of said) talk(printable(line));
  if (next !== undefined) talk(printable(`next: ${next}`));
  return hasFindings ? EXIT.findings : EXIT.clean;
}

async function written({ kind, data, text, forms }: Answer, format: Format | OtherFormat): Promise<string> {
  const whole = { apiVersion: ANSWER_VERSION, kind, ...data };
  switch (format) {
    case "json":
      return JSON.stringify(whole, undefined, 2);
    case "yaml":
      return (await import("yaml")).stringify(whole, YAML_FORM);
    case "text":
      return text;
    default:
      return forms?.[format]?.() ?? text;
  }
}
