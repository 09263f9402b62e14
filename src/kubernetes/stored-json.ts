/** JSON in the very bytes in which the API server writes it itself. Pure. */

const ESCAPED = /[<>&\u2028\u2029]/g;

/**
 * A value that `JSON.stringify` writes as Go's `encoding/json` does: keys in order, and `<`, `>`, `&` and the separators of lines escaped.
 *
 * What a kind holds as raw JSON (`RawExtension`, such as `data` of a ControllerRevision) the API server keeps as it was sent, and writes anew with the first
 * patch of anything beside it. Where the field is immutable it compares bytes, and so refuses every such patch of an object that was sent otherwise: the garbage
 * collector could not orphan it, and its owner would never end.
 */
export function asServerWrites(value: unknown): unknown {
  if (typeof value === "string") return asText(value);
  if (Array.isArray(value)) return value.map(asServerWrites);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(fields.map(([key, field]) => [key, asServerWrites(field)]));
}

const hex = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

const asText = (text: string): unknown => {
  const json = JSON.stringify(text).replace(ESCAPED, hex);
  return json === JSON.stringify(text) ? text : (JSON as unknown as WithRaw).rawJSON(json);
};

/** Of the language (JSON.parse source text access), and not in the types yet. */
interface WithRaw {
  rawJSON(json: string): unknown;
}
