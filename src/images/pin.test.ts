import fc from "fast-check";
import { parseAllowList } from "./allow-list.ts";
import { type Pin, type PinInput, pinOf } from "./pin.ts";
import type { Resolution } from "./resolver.ts";

const ALLOWED = parseAllowList(["registry.example.com/shop"]);
const [OLD, NEW] = [`sha256:${"a".repeat(64)}`, `sha256:${"b".repeat(64)}`];
const WEB1 = "registry.example.com/shop/web:1";
const WEB2 = "registry.example.com/shop/web:2";
const FOUND: Resolution = { kind: "found", digest: NEW };
const SILENT: Resolution = { kind: "unreachable", message: "no answer", retryAfterMs: 1_000 };

const decide = (input: Partial<PinInput> & { readonly declared: string }): Pin =>
  pinOf({ recorded: undefined, allowList: ALLOWED, result: undefined, ...input });

test("a declared digest is itself, in full, whatever the status or a registry says", () => {
  const declared = `${WEB1}@${OLD}`;
  const expected = {
    kind: "pinned",
    image: `registry.example.com/shop/web@${OLD}`,
    record: { image: declared, digest: OLD },
  };
  expect(decide({ declared })).toEqual(expected);
  expect(decide({ declared, result: FOUND })).toEqual(expected);
  expect(decide({ declared, recorded: { image: declared, digest: NEW } })).toEqual(expected);
});

test("a text that stands in the status keeps its digest, and what a registry says now counts for nothing", () => {
  const recorded = { image: WEB1, digest: OLD };
  const expected = { kind: "pinned", image: `registry.example.com/shop/web@${OLD}`, record: recorded };
  for (const result of [undefined, FOUND, SILENT])
    expect(decide({ declared: WEB1, recorded, result })).toEqual(expected);
});

test("a new text is pinned to what was found", () => {
  expect(decide({ declared: WEB2, recorded: { image: WEB1, digest: OLD }, result: FOUND })).toEqual({
    kind: "pinned",
    image: `registry.example.com/shop/web@${NEW}`,
    record: { image: WEB2, digest: NEW },
  });
});

test("a new text whose registry was not asked yet is to be asked for, and names what runs meanwhile", () => {
  const recorded = { image: WEB1, digest: OLD };
  expect(decide({ declared: WEB2, recorded })).toMatchObject({
    kind: "asking",
    reference: { repository: "shop/web", tag: "2" },
    lastGood: { image: `registry.example.com/shop/web@${OLD}`, record: recorded },
  });
  expect(decide({ declared: WEB2 })).toMatchObject({ kind: "asking", lastGood: undefined });
});

test.each([
  { result: SILENT, obstacle: "unreachable" },
  { result: { ...SILENT, kind: "not-found" } as const, obstacle: "refused" },
  { result: { ...SILENT, kind: "denied" } as const, obstacle: "refused" },
  { result: { ...SILENT, kind: "malformed" } as const, obstacle: "refused" },
])("a new text that is $result.kind leaves the last good image running, or no pod at all", ({ result, obstacle }) => {
  const recorded = { image: WEB1, digest: OLD };
  const why = { kind: obstacle, message: "no answer", retryAfterMs: 1_000 };
  expect(decide({ declared: WEB2, recorded, result })).toEqual({
    kind: "kept",
    image: `registry.example.com/shop/web@${OLD}`,
    record: recorded,
    obstacle: why,
  });
  expect(decide({ declared: WEB2, result })).toEqual({ kind: "unresolved", obstacle: why });
});

test.each([
  ["elsewhere.example.com/web:1", "is not in an allowed registry"],
  [`elsewhere.example.com/web@${NEW}`, "is not in an allowed registry"],
  ["registry.example.com/shop/Web:1", "must be in lower case"],
])("%s never runs, whatever is known of it", (declared, words) => {
  const recorded = { image: declared, digest: NEW };
  for (const result of [undefined, FOUND, SILENT]) {
    const pin = decide({ declared, recorded, result });
    expect(pin).toMatchObject({ kind: "unresolved", obstacle: { kind: "forbidden" } });
    expect(JSON.stringify(pin)).toContain(words);
  }
});

test("a forbidden text leaves the last good image running", () => {
  const recorded = { image: WEB1, digest: OLD };
  expect(decide({ declared: "elsewhere.example.com/web:1", recorded })).toMatchObject({
    kind: "kept",
    image: `registry.example.com/shop/web@${OLD}`,
    obstacle: { kind: "forbidden" },
  });
});

test.each([
  { what: "a registry that is not allowed", recorded: { image: "elsewhere.example.com/web:1", digest: OLD } },
  { what: "a digest that is none", recorded: { image: WEB1, digest: "latest" } },
  { what: "an image that is none", recorded: { image: "../web", digest: OLD } },
])("a status forged with $what brings nothing in", ({ recorded }) => {
  expect(decide({ declared: WEB2, recorded, result: SILENT })).toMatchObject({ kind: "unresolved" });
  expect(decide({ declared: WEB2, recorded })).toMatchObject({ kind: "asking", lastGood: undefined });
});

test("a recorded image that has a digest of its own is that one", () => {
  const recorded = { image: `registry.example.com/shop/web@${OLD}`, digest: NEW };
  expect(decide({ declared: WEB2, recorded, result: SILENT })).toMatchObject({
    kind: "kept",
    image: `registry.example.com/shop/web@${OLD}`,
  });
});

test("whatever comes, only an image from an allowed registry runs, and only by digest", () => {
  const image = fc.oneof(
    fc.constantFrom(WEB1, WEB2, `${WEB1}@${OLD}`, "web", "registry.example.com/shop-evil/web:1", ""),
    fc.string(),
  );
  const digest = fc.oneof(fc.constantFrom(OLD, NEW, "sha256:x", ""), fc.string());
  const recorded = fc.option(fc.record({ image, digest }), { nil: undefined });
  const result = fc.constantFrom(undefined, FOUND, SILENT);
  fc.assert(
    fc.property(image, recorded, result, (declared, was, answer) => {
      const pin = pinOf({ declared, recorded: was, allowList: ALLOWED, result: answer });
      const runs = pin.kind === "asking" ? pin.lastGood?.image : pin.kind === "unresolved" ? undefined : pin.image;
      if (runs !== undefined) expect(runs).toMatch(/^registry\.example\.com\/shop\/web@sha256:[ab]{64}$/);
    }),
    { numRuns: 2_000 },
  );
});
