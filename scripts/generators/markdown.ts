/** Parts of generated pages. */

/** Words and what each means. */
export const catalogue = (heading: string, words: Readonly<Record<string, string>>): string =>
  table(
    [heading, "meaning"],
    Object.entries(words).map(([word, meaning]) => [`\`${word}\``, meaning]),
  );

export const table = (headings: readonly string[], rows: readonly (readonly string[])[]): string =>
  [headings, headings.map(() => "---"), ...rows.map((row) => row.map(escaped))]
    .map((row) => `| ${row.join(" | ")} |`)
    .join("\n");

/** A pipe would end the cell. */
const escaped = (text: string): string => text.replaceAll("|", "\\|");
