/** References with a registry mean what they mean to container runtimes; all others are refused. */
import fc from "fast-check";
import { type ImageReference, parseReference } from "../../src/images/reference.ts";
import { type ReferenceReader, startReferenceReader } from "../support/registry.ts";

let reader: ReferenceReader;

beforeAll(async () => {
  reader = await startReferenceReader();
}, 600_000);

afterAll(() => reader?.kill());

const hex = (length: number): fc.Arbitrary<string> => fc.stringMatching(new RegExp(`^[a-f0-9]{${length}}$`));

/** Mostly what is right, now and then what is not. */
const mostly = (...[right, ...wrong]: readonly [fc.Arbitrary<string>, ...(readonly fc.Arbitrary<string>[])]) =>
  fc.oneof({ arbitrary: right, weight: 4 * wrong.length }, ...wrong.map((arbitrary) => ({ arbitrary, weight: 1 })));

const host = mostly(
  fc.stringMatching(/^[a-z][a-z0-9]{0,4}([.][a-z][a-z0-9]{0,4}){1,2}$/),
  fc.constantFrom("localhost", "127.0.0.1", "[::1]", "single"),
  fc.constantFrom("127.1", "[2001:DB8::1]", "[::x]", "HOST", "Mixed.example.com"),
  fc.stringMatching(/^[a-z0-9-]{1,5}([.][a-zA-Z0-9-]{1,5}){0,2}$/),
);
const port = mostly(fc.constantFrom("", ":5000", ":443"), fc.constantFrom(":0", ":00080", ":70000", ":", ":x"));
const path = mostly(
  fc.stringMatching(/^[a-z0-9]{1,3}(([.]|_|__|-{1,3}|[/])[a-z0-9]{1,3}){0,4}$/),
  fc.stringMatching(/^[a-z0-9]{1,3}([._/-]{0,3}[a-zA-Z0-9]{1,3}){0,4}$/),
);
const tag = mostly(
  fc.stringMatching(/^(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,5})?$/),
  fc.stringMatching(/^:[A-Za-z0-9_.-]{0,6}$/),
  fc.constantFrom(":", `:${"t".repeat(128)}`, `:${"t".repeat(129)}`),
);
const digest = mostly(
  fc.oneof(
    fc.constant(""),
    hex(64).map((value) => `@sha256:${value}`),
    hex(128).map((value) => `@sha512:${value}`),
  ),
  hex(96).map((value) => `@sha384:${value}`),
  hex(63).map((value) => `@sha256:${value}`),
  hex(64).map((value) => `@sha256:${value.toUpperCase()}`),
);

const reference = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(host, port, fc.constant("/"), path, tag, digest).map((parts) => parts.join("")) },
  { weight: 2, arbitrary: fc.tuple(path, tag, digest).map((parts) => parts.join("")) },
  { weight: 1, arbitrary: fc.stringMatching(/^[a-zA-Z0-9.:@/_[\]-]{0,30}$/) },
  {
    weight: 1,
    arbitrary: fc.oneof(
      hex(64),
      fc.constantFrom("", "/", "a//b", `a/${"x".repeat(255)}`, `a/${"x".repeat(250)}`, "web\n", " web", "a://b/c"),
    ),
  },
);

/** Where this project is stricter, so that texts that differ never mean the same host. */
function isStricter({ registry, digest: given }: { readonly registry: string; readonly digest?: string }): boolean {
  const number = registry.match(/:([0-9]+)$/)?.[1];
  const name = number === undefined ? registry : registry.slice(0, -number.length - 1);
  const isCanonical = URL.canParse(`https://${name}`) && new URL(`https://${name}`).hostname === name;
  const isPort = number === undefined || (/^[1-9]/.test(number) && Number(number) <= 65_535);
  return !isCanonical || !isPort || given?.startsWith("sha384:") === true;
}

test("accepts the references that the distribution library accepts, with the same parts, except for hosts and ports in other forms", async () => {
  let [read, stricter, unnamed] = [0, 0, 0];
  await fc.assert(
    fc.asyncProperty(reference, async (text) => {
      const theirs = await reader.read(text);
      const ours = parseReference(text);
      if (!("error" in theirs) && isStricter(theirs)) {
        stricter += 1;
        expect(ours.ok).toBe(false);
        return;
      }
      if ("error" in theirs && theirs.error.includes("canonical")) unnamed += 1;
      expect({ text, ok: ours.ok }).toEqual({ text, ok: !("error" in theirs) });
      if (!ours.ok || "error" in theirs) return;
      read += 1;
      const { registry, repository } = theirs;
      const expected: ImageReference = { registry, repository, tag: theirs.tag, digest: theirs.digest };
      expect(ours.reference).toEqual(expected);
    }),
    { numRuns: 10_000 },
  );
  // Enough of each kind for the comparison to mean something.
  expect(read).toBeGreaterThan(1_000);
  expect(stricter).toBeGreaterThan(100);
  expect(unnamed).toBeGreaterThan(100);
});
