/**
 * Orders two versions of one resource: negative when `a` is the earlier. Versions are decimal numbers without leading
 * zeros, so the longer is the later, and equal lengths compare as text (KEP-5504); no number can overflow.
 */
export function compareVersions(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}
