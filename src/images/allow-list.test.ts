import fc from "fast-check";
import { isWithin, parseAllowList, parseReadableEntries } from "./allow-list.ts";
import { parseReference } from "./reference.ts";

function allows(entries: readonly string[], image: string): boolean {
  const parsed = parseReference(image);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parseAllowList(entries).check(parsed.reference).allowed;
}

test.each([
  { entry: "registry.example.com", image: "registry.example.com/shop/web:1", allowed: true },
  { entry: "registry.example.com/shop", image: "registry.example.com/shop/web:1", allowed: true },
  { entry: "registry.example.com/shop", image: "registry.example.com/shop/a/b/c", allowed: true },
  { entry: "registry.example.com/shop/web", image: "registry.example.com/shop/web:1", allowed: true },
  { entry: "registry.example.com/shop", image: "registry.example.com/shop-evil/web:1", allowed: false },
  { entry: "registry.example.com/shop", image: "registry.example.com/shopping:1", allowed: false },
  { entry: "registry.example.com/shop", image: "registry.example.com/other/shop:1", allowed: false },
  { entry: "registry.example.com/shop/web", image: "registry.example.com/shop:1", allowed: false },
  { entry: "registry.example.com", image: "registry.example.com.evil.example.com/web", allowed: false },
  { entry: "registry.example.com", image: "evil-registry.example.com/web", allowed: false },
  { entry: "example.com", image: "registry.example.com/web", allowed: false },
  { entry: "registry.example.com", image: "registry.example.com:5000/web", allowed: false },
  { entry: "registry.example.com:5000", image: "registry.example.com/web", allowed: false },
  { entry: "registry.example.com:5000", image: "registry.example.com:5000/web", allowed: true },
  { entry: "registry.example.com", image: "registry.example.com/web:1@sha256:".padEnd(100, "a"), allowed: true },
  { entry: "docker.io", image: "docker.io/nginx:1", allowed: true },
  { entry: "docker.io", image: "index.docker.io/bitnami/redis:7", allowed: true },
  { entry: "docker.io", image: "registry-1.docker.io/library/nginx:1", allowed: true },
  { entry: "index.docker.io", image: "docker.io/nginx:1", allowed: true },
  { entry: "docker.io/library", image: "docker.io/nginx:1", allowed: true },
  { entry: "docker.io/nginx", image: "docker.io/nginx:1", allowed: true },
  { entry: "docker.io/bitnami", image: "docker.io/bitnami/redis:7", allowed: true },
  { entry: "docker.io/library", image: "docker.io/bitnami/redis:7", allowed: false },
  { entry: "docker.io/nginx", image: "docker.io/evil/nginx:1", allowed: false },
  { entry: "docker.io", image: "docker.io.evil.example/nginx:1", allowed: false },
  { entry: "docker.io", image: "evil.docker.io/nginx:1", allowed: false },
  { entry: "[2001:db8::1]:5000", image: "[2001:db8::1]:5000/web", allowed: true },
])("$entry and $image: $allowed", ({ entry, image, allowed }) => {
  const text = image.includes("@sha256:") ? `${image.split("@")[0]}@sha256:${"a".repeat(64)}` : image;
  expect(allows([entry], text)).toBe(allowed);
});

test("an empty list allows nothing", () => {
  expect(allows([], "registry.example.com/web:1")).toBe(false);
});

test("a refusal names the image, the allowed registries and whom to ask", () => {
  const parsed = parseReference("elsewhere.example.com/web:1");
  if (!parsed.ok) throw new Error(parsed.problem);
  const entries = ["registry.example.com", "mirror.example.com/shop"];
  expect(parseAllowList(entries).check(parsed.reference)).toEqual({
    allowed: false,
    message:
      "elsewhere.example.com/web is not in an allowed registry: use registry.example.com or mirror.example.com/shop, or ask the platform team to allow it",
  });
});

test.each([
  ["*.example.com", "wildcards are not supported"],
  ["registry.example.com/shop*", "wildcards are not supported"],
  ["https://registry.example.com", "without a scheme"],
  ["shop/web", "must start with a registry's host"],
  ["", "must start with a registry's host"],
  ["registry.example.com/", "without the slash at the end"],
  ["registry.example.com/shop/", "write shop/web"],
  ["registry.example.com//shop", "write shop/web"],
  ["Registry.example.com", "must be written as registry.example.com"],
  ["registry.example.com:0", "from 1 to 65535"],
  ["registry.example.com/Shop", "must be in lower case"],
  ["registry.example.com/shop:1", "write shop/web"],
])("refuses the entry %j and says what to write", (entry, words) => {
  expect(() => parseAllowList([entry])).toThrow(words);
});

test("a path allows what begins with all its parts, and nothing else", () => {
  const parts = fc.array(fc.stringMatching(/^[a-z]{1,2}$/), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(parts, parts, (repository, prefix) => {
      const expected = prefix.every((part, index) => repository[index] === part);
      const registry = "registry.example.com";
      const reference = { registry, repository: repository.join("/"), tag: undefined, digest: undefined };
      expect(isWithin(reference, { registry, path: prefix.join("/") })).toBe(expected);
    }),
    { numRuns: 2_000 },
  );
});

test("an entry that this version cannot read allows nothing, and the others still count", () => {
  const list = parseReadableEntries(["*.example.com", "registry.example.com"]);
  const reference = { registry: "registry.example.com", repository: "web", tag: "1", digest: undefined };
  expect(list.check(reference)).toEqual({ allowed: true });
  expect(list.check({ ...reference, registry: "mirror.example.com" })).toMatchObject({ allowed: false });
});
