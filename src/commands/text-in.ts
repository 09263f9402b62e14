/** The text that bytes hold: UTF-8, or UTF-16 where they begin as PowerShell writes it. Undefined for others: half of their letters would be lost in silence. */
export function textIn(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes;
  const begins = (one: number, other: number): boolean => first === one && second === other;
  const encoding = begins(0xff, 0xfe) ? "utf-16le" : begins(0xfe, 0xff) ? "utf-16be" : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: encoding === "utf-8" }).decode(bytes);
  } catch {
    return undefined;
  }
}
