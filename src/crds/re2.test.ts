import { toRe2 } from "./re2.ts";
import { matches } from "./schema.ts";

test.each([
  { pattern: /a(?=b)/, says: "look-around" },
  { pattern: /a(?!b)/, says: "look-around" },
  { pattern: /(?<=a)b/, says: "look-around" },
  { pattern: /(?<!a)b/, says: "look-around" },
  { pattern: /(?<name>a)/, says: "a named group" },
  { pattern: /(?i:a)/, says: "a regex flag in a group" },
  { pattern: /(a)\1/, says: "a back-reference" },
  { pattern: /a/i, says: "the regex flag i" },
  { pattern: /a/u, says: "the regex flag u" },
  { pattern: /\d/, says: "list the characters" },
  { pattern: /\u0041/, says: "list the characters" },
  { pattern: /[^a]/, says: "a negated class" },
  { pattern: /a.b/, says: "a dot" },
  { pattern: /é/, says: "beyond printable ASCII" },
  { pattern: /a{1001}/, says: "a repetition beyond 1000" },
  { pattern: /a{1,1001}/, says: "a repetition beyond 1000" },
])("$pattern is refused: $says", ({ pattern, says }) => {
  expect(() => toRe2(pattern, "spec.name")).toThrow(says);
  expect(() => toRe2(pattern, "spec.name")).toThrow(/^spec\.name: .*; /);
});

test.each([
  { pattern: /^[a-z.]+(?:-[a-z]{1,63})*$/, source: "^[a-z.]+(?:-[a-z]{1,63})*$" },
  { pattern: /^\/a\.b$/, source: "^/a\\.b$" },
])("$pattern is taken as it is", ({ pattern, source }) => {
  expect(toRe2(pattern, "spec.name")).toBe(source);
});

test("a regex that would need escaping inside CEL is refused", () => {
  expect(() => matches("^a\\.b$", "say a.b")).toThrow("use [.] instead of a backslash");
  expect(() => matches("^'$", "say it")).toThrow("needs escaping in CEL");
});
