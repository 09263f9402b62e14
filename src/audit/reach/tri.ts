/** Yes, no, or that nobody here can tell. What cannot be told opens and never closes. Pure. */

export type Tri = boolean | "unknown";

export function all(parts: Iterable<Tri>): Tri {
  let result: Tri = true;
  for (const part of parts) {
    if (part === false) return false;
    if (part === "unknown") result = part;
  }
  return result;
}

export function any(parts: Iterable<Tri>): Tri {
  let result: Tri = false;
  for (const part of parts) {
    if (part === true) return true;
    if (part === "unknown") result = part;
  }
  return result;
}

export const not = (part: Tri): Tri => (part === "unknown" ? part : !part);
