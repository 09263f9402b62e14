import fc from "fast-check";
import { parseChallenges } from "./challenge.ts";

test("parses a Bearer challenge with its parameters", () => {
  const header =
    'Bearer realm="https://auth.example.com/token",service="registry.example.com",scope="repository:a/b:pull"';
  expect(parseChallenges(header)).toEqual([
    {
      scheme: "bearer",
      params: {
        realm: "https://auth.example.com/token",
        service: "registry.example.com",
        scope: "repository:a/b:pull",
      },
    },
  ]);
});

test("parses several challenges in one header, in any case and spacing", () => {
  expect(parseChallenges('BASIC Realm = "a, b" , Negotiate,bearer REALM=https://auth.example.com/t')).toEqual([
    { scheme: "basic", params: { realm: "a, b" } },
    { scheme: "negotiate", params: {} },
    { scheme: "bearer", params: { realm: "https://auth.example.com/t" } },
  ]);
});

test("unquotes values, and keeps the first of two equal names", () => {
  expect(parseChallenges('Basic realm="say \\"hi\\"", realm="other"')).toEqual([
    { scheme: "basic", params: { realm: 'say "hi"' } },
  ]);
});

test.each([undefined, "", ",,,", '"realm"', "=x"])("finds nothing in %j", (header) => {
  expect(parseChallenges(header)).toEqual([]);
});

test("text that is no challenge ends the list", () => {
  expect(parseChallenges('Basic realm="open')).toEqual([{ scheme: "basic", params: { realm: "" } }]);
  expect(parseChallenges("Basic, (nonsense) Bearer")).toEqual([{ scheme: "basic", params: {} }]);
});

test("a parameter cannot change object prototypes", () => {
  const [challenge] = parseChallenges("Bearer __proto__=x, constructor=y");
  expect(Object.getPrototypeOf({})).toBe(Object.prototype);
  expect(challenge?.params["realm"]).toBeUndefined();
  expect(challenge?.params["constructor"]).toBe("y");
});

test("parses any header in linear time", () => {
  fc.assert(fc.property(fc.string({ maxLength: 500 }), (header) => void parseChallenges(header)));
  const startedMs = performance.now();
  for (const part of [" ", ",", "a", "a=", 'a="', "\\", " ,"]) parseChallenges(part.repeat(20_000));
  expect(performance.now() - startedMs).toBeLessThan(1_000);
});
