/** How well each text stands out, by WCAG 2.2 (1.4.3): at least 4.5 to 1, for large text 3 to 1. Runs in the page. */
export function contrastOf(): { readonly seen: number; readonly below: readonly string[] } {
  const channel = (value: number): number => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const partsOf = (color: string): readonly number[] => (color.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = ([r = 0, g = 0, b = 0]: readonly number[]): number =>
    0.2126 * channel(r / 255) + 0.7152 * channel(g / 255) + 0.0722 * channel(b / 255);
  const backgroundOf = (element: Element | null): readonly number[] => {
    for (let at = element; at !== null; at = at.parentElement) {
      const parts = partsOf(getComputedStyle(at).backgroundColor);
      if ((parts[3] ?? 1) > 0) return parts;
    }
    return [255, 255, 255];
  };
  const below: string[] = [];
  let seen = 0;
  for (const element of document.querySelectorAll("body *:not(script):not(option)")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && (node.textContent ?? "").trim() !== "");
    if (!own || element.getClientRects().length === 0) continue;
    seen += 1;
    const { color, fontSize, fontWeight } = getComputedStyle(element);
    const [one, other] = [luminance(partsOf(color)), luminance(backgroundOf(element))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    const size = Number.parseFloat(fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(fontWeight) >= 700);
    if (ratio < (isLarge ? 3 : 4.5))
      below.push(`${ratio.toFixed(2)} ${element.className} ${(element.textContent ?? "").slice(0, 40)}`);
  }
  return { seen, below };
}
