import { expect, test } from "@jest/globals";
import { coversHost } from "./hosts.ts";

test.each([
  { grant: "shop.example.com", host: "shop.example.com", covered: true },
  { grant: "shop.example.com", host: "evil.shop.example.com", covered: false },
  { grant: "*.example.com", host: "shop.example.com", covered: true },
  { grant: "*.example.com", host: "a.b.example.com", covered: false },
  { grant: "*.example.com", host: "example.com", covered: false },
  { grant: "*.example.com", host: "shop.evil-example.com", covered: false },
  { grant: "*.example.com", host: "evilexample.com", covered: false },
])("$grant covers $host: $covered", ({ grant, host, covered }) => {
  expect(coversHost(grant, host)).toBe(covered);
});
