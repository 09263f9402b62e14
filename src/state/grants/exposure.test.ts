import { expect, test } from "@jest/globals";
import { NO_PLATFORM, type PlatformFacts } from "../../expand/input.ts";
import { claimOf, decideExposure, isExposable } from "./exposure.ts";

const INGRESS = { ingressClass: "nginx", gateway: undefined };
const gateway = (hostname?: string) => ({
  ingressClass: undefined,
  gateway: { namespace: "edge", name: "public", listeners: [{ name: "https", hostname }] },
});
const granted = (exposure: PlatformFacts["exposure"], ...hosts: readonly string[]): PlatformFacts => ({
  ...NO_PLATFORM,
  exposure,
  hosts,
});

const ENTRY = { host: "a.example.com", path: "/", port: 8080, tls: { secretName: "tls" } };
const PLAIN = { host: "a.example.com", path: "/", port: 8080 };

const reasons = (entry: typeof PLAIN, platform: PlatformFacts, holder?: string): readonly string[] =>
  decideExposure("shop/web", { expose: [entry] }, platform, () => holder).problems.map(({ reason }) => reason);

test.each([
  {
    name: "a granted host with a certificate",
    entry: ENTRY,
    platform: granted(INGRESS, "a.example.com"),
    expected: [],
  },
  { name: "a host under a granted star", entry: ENTRY, platform: granted(INGRESS, "*.example.com"), expected: [] },
  {
    name: "a host that is not granted",
    entry: ENTRY,
    platform: granted(INGRESS, "b.example.com"),
    expected: ["HostNotGranted"],
  },
  { name: "any host without a baseline", entry: ENTRY, platform: NO_PLATFORM, expected: ["HostNotGranted"] },
  {
    name: "a granted host where no way is offered",
    entry: ENTRY,
    platform: granted(NO_PLATFORM.exposure, "a.example.com"),
    expected: ["ExposureUnavailable"],
  },
  {
    name: "an Ingress without a certificate",
    entry: PLAIN,
    platform: granted(INGRESS, "a.example.com"),
    expected: ["TLSRequired"],
  },
  {
    name: "a Gateway, whose listener has the certificate",
    entry: PLAIN,
    platform: granted(gateway(), "a.example.com"),
    expected: [],
  },
  {
    name: "a Gateway without an HTTPS listener for the host",
    entry: PLAIN,
    platform: granted(gateway("b.example.com"), "a.example.com"),
    expected: ["ExposureUnavailable"],
  },
  {
    name: "a Gateway whose listener has a star",
    entry: PLAIN,
    platform: granted(gateway("*.example.com"), "a.example.com"),
    expected: [],
  },
])("$name: $expected", ({ entry, platform, expected }) => {
  expect(reasons(entry, platform)).toEqual(expected);
  expect(isExposable(entry, platform)).toBe(expected.length === 0);
});

test("what another workload exposes is not exposed again, and the winner is named", () => {
  const platform = granted(INGRESS, "*.example.com");
  const other = { ...ENTRY, path: "/api" };
  const holderOf = (entry: { host: string; path: string }) =>
    claimOf(entry) === claimOf(ENTRY) ? "bank/teller" : "shop/web";
  const { exposed, problems } = decideExposure("shop/web", { expose: [ENTRY, other] }, platform, holderOf);
  expect(exposed).toEqual([other]);
  expect(problems).toMatchObject([
    {
      reason: "HostTaken",
      message: expect.stringContaining("a.example.com/ is already exposed by bank/teller"),
    },
  ]);
});
