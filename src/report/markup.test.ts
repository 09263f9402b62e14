/** Whatever a name holds, it is text. */
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { html, jsonInHtml, visible } from "./markup.ts";

const hostile = fc.oneof(
  fc.string({ unit: "binary" }),
  fc
    .array(
      fc.constantFrom(
        "<script>",
        "</script>",
        "<!--",
        "-->",
        "]]>",
        '"',
        "'",
        "`",
        "&lt;",
        "\u2028",
        "<img src=x onerror=alert(1)>",
        "\u0000",
        "\u202e",
        "x",
      ),
      { maxLength: 6 },
    )
    .map((parts) => parts.join("")),
);

test("a value ends neither its element nor its attribute", () => {
  fc.assert(
    fc.property(hostile, (value) => {
      const { text } = html`<p title="${value}">${[value, html`<b>${value}</b>`]}</p>`;
      expect(text.match(/<[^>]*>/g)).toHaveLength(4);
      expect(text.match(/"/g)).toHaveLength(2);
      expect(text).not.toMatch(/(?![\n\t])[\p{Cc}\p{Bidi_Control}]/u);
    }),
  );
});

test("numbers, lists and nothing are written as they are", () => {
  expect(html`${1}${undefined}${["a", ["<"]]}`.text).toBe("1a&lt;");
});

test("JSON in a script is the same JSON, and ends no script", () => {
  fc.assert(
    fc.property(fc.dictionary(hostile, fc.oneof(hostile, fc.array(hostile), fc.integer())), (data) => {
      const text = jsonInHtml(data);
      expect(text).not.toMatch(/[<>&\u2028\u2029]/);
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(data)));
    }),
  );
});

test("letters that turn what stands around them are shown", () => {
  expect(visible("shop\u202egnp.exe\u0007")).toBe("shop?gnp.exe?");
  expect(visible("größe 名前\n\tx")).toBe("größe 名前\n\tx");
});
