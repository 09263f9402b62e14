/** Tables of fates: what stands in one is claimed by its name, and nothing else. */
import { expect, test } from "@jest/globals";
import { claimByName, drop, fix, replace, rule } from "./fate.ts";
import { Ledger } from "./ledger.ts";

test("claims what stands in the table, each as it says, and leaves the rest", () => {
  const ledger = new Ledger();
  const value = { a: 1, b: { c: 2, d: [3] }, e: 4, f: 5, g: 6, toString: 7 };
  const part = ledger.openDocument({ name: "x", value, file: "x.yaml", lineOf: () => 1 });
  part.at("b", "c").keep("field");
  claimByName(part, {
    a: rule("non-root"),
    b: drop("gone"),
    e: fix("always"),
    f: replace("another"),
    missing: drop(""),
  });
  expect(ledger.entries().map(({ path, verdict, note }) => [path, verdict, note])).toEqual([
    ["a", "fixed", "rule non-root"],
    ["b.c", "kept", "field"],
    ["b.d[0]", "dropped", "gone"],
    ["e", "fixed", "always"],
    ["f", "replaced", "another"],
    ["g", "unclaimed", expect.anything()],
    ["toString", "unclaimed", expect.anything()],
  ]);
});
