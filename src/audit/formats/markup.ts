/** Text as it may stand in XML and HTML, between tags and in attributes. Pure. */

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** What would begin or end markup, as text. */
export const withEntities = (text: string): string => text.replace(/[&<>"']/g, (letter) => ENTITIES[letter] ?? letter);

/** XML 1.0 has no control characters, escaped or not. */
export const escaped = (text: string): string => withEntities(text.replace(/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, "?"));
