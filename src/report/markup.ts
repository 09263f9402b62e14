/** HTML in which every value is text: names are chosen by whoever made an object. Pure. */
import { withEntities } from "../audit/formats/markup.ts";

/** Markup that was written here. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Value = Markup | string | number | undefined | readonly Value[];

/** A template of markup. Strings and numbers in it become text, whether they stand between tags or in a quoted attribute. */
export const html = (parts: TemplateStringsArray, ...values: readonly Value[]): Markup =>
  new Markup(String.raw({ raw: parts }, ...values.map(markupOf)));

function markupOf(value: Value): string {
  if (value === undefined) return "";
  if (value instanceof Markup) return value.text;
  if (typeof value === "string" || typeof value === "number") return escaped(String(value));
  return value.map(markupOf).join("");
}

/** Letters that cannot be seen, or that turn the order of what stands around them, are shown as a question mark. */
export const visible = (text: string): string =>
  text.replace(/(?![\n\t])[\p{Cc}\p{Cs}\p{Bidi_Control}\uFFFE\uFFFF]/gu, "?");

const escaped = (text: string): string => withEntities(visible(text));

/** JSON for a `<script>` that holds data: no text in it ends the element, opens a comment or another script, or breaks a line of one. */
export const dataScript = (id: string, data: unknown): Markup =>
  new Markup(`<script type="application/json" id="${id}">${jsonInHtml(data)}</script>`);

export const jsonInHtml = (data: unknown): string =>
  JSON.stringify(data).replace(
    /[<>&\u2028\u2029\p{Bidi_Control}]/gu,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
