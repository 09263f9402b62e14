/** The client is scripted here, since time is; real registries are met in `test/integration/image-registry.test.ts`. */
import { FakeClock, settle } from "../../test/support/fake-clock.ts";
import { parseAllowList } from "./allow-list.ts";
import type { Lookup } from "./lookup.ts";
import { canonicalText, type ImageReference, parseReference } from "./reference.ts";
import { ImageResolver, type LookupEvent, type Resolution } from "./resolver.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const FOUND: Lookup = { kind: "found", digest: DIGEST };
const SILENT: Lookup = { kind: "unreachable", message: "no answer" };
const MISSING: Lookup = { kind: "not-found", message: "no such tag" };
const DENIED: Lookup = { kind: "denied", message: "not for you" };

function image(text: string): ImageReference {
  const parsed = parseReference(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.reference;
}

const WEB = image("a.example.com/web:1");
const DB = image("a.example.com/db:1");
const OTHER = image("b.example.com/web:1");

/** Requests wait until they are answered. */
function aResolver() {
  const clock = new FakeClock();
  const open: { readonly text: string; readonly answer: (lookup: Lookup) => void }[] = [];
  const asked: string[] = [];
  const events: LookupEvent[] = [];
  let version = 1;
  const resolver = new ImageResolver({
    client: {
      digestOf: (reference) =>
        new Promise((answer) => {
          asked.push(canonicalText(reference));
          open.push({ text: canonicalText(reference), answer });
        }),
    },
    allowList: parseAllowList(["a.example.com", "b.example.com"]),
    clock,
    credentialsVersion: () => version,
    onLookup: (event) => events.push(event),
  });
  const answer = async (lookup: Lookup): Promise<void> => {
    await settle();
    open.shift()?.answer(lookup);
    await settle();
  };
  const ask = async (reference: ImageReference, lookup: Lookup): Promise<Resolution> => {
    const resolution = resolver.resolve(reference);
    await answer(lookup);
    return resolution;
  };
  const rotate = (): void => {
    version += 1;
  };
  return { resolver, clock, asked, open, events, answer, ask, rotate };
}

test("asks once for what is asked for several times at once, and anew afterwards", async () => {
  const { resolver, asked, answer, ask } = aResolver();
  const all = [resolver.resolve(WEB), resolver.resolve(WEB), resolver.resolve(image("a.example.com/web:1"))];
  await answer(FOUND);
  expect(await Promise.all(all)).toEqual([FOUND, FOUND, FOUND]);
  expect(asked).toEqual(["a.example.com/web:1"]);
  await ask(WEB, FOUND);
  expect(asked).toHaveLength(2);
});

test("no request leaves for a registry that is not allowed", async () => {
  const { resolver, asked } = aResolver();
  expect(await resolver.resolve(image("c.example.com/web:1"))).toMatchObject({
    kind: "denied",
    message: expect.stringContaining("not in an allowed registry"),
  });
  expect(asked).toEqual([]);
});

test("a silent registry is left alone, all of it, twice as long each time and five minutes at most", async () => {
  const { resolver, clock, asked, ask } = aResolver();
  const waits: number[] = [];
  for (let round = 0; round < 12; round += 1) {
    const resolution = await ask(WEB, SILENT);
    if (resolution.kind === "found") throw new Error("found");
    waits.push(resolution.retryAfterMs);
    await clock.advance(resolution.retryAfterMs - 1);
    expect(await resolver.resolve(DB)).toEqual({ ...SILENT, retryAfterMs: 1 });
    await clock.advance(1);
  }
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300].map((seconds) => seconds * 1_000));
  expect(asked).toHaveLength(12);
});

test("another registry is asked all the same", async () => {
  const { ask } = aResolver();
  await ask(WEB, SILENT);
  expect(await ask(OTHER, FOUND)).toEqual(FOUND);
});

test("when a silent registry's time is over one request goes first, and the rest only if it is answered", async () => {
  const { resolver, clock, asked, answer, ask } = aResolver();
  await ask(WEB, SILENT);
  await clock.advance(1_000);
  const web = resolver.resolve(WEB);
  const db = resolver.resolve(DB);
  await settle();
  expect(asked).toHaveLength(2);
  await answer(SILENT);
  expect(await web).toEqual({ ...SILENT, retryAfterMs: 2_000 });
  expect(await db).toEqual({ ...SILENT, retryAfterMs: 2_000 });
  expect(asked).toHaveLength(2);
  await clock.advance(2_000);
  const both = [resolver.resolve(WEB), resolver.resolve(DB)];
  await answer(FOUND);
  await answer(MISSING);
  expect(await Promise.all(both)).toEqual([FOUND, { ...MISSING, retryAfterMs: 5_000 }]);
});

test("an answer of any kind ends a registry's silence, and its count", async () => {
  const { clock, ask } = aResolver();
  await ask(WEB, SILENT);
  await clock.advance(1_000);
  await ask(WEB, SILENT);
  await clock.advance(2_000);
  await ask(WEB, MISSING);
  expect(await ask(DB, SILENT)).toMatchObject({ retryAfterMs: 1_000 });
});

test("waits as long as a busy registry asks for, and never beyond the bound", async () => {
  const { clock, ask } = aResolver();
  expect(await ask(WEB, { ...SILENT, retryAfterMs: 30_000 })).toMatchObject({ retryAfterMs: 30_000 });
  await clock.advance(30_000);
  expect(await ask(WEB, { ...SILENT, retryAfterMs: 86_400_000 })).toMatchObject({ retryAfterMs: 300_000 });
});

test.each([MISSING, DENIED, { ...MISSING, kind: "malformed" as const }])(
  "an image that is $kind is left alone for a while, and no other image is",
  async (refusal) => {
    const { resolver, clock, asked, ask } = aResolver();
    expect(await ask(WEB, refusal)).toEqual({ ...refusal, retryAfterMs: 5_000 });
    expect(await resolver.resolve(WEB)).toEqual({ ...refusal, retryAfterMs: 5_000 });
    expect(await ask(DB, FOUND)).toEqual(FOUND);
    await clock.advance(5_000);
    expect(await ask(WEB, refusal)).toMatchObject({ retryAfterMs: 10_000 });
    await clock.advance(10_000);
    expect(await ask(WEB, FOUND)).toEqual(FOUND);
    expect(await ask(WEB, refusal)).toMatchObject({ retryAfterMs: 5_000 });
    expect(asked).toHaveLength(5);
  },
);

test("new credentials end what was refused, and no silence", async () => {
  const { resolver, asked, ask, rotate } = aResolver();
  await ask(WEB, DENIED);
  await ask(OTHER, SILENT);
  rotate();
  expect(await ask(WEB, FOUND)).toEqual(FOUND);
  expect(await resolver.resolve(OTHER)).toMatchObject({ kind: "unreachable" });
  expect(asked).toHaveLength(3);
});

test("asks one registry four things at once, and lets it hold up no other", async () => {
  const { resolver, asked, answer, open } = aResolver();
  const many = Array.from({ length: 10 }, (_, index) => resolver.resolve(image(`a.example.com/web:${index}`)));
  const other = resolver.resolve(OTHER);
  await settle();
  expect(open).toHaveLength(5);
  expect(asked.at(-1)).toBe("b.example.com/web:1");
  for (let index = 0; index < 11; index += 1) await answer(FOUND);
  expect(await Promise.all([...many, other])).toHaveLength(11);
});

test("of many that wait for a registry, none is sent after it fell silent", async () => {
  const { resolver, asked, answer } = aResolver();
  const many = Array.from({ length: 10 }, (_, index) => resolver.resolve(image(`a.example.com/web:${index}`)));
  for (let index = 0; index < 4; index += 1) await answer(SILENT);
  expect((await Promise.all(many)).every(({ kind }) => kind === "unreachable")).toBe(true);
  expect(asked).toHaveLength(4);
});

test("tells of every request that was made, and of nothing else", async () => {
  const { resolver, clock, events, answer, ask } = aResolver();
  const slow = resolver.resolve(WEB);
  await settle();
  await clock.advance(2_500);
  await answer(SILENT);
  await slow;
  await resolver.resolve(WEB);
  await ask(OTHER, FOUND);
  expect(events).toEqual([
    { registry: "a.example.com", outcome: "unreachable", seconds: 2.5 },
    { registry: "b.example.com", outcome: "found", seconds: 0 },
  ]);
});

test("what is refused is remembered in bounded memory", async () => {
  const { resolver, asked, answer, clock } = aResolver();
  for (let index = 0; index <= 4_096; index += 1) {
    const refused = resolver.resolve(image(`a.example.com/web:${index}`));
    await answer(MISSING);
    await refused;
  }
  expect(clock.pending).toBe(0);
  void resolver.resolve(image("a.example.com/web:4096"));
  void resolver.resolve(image("a.example.com/web:0"));
  await settle();
  expect(asked.slice(4_097)).toEqual(["a.example.com/web:0"]);
});
