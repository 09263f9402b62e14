/** One step of a path in a manifest: a key, or a position in a list. */
export type Step = string | number;
