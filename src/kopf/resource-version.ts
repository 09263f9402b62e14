/** Versions are comparable (KEP-5504): digits only, the longer is the later, equal lengths compare as text. */
export function compareVersions(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}
