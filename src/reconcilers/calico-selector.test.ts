import { expect, test } from "@jest/globals";
import { calicoCouldMatch, type LabelReader } from "./calico-selector.ts";

const LABELS: Readonly<Record<string, string>> = { app: "web", "palisade.dev/workload": "web", tier: "front-end" };

const read: LabelReader = (key) => (key.startsWith("hash") ? "unknown" : { value: LABELS[key] });

test.each([
  ["", true],
  ["all()", true],
  ["app == 'web'", true],
  ['app == "web"', true],
  ["app == 'db'", false],
  ["app != 'db'", true],
  ["other != 'db'", true],
  ["has(app)", true],
  ["!has(app)", false],
  ["has(other)", false],
  ["palisade.dev/workload in { 'web', 'db' }", true],
  ["app in {'db'}", false],
  ["app not in {'db'}", true],
  ["other not in {'db'}", true],
  ["tier contains 'ont'", true],
  ["tier starts with 'back'", false],
  ["tier ends with '-end'", true],
  ["app == 'db' || has(tier)", true],
  ["app == 'web' && !(has(tier) || has(other))", false],
  ["app == 'web' && tier == 'front-end' || app == 'x'", true],
])("the selector %j matches: %j", (selector, expected) => {
  expect(calicoCouldMatch(selector, read)).toBe(expected);
});

test.each([
  ["hash == 'x'", true],
  ["hash != 'x'", true],
  ["!has(hash)", true],
  ["hash == 'x' && app == 'db'", false],
  ["hash == 'x' || app == 'db'", true],
  ["global()", true],
])("what is not known could match: %j gives %j", (selector, expected) => {
  expect(calicoCouldMatch(selector, read)).toBe(expected);
});

test.each(["app = 'web'", "app == web", "(app == 'db'", "app == 'db')", "app like 'db'", "app == 'db' x", "&&"])(
  "a text that cannot be read could match: %j",
  (selector) => {
    expect(calicoCouldMatch(selector, read)).toBe(true);
  },
);
