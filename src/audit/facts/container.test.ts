/** Images and commands hold whatever their author likes, and as much of it. */
import { expect, test } from "@jest/globals";
import { aPod, audited } from "../../../test/support/audited.ts";
import { Auditor } from "../audit.ts";

const LONG = 60_000;

/** Those that took a pattern 4 to 40 seconds, where the time grew with the square of the length. */
test.each<[string, object]>([
  ["an image of colons", { image: `a${":".repeat(LONG)}@` }],
  ["an image of dots", { image: "a.".repeat(LONG / 2) }],
  ["a credential of equal signs", { image: "ttyd", args: [`-c${"=".repeat(LONG)}`] }],
])("%s is read in a moment", (_, container) => {
  const before = performance.now();
  audited(aPod("web", {}, container));
  expect(performance.now() - before).toBeLessThan(5_000);
});

test("a pod of a thousand programs is judged in a moment", () => {
  const containers = Array.from({ length: 1_000 }, (_, index) => ({
    name: `c${index}`,
    image: "redis:7",
    ports: [{ containerPort: index + 1 }],
  }));
  const auditor = new Auditor({ namespace: "shop", nowMs: 0 });
  const object = { apiVersion: "v1", kind: "Pod", metadata: { name: "p", namespace: "shop" }, spec: { containers } };
  auditor.add({ object, file: "", lineOf: () => 0 });
  const before = performance.now();
  auditor.finish();
  expect(performance.now() - before).toBeLessThan(5_000);
});

test.each([
  ["registry.example.com:5000/shop/Redis:7.2", "no login (it has no password"],
  ["localhost/redis@sha256:0", "no login (it has no password"],
  ["library/redis", "no login (it has no password"],
])("%s is Redis", (image, words) => {
  expect(audited(aPod("web", {}, { image })).findings.some((one) => one.words.includes(words))).toBe(true);
});

test.each([
  [["-c", "user:password", "bash"], false],
  [["--credential=user:password", "bash"], false],
  [["-c", "=", "bash"], true],
])("a terminal with %j asks nobody: %s", (args, isOpen) => {
  const { findings } = audited(aPod("web", {}, { image: "tsl0922/ttyd:1.7", args, ports: [{ containerPort: 7681 }] }));
  expect(findings.some(({ rule }) => rule === "open-program")).toBe(isOpen);
});
