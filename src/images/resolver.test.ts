/** Client and clock are fakes; `test/integration/image-registry.test.ts` uses real registries. */
import { FakeClock, settle } from "kopf-ts/testing";
import { canonicalText, type ImageReference, parseReference } from "./reference.ts";
import type { Resolution, Unresolved } from "./resolution.ts";
import { ImageResolver } from "./resolver.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const FOUND: Resolution = { kind: "found", digest: DIGEST };
const UNREACHABLE: Unresolved = { kind: "unreachable", message: "no answer" };
const MISSING: Unresolved = { kind: "not-found", message: "no such tag" };
const DENIED: Unresolved = { kind: "denied", message: "not for you" };

function image(text: string): ImageReference {
  const parsed = parseReference(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.reference;
}

const WEB = image("a.example.com/web:1");
const DB = image("a.example.com/db:1");
const OTHER = image("b.example.com/web:1");

/** The failure as callers get it, about their own image. */
const failed = (text: string, { kind, message }: Unresolved, retryAfterMs: number) => ({
  kind,
  message: `cannot resolve a.example.com/${text}: ${message}`,
  retryAfterMs,
});

/** Requests wait for an answer from the test. */
function aResolver() {
  const clock = new FakeClock();
  const open: { readonly text: string; readonly answer: (resolution: Resolution) => void }[] = [];
  const requested: string[] = [];
  let version = 1;
  const resolver = new ImageResolver({
    client: {
      digestOf: (reference) =>
        new Promise((answer) => {
          requested.push(canonicalText(reference));
          open.push({ text: canonicalText(reference), answer });
        }),
    },
    clock,
    credentialsVersion: () => version,
  });
  const answer = async (resolution: Resolution): Promise<void> => {
    await settle();
    open.shift()?.answer(resolution);
    await settle();
  };
  const ask = async (reference: ImageReference, resolution: Resolution) => {
    const result = resolver.resolve(reference);
    await answer(resolution);
    return result;
  };
  const rotate = (): void => {
    version += 1;
  };
  return { resolver, clock, requested, open, answer, ask, rotate };
}

test("merges equal requests in flight, and sends a later one again", async () => {
  const { resolver, requested, answer, ask } = aResolver();
  const all = [resolver.resolve(WEB), resolver.resolve(WEB), resolver.resolve(image("a.example.com/web:1"))];
  await answer(FOUND);
  expect(await Promise.all(all)).toEqual([FOUND, FOUND, FOUND]);
  expect(requested).toEqual(["a.example.com/web:1"]);
  await ask(WEB, FOUND);
  expect(requested).toHaveLength(2);
});

test("an unreachable registry blocks all its images, twice as long each time and five minutes at most", async () => {
  const { resolver, clock, requested, ask } = aResolver();
  const waits: number[] = [];
  for (let round = 0; round < 12; round += 1) {
    const resolution = await ask(WEB, UNREACHABLE);
    if (resolution.kind === "found") throw new Error("found");
    waits.push(resolution.retryAfterMs);
    await clock.advance(resolution.retryAfterMs - 1);
    expect(await resolver.resolve(DB)).toEqual(failed("db:1", UNREACHABLE, 1));
    await clock.advance(1);
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300].map((seconds) => seconds * 1_000));
  expect(requested).toHaveLength(12);
});

test("an unreachable registry blocks no other", async () => {
  const { ask } = aResolver();
  await ask(WEB, UNREACHABLE);
  expect(await ask(OTHER, FOUND)).toEqual(FOUND);
});

test("a single request probes an unreachable registry when its block ends, and the rest follow only after an answer", async () => {
  const { resolver, clock, requested, answer, ask } = aResolver();
  await ask(WEB, UNREACHABLE);
  await clock.advance(1_000);
  const web = resolver.resolve(WEB);
  const db = resolver.resolve(DB);
  await settle();
  expect(requested).toHaveLength(2);
  await answer(UNREACHABLE);
  expect(await web).toEqual(failed("web:1", UNREACHABLE, 2_000));
  expect(await db).toEqual(failed("db:1", UNREACHABLE, 2_000));
  expect(requested).toHaveLength(2);
  await clock.advance(2_000);
  const both = [resolver.resolve(WEB), resolver.resolve(DB)];
  await answer(FOUND);
  await answer(MISSING);
  expect(await Promise.all(both)).toEqual([FOUND, failed("db:1", MISSING, 5_000)]);
});

test("any answer ends a registry's block and resets its back-off", async () => {
  const { clock, ask } = aResolver();
  await ask(WEB, UNREACHABLE);
  await clock.advance(1_000);
  await ask(WEB, UNREACHABLE);
  await clock.advance(2_000);
  await ask(WEB, MISSING);
  expect(await ask(DB, UNREACHABLE)).toMatchObject({ retryAfterMs: 1_000 });
});

test("waits as long as a busy registry asks for, within the bound", async () => {
  const { clock, ask } = aResolver();
  expect(await ask(WEB, { ...UNREACHABLE, retryAfterMs: 30_000 })).toMatchObject({ retryAfterMs: 30_000 });
  await clock.advance(30_000);
  expect(await ask(WEB, { ...UNREACHABLE, retryAfterMs: 86_400_000 })).toMatchObject({ retryAfterMs: 300_000 });
});

test.each([MISSING, DENIED, { ...MISSING, kind: "malformed" as const }])(
  "an image that is $kind is blocked, and no other image is",
  async (refusal) => {
    const { resolver, clock, requested, ask } = aResolver();
    expect(await ask(WEB, refusal)).toEqual(failed("web:1", refusal, 5_000));
    expect(await resolver.resolve(WEB)).toEqual(failed("web:1", refusal, 5_000));
    expect(await ask(DB, FOUND)).toEqual(FOUND);
    await clock.advance(5_000);
    expect(await ask(WEB, refusal)).toMatchObject({ retryAfterMs: 10_000 });
    await clock.advance(10_000);
    expect(await ask(WEB, FOUND)).toEqual(FOUND);
    expect(await ask(WEB, refusal)).toMatchObject({ retryAfterMs: 5_000 });
    expect(requested).toHaveLength(5);
  },
);

test("new credentials end the blocks of images, not those of registries", async () => {
  const { resolver, requested, ask, rotate } = aResolver();
  await ask(WEB, DENIED);
  await ask(OTHER, UNREACHABLE);
  rotate();
  expect(await ask(WEB, FOUND)).toEqual(FOUND);
  expect(await resolver.resolve(OTHER)).toMatchObject({ kind: "unreachable" });
  expect(requested).toHaveLength(3);
});

test("sends four requests to a registry at once, and delays no other registry", async () => {
  const { resolver, requested, answer, open } = aResolver();
  const many = Array.from({ length: 10 }, (_, index) => resolver.resolve(image(`a.example.com/web:${index}`)));
  const other = resolver.resolve(OTHER);
  await settle();
  expect(open).toHaveLength(5);
  expect(requested.at(-1)).toBe("b.example.com/web:1");
  for (let index = 0; index < 11; index += 1) await answer(FOUND);
  expect(await Promise.all([...many, other])).toHaveLength(11);
});

test("sends no waiting request once the registry is unreachable", async () => {
  const { resolver, requested, answer } = aResolver();
  const many = Array.from({ length: 10 }, (_, index) => resolver.resolve(image(`a.example.com/web:${index}`)));
  for (let index = 0; index < 4; index += 1) await answer(UNREACHABLE);
  expect((await Promise.all(many)).every(({ kind }) => kind === "unreachable")).toBe(true);
  expect(requested).toHaveLength(4);
});

test("bounds the number of cached failures", async () => {
  const { resolver, requested, answer, clock } = aResolver();
  for (let index = 0; index <= 4_096; index += 1) {
    const refused = resolver.resolve(image(`a.example.com/web:${index}`));
    await answer(MISSING);
    await refused;
  }
  expect(clock.pending).toBe(0);
  void resolver.resolve(image("a.example.com/web:4096"));
  void resolver.resolve(image("a.example.com/web:0"));
  await settle();
  expect(requested.slice(4_097)).toEqual(["a.example.com/web:0"]);
});

test("reports the last failure, due or not, until the image resolves", async () => {
  const { resolver, clock, ask } = aResolver();
  expect(resolver.failureOf(WEB)).toBeUndefined();
  await ask(WEB, MISSING);
  await ask(DB, UNREACHABLE);
  expect(resolver.failureOf(WEB)).toEqual(failed("web:1", MISSING, 5_000));
  await clock.advance(1_000);
  expect(resolver.failureOf(DB)).toEqual(failed("db:1", UNREACHABLE, 0));
  await clock.advance(4_000);
  expect(resolver.failureOf(WEB)).toEqual(failed("web:1", MISSING, 0));
  await ask(WEB, FOUND);
  expect(resolver.failureOf(WEB)).toBeUndefined();
  expect(resolver.failureOf(DB)).toBeUndefined();
});
