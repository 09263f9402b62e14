import { allows, lockedPackages, refusedPackages } from "./licences.ts";

test("every package that is used may be used under its terms", () => {
  expect(Object.keys(lockedPackages()).length).toBeGreaterThan(100);
  expect(refusedPackages(lockedPackages())).toEqual([]);
});

test.each([
  ["MIT", true],
  ["(MIT OR GPL-3.0)", true],
  ["GPL-3.0 OR MIT", true],
  ["MIT AND GPL-3.0", false],
  ["(MIT AND GPL-3.0) OR GPL-2.0", false],
  ["SEE LICENSE IN LICENSE", false],
  ["", false],
])("of the terms %j it is %s that MIT allows them", (expression, expected) => {
  expect(allows(new Set(["MIT"]), expression)).toBe(expected);
});

test("a package that is refused is named with its terms, and what ships is held to more", () => {
  expect(
    refusedPackages({
      "": { license: "Apache-2.0" },
      "packages/ours": {},
      "node_modules/ours": { link: true },
      "node_modules/a": { version: "1.0.0" },
      "node_modules/b": { version: "2.0.0", license: "CC-BY-4.0", dev: true },
      "node_modules/b/node_modules/@c/d": { version: "3.0.0", license: "CC-BY-4.0" },
    }),
  ).toEqual(["a 1.0.0, shipped: no licence", "@c/d 3.0.0, shipped: CC-BY-4.0"]);
});
