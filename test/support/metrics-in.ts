/** Which metrics an expression of PromQL asks for: every word before a selector, a range or nothing, that is no function and no label. */
const WORD = /[a-zA-Z_:][a-zA-Z0-9_:]*/g;
const STRINGS = /"[^"]*"/g;
const BRACES = /\{[^}]*\}/g;
const GROUPINGS = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g;
const RANGES = /\[[^\]]*\]/g;
const KEYWORDS: ReadonlySet<string> = new Set(["and", "or", "unless", "offset", "bool"]);

export function metricsIn(expr: string): readonly string[] {
  const bare = [STRINGS, BRACES, GROUPINGS, RANGES].reduce((text, noise) => text.replace(noise, ""), expr);
  const words = [...bare.matchAll(WORD)].filter(({ 0: word, index }) => {
    const isFunction = /^\s*\(/.test(bare.slice(index + word.length));
    const isDuration = /[0-9]$/.test(bare.slice(0, index));
    return !isFunction && !isDuration && !KEYWORDS.has(word);
  });
  return [...new Set(words.map(([word]) => word))];
}
