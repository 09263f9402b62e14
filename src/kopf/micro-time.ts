/** `metav1.MicroTime`: RFC 3339 in UTC with exactly six digits; the server refuses fewer in a Lease. */
export function microTime(epochMs: number): string {
  return new Date(epochMs).toISOString().replace(/\.(\d{3})Z$/, ".$1000Z");
}
