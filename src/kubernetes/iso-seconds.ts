/** RFC 3339 to the second, as `metav1.Time` is. */
export const isoSeconds = (epochMs: number): string => new Date(epochMs).toISOString().replace(/\.[0-9]{3}Z$/, "Z");
