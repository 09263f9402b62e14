import fc from "fast-check";
import { settle } from "kopf-ts/testing";
import { type AllowList, parseAllowList } from "./allow-list.ts";
import { DigestCache, type ResolvedImage } from "./digest-cache.ts";
import type { CachedFailure } from "./negative-cache.ts";
import { canonicalText } from "./reference.ts";
import type { Found, Unresolved } from "./resolution.ts";

const [A, B] = [`sha256:${"a".repeat(64)}`, `sha256:${"b".repeat(64)}`];
const WEB1 = "registry.example.com/shop/web:1";
const WEB2 = "registry.example.com/shop/web:2";
const byDigest = (digest: string): string => `registry.example.com/shop/web@${digest}`;
const FOUND: Found = { kind: "found", digest: A };
const ALLOWED = parseAllowList(["registry.example.com/shop"]);

function failure(kind: Unresolved["kind"] = "unreachable", retryAfterMs = 1_000): CachedFailure {
  return { kind, message: "no answer", retryAfterMs };
}

function aCache({ recorded = [] as readonly ResolvedImage[], uid = "uid-1" } = {}) {
  const requested: string[] = [];
  const triggered: string[] = [];
  const errors: unknown[] = [];
  const failures = new Map<string, CachedFailure>();
  const open: { readonly answer: (result: Found | CachedFailure) => void; readonly fail: (error: Error) => void }[] =
    [];
  let allowList: AllowList = ALLOWED;
  const cache = new DigestCache({
    resolver: {
      resolve: (reference) =>
        new Promise((answer, fail) => {
          requested.push(canonicalText(reference));
          open.push({ answer, fail });
        }),
      failureOf: (reference) => failures.get(canonicalText(reference)),
    },
    allowList: () => allowList,
    onError: (error) => errors.push(error),
  });
  cache.onAnswer((key) => triggered.push(key));
  const owner = { key: "shop/web", uid, recorded };
  const answer = async (result: Found | CachedFailure): Promise<void> => {
    open.shift()?.answer(result);
    await settle();
  };
  const fail = async (error: Error): Promise<void> => {
    open.shift()?.fail(error);
    await settle();
  };
  const allow = (...entries: readonly string[]): void => {
    allowList = parseAllowList(entries);
  };
  const request = (...images: readonly string[]) => cache.request(owner, images);
  const pinned = (image: string, list?: AllowList) => cache.pinned(owner, image, list);
  const retain = (...images: readonly string[]) => cache.retain(owner, images);
  return { cache, owner, requested, triggered, errors, failures, answer, fail, allow, request, pinned, retain };
}

test("requests an unknown digest once, without waiting, and the answer triggers the next run", async () => {
  const { request, pinned, requested, triggered, answer } = aCache();
  const waiting = [{ kind: "unreachable", message: expect.stringContaining("waiting for"), retryAfterMs: 15_000 }];
  expect(request(WEB1)).toEqual(waiting);
  expect(request(WEB1)).toEqual(waiting);
  expect(pinned(WEB1)).toBeUndefined();
  expect(triggered).toEqual([]);
  await answer(FOUND);
  expect(triggered).toEqual(["shop/web"]);
  expect(pinned(WEB1)).toBe(byDigest(A));
  expect(request(WEB1)).toEqual([]);
  expect(requested).toEqual([WEB1]);
});

test("a declared digest is its own, whatever the record says, and needs no registry", () => {
  const declared = `${WEB1}@${A}`;
  const { request, pinned, retain, requested } = aCache({ recorded: [{ image: declared, digest: B }] });
  expect(request(declared)).toEqual([]);
  expect(pinned(declared)).toBe(byDigest(A));
  expect(retain(declared)).toEqual([]);
  expect(requested).toEqual([]);
});

test("a recorded text keeps its digest, and nothing is requested", () => {
  const { request, pinned, retain, requested } = aCache({ recorded: [{ image: WEB1, digest: A }] });
  expect(pinned(WEB1)).toBe(byDigest(A));
  expect(request(WEB1)).toEqual([]);
  expect(retain(WEB1)).toEqual([{ image: WEB1, digest: A }]);
  expect(requested).toEqual([]);
});

test("a digest in the cache takes precedence over an edited record", () => {
  const { cache, owner, request } = aCache({ recorded: [{ image: WEB1, digest: A }] });
  request(WEB1);
  const edited = { ...owner, recorded: [{ image: WEB1, digest: B }] };
  expect(cache.pinned(edited, WEB1)).toBe(byDigest(A));
  expect(cache.request(edited, [WEB1])).toEqual([]);
  expect(cache.retain(edited, [WEB1])).toEqual([{ image: WEB1, digest: A }]);
});

test.each([
  ["unreachable", "unreachable"],
  ["not-found", "refused"],
  ["denied", "refused"],
  ["malformed", "refused"],
] as const)(
  "a failure that is %s is %s, blocks requests until due, and other images keep their digests",
  (kind, problem) => {
    const { request, pinned, requested, failures } = aCache({ recorded: [{ image: WEB1, digest: A }] });
    failures.set(WEB2, failure(kind, 400));
    expect(request(WEB1, WEB2)).toEqual([{ kind: problem, message: "no answer", retryAfterMs: 400 }]);
    expect(requested).toEqual([]);
    failures.set(WEB2, failure(kind, 0));
    expect(request(WEB1, WEB2)).toEqual([{ kind: problem, message: "no answer", retryAfterMs: 15_000 }]);
    expect(requested).toEqual([WEB2]);
    expect(pinned(WEB1)).toBe(byDigest(A));
    expect(pinned(WEB2)).toBeUndefined();
  },
);

test.each([
  ["elsewhere.example.com/web:1", "is not in an allowed registry"],
  [`elsewhere.example.com/web@${B}`, "is not in an allowed registry"],
  ["registry.example.com/shop-evil/web:1", "is not in an allowed registry"],
  ["registry.example.com/shop/Web:1", "must be in lower case"],
])("%s never runs, even with a recorded digest, and is never requested", (image, words) => {
  const { request, pinned, requested } = aCache({ recorded: [{ image, digest: B }] });
  expect(request(image)).toEqual([{ kind: "forbidden", message: expect.stringContaining(words) }]);
  expect(pinned(image)).toBeUndefined();
  expect(requested).toEqual([]);
});

test("an image that leaves the allow-list keeps its digest for the pods that run, and for its return", () => {
  const { allow, request, pinned, retain } = aCache({ recorded: [{ image: WEB1, digest: A }] });
  request(WEB1);
  allow("elsewhere.example.com");
  expect(pinned(WEB1)).toBeUndefined();
  expect(pinned(WEB1, ALLOWED)).toBe(byDigest(A));
  expect(retain(WEB1)).toEqual([{ image: WEB1, digest: A }]);
  allow("registry.example.com");
  expect(pinned(WEB1)).toBe(byDigest(A));
});

test("a recorded digest that is invalid counts as none", () => {
  const { request, pinned, requested } = aCache({ recorded: [{ image: WEB1, digest: "latest" }] });
  expect(pinned(WEB1)).toBeUndefined();
  expect(request(WEB1)).toMatchObject([{ kind: "unreachable" }]);
  expect(requested).toEqual([WEB1]);
});

test("a text that is dropped and returns later is resolved again", async () => {
  const { request, pinned, retain, requested, answer } = aCache();
  request(WEB1);
  await answer(FOUND);
  request(WEB2);
  await answer({ kind: "found", digest: B });
  expect(retain(WEB1, WEB2)).toEqual([
    { image: WEB1, digest: A },
    { image: WEB2, digest: B },
  ]);
  expect(retain(WEB2)).toEqual([{ image: WEB2, digest: B }]);
  expect(pinned(WEB1)).toBeUndefined();
  request(WEB1);
  expect(requested).toEqual([WEB1, WEB2, WEB1]);
});

test("an owner that is deleted triggers nothing, and one recreated under its key starts empty", async () => {
  const { cache, owner, request, requested, triggered, answer } = aCache();
  request(WEB1);
  cache.forget("uid-1");
  const recreated = { ...owner, uid: "uid-2" };
  cache.request(recreated, [WEB1]);
  await answer(FOUND);
  expect(triggered).toEqual([]);
  expect(cache.pinned(owner, WEB1)).toBeUndefined();
  await answer({ kind: "found", digest: B });
  expect(triggered).toEqual(["shop/web"]);
  expect(cache.pinned(recreated, WEB1)).toBe(byDigest(B));
  expect(requested).toHaveLength(2);
});

test("a bug is reported, triggers no run, and the next run requests again", async () => {
  const { request, requested, triggered, errors, fail } = aCache();
  request(WEB1);
  await fail(new Error("bug"));
  expect(errors).toEqual([new Error("bug")]);
  expect(triggered).toEqual([]);
  expect(request(WEB1)).toMatchObject([{ kind: "unreachable" }]);
  expect(requested).toHaveLength(2);
});

test("whatever is declared and recorded, only an image from an allowed registry runs, and only by digest", () => {
  const image = fc.oneof(
    fc.constantFrom(WEB1, WEB2, `${WEB1}@${A}`, "web", "registry.example.com/shop-evil/web:1", ""),
    fc.string(),
  );
  const digest = fc.oneof(fc.constantFrom(A, B, "sha256:x", ""), fc.string());
  let ran = 0;
  fc.assert(
    fc.property(image, fc.array(fc.record({ image, digest }), { maxLength: 3 }), (declared, recorded) => {
      const { request, pinned } = aCache({ recorded });
      const runs = pinned(declared);
      if (runs !== undefined) {
        ran += 1;
        expect(runs).toMatch(/^registry\.example\.com\/shop\/web@sha256:[ab]{64}$/);
      }
      expect(request(declared)).toHaveLength(runs === undefined ? 1 : 0);
    }),
    { numRuns: 2_000 },
  );
  expect(ran).toBeGreaterThan(50);
});
