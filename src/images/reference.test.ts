import fc from "fast-check";
import {
  canonicalText,
  type ImageReference,
  isDigest,
  nameOf,
  parseReference,
  tagOf,
  withDigest,
} from "./reference.ts";

const SHA256 = `sha256:${"a1".repeat(32)}`;
const SHA512 = `sha512:${"b2".repeat(64)}`;

function parsed(text: string): ImageReference {
  const result = parseReference(text);
  if (!result.ok) throw new Error(result.problem);
  return result.reference;
}

function problemOf(text: string): string {
  const result = parseReference(text);
  if (result.ok) throw new Error(`${text} parsed as ${canonicalText(result.reference)}`);
  return result.problem;
}

test.each([
  ["registry.example.com/shop/web:1.4.2", "registry.example.com", "shop/web", "1.4.2", undefined],
  ["registry.example.com/web", "registry.example.com", "web", undefined, undefined],
  [`registry.example.com/web@${SHA256}`, "registry.example.com", "web", undefined, SHA256],
  [`registry.example.com/web@${SHA512}`, "registry.example.com", "web", undefined, SHA512],
  [`registry.example.com:5000/a/b/c:v1@${SHA256}`, "registry.example.com:5000", "a/b/c", "v1", SHA256],
  ["localhost/web:1", "localhost", "web", "1", undefined],
  ["registry:5000/web", "registry:5000", "web", undefined, undefined],
  ["127.0.0.1:5000/web:1", "127.0.0.1:5000", "web", "1", undefined],
  ["[2001:db8::1]:5000/web:1", "[2001:db8::1]:5000", "web", "1", undefined],
  ["[::1]/web", "[::1]", "web", undefined, undefined],
  ["registry.example.com/a__b/c--d.e_f:Tag_1.x-y", "registry.example.com", "a__b/c--d.e_f", "Tag_1.x-y", undefined],
])("reads %s", (text, registry, repository, tag, digest) => {
  expect(parsed(text)).toEqual({ registry, repository, tag, digest });
});

test.each([
  ["registry.example.com/", "write registry.example.com/shop/web:1.4.2"],
  ["registry.example.com/Shop/web", "write shop/web"],
  ["registry.example.com/shop//web", "write shop/web"],
  ["registry.example.com/shop/../web", "write shop/web"],
  ["registry.example.com/shop/-web", "write shop/web"],
  ["registry.example.com/a___b", "write shop/web"],
  ["https://registry.example.com/web", "must not be a URL"],
  ["Registry.example.com/web", "must be written as registry.example.com"],
  ["REGISTRY:5000/web", "must be written as registry"],
  ["registry.example.com:0/web", "from 1 to 65535"],
  ["registry.example.com:05000/web", "from 1 to 65535"],
  ["registry.example.com:65536/web", "from 1 to 65535"],
  ["registry.example.com:/web", "from 1 to 65535"],
  ["user:secret@registry.example.com/web", "port"],
  ["-registry.example.com/web", "is not a host name"],
  ["registry..example.com/web", "is not a host name"],
  ["[2001:DB8::0:1]/web", "must be written as [2001:db8::1]"],
  ["[:::1]/web", "is not a host name or address"],
  ["[fe80::1%25eth0]/web", "is not a host name"],
  ["127.1/web", "must be written as 127.0.0.1"],
  ["0x7f.0.0.1/web", "must be written as 127.0.0.1"],
  ["1.2.3.4.5/web", "is not a host name or address"],
  ["registry.example.com/web:", "the tag"],
  ["registry.example.com/web:-1", "the tag"],
  [`registry.example.com/web:${"x".repeat(129)}`, "at most 128"],
  ["registry.example.com/web:1:2", "the tag"],
  ["registry.example.com/web@", "the digest"],
  [`registry.example.com/web@${SHA256.toUpperCase()}`, "the digest"],
  [`registry.example.com/web@${SHA256.slice(0, -1)}`, "the digest"],
  [`registry.example.com/web@sha384:${"a".repeat(96)}`, "sha256: and 64"],
  [`registry.example.com/web@${SHA256}@${SHA256}`, "the digest"],
  ["a".repeat(64), "only an id"],
  [`registry.example.com/${"a".repeat(256)}`, "longer than 255"],
  ["registry.example.com/web :1", "write shop/web"],
  ["registry.example.com/wéb", "write shop/web"],
])("refuses %s and says what to write", (text, words) => {
  expect(problemOf(text)).toContain(words);
});

test.each([
  "",
  "web",
  "web:5000",
  "shop/web:1.4.2",
  "registry/web",
  "REGISTRY/web",
  "/web",
  `web@${SHA256}`,
  "registry.example.com",
])("refuses %j, which names no registry", (text) => {
  expect(problemOf(text)).toMatch(/^name the registry too: registry[.]example[.]com\/shop\/web:1[.]4[.]2/);
});

test.each([
  ["nginx:1.27", "docker.io/library/nginx:1.27"],
  ["bitnami/redis:7.4", "docker.io/bitnami/redis:7.4"],
])("tells how Docker Hub calls %s", (text, name) => {
  expect(problemOf(text)).toContain(`or ${name} if it is on Docker Hub`);
});

test.each(["docker.io/nginx:1.27", "docker.io/library/nginx:1.27", "index.docker.io/nginx:1.27"])(
  "reads %s as runtimes do",
  (text) => {
    expect(canonicalText(parsed(text))).toBe("docker.io/library/nginx:1.27");
  },
);

test("a problem is one short line of ASCII characters, whatever the input", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 2_000 }), (text) => {
      const result = parseReference(`registry.example.com/${text}`);
      if (!result.ok) expect(result.problem).toMatch(/^[\x20-\x7e…]{1,500}$/);
    }),
  );
});

const word = fc.stringMatching(/^[a-z0-9]{1,8}$/);
const path = fc
  .array(fc.tuple(word, fc.constantFrom("", ".a", "_b", "__c", "---d")), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.map(([head, tail]) => head + tail).join("/"));
const host = fc.oneof(
  fc.array(fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/), { minLength: 2, maxLength: 4 }).map((labels) => labels.join(".")),
  fc.constantFrom("localhost", "10.1.2.3", "[2001:db8::5]", "[::1]"),
);
const port = fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined });
const tag = fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/), { nil: undefined });
const digest = fc.option(fc.constantFrom(SHA256, SHA512), { nil: undefined });

const reference: fc.Arbitrary<ImageReference> = fc
  .record({ host, port, repository: path, tag, digest })
  .map(({ host: name, port: number, ...rest }) => ({
    registry: number === undefined ? name : `${name}:${number}`,
    ...rest,
  }));

test("the canonical text of any reference reads as that reference", () => {
  fc.assert(fc.property(reference, (value) => expect(parsed(canonicalText(value))).toEqual(value)));
});

test("the canonical text of every valid text is canonical", () => {
  const text = fc.stringMatching(/^[a-zA-Z0-9.:@/_[\]-]{0,40}$/);
  fc.assert(
    fc.property(
      fc.oneof(
        text,
        fc.tuple(host, path).map(([a, b]) => `${a}/${b}`),
        fc.tuple(host, path, word).map(([a, b, c]) => `${a}/${b}:${c}`),
      ),
      (given) => {
        const result = parseReference(given);
        if (result.ok) expect(parsed(canonicalText(result.reference))).toEqual(result.reference);
      },
    ),
    { numRuns: 2_000 },
  );
});

test("a reference's host is exactly the host that a URL connects to", () => {
  const wild = fc.stringMatching(/^[a-zA-Z0-9.:[\]x-]{1,20}$/);
  fc.assert(
    fc.property(fc.oneof(wild, host), (name) => {
      const result = parseReference(`${name}/web:1`);
      if (!result.ok || result.reference.registry !== name) return;
      expect(new URL(`https://${name}`).hostname).toBe(name.replace(/:[0-9]+$/, ""));
    }),
    { numRuns: 2_000 },
  );
});

test("an image by digest has its full name and no tag", () => {
  const pinned = withDigest(parsed("registry.example.com/web:1.4.2"), SHA256);
  expect(canonicalText(pinned)).toBe(`registry.example.com/web@${SHA256}`);
  expect(nameOf(pinned)).toBe("registry.example.com/web");
  expect(() => withDigest(pinned, "sha256:short")).toThrow("a digest is");
  expect(isDigest(SHA512)).toBe(true);
});

test("the default tag is that of container runtimes", () => {
  expect(tagOf(parsed("registry.example.com/web"))).toBe("latest");
  expect(tagOf(parsed("registry.example.com/web:2"))).toBe("2");
});
