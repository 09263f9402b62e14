/** Elements by hand: every text is a text node, so that no name becomes markup. */

type Attributes = Readonly<Record<string, string>>;

export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.map((child) => (typeof child === "string" ? visible(child) : child)));
  return made;
}

/** As the page itself writes what cannot be seen. */
const visible = (text: string): string => text.replace(/(?![\n\t])[\p{Cc}\p{Cs}\p{Bidi_Control}\uFFFE\uFFFF]/gu, "?");

export function button(words: string, act: () => void, isOff = false): HTMLButtonElement {
  const made = element("button", { type: "button" }, words);
  made.disabled = isOff;
  made.addEventListener("click", act);
  return made;
}

/** Of the page's own data; undefined where it has none of it. */
export function dataOf<T>(id: string): T | undefined {
  const text = document.getElementById(id)?.textContent;
  return text === undefined || text === null || text === "" ? undefined : (JSON.parse(text) as T);
}
