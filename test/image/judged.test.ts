/** What scripts/image writes, as the libraries of registries and scanners read it. The real image is judged end to end. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle } from "../../scripts/image/bundle.ts";
import { type Image, type Layer, writeArchive, writeLayer } from "../../scripts/image/oci.ts";
import type { Architecture } from "../../scripts/image/platforms.ts";
import { buildSbom } from "../../scripts/image/sbom.ts";
import { type ImageJudge, imageJudge } from "../support/image-judge.ts";

const ROOT = join(import.meta.dirname, "..", "..");

const DEBIAN = [{ name: "libstdc++6", version: "12.2.0-14+deb12u1", sha256: "0".repeat(64), control: "" }];

const folder = mkdtempSync(join(tmpdir(), "palisade-judged-"));
let judge: ImageJudge;
beforeAll(async () => {
  judge = await imageJudge();
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe("the bill of materials", () => {
  let sbom: string;
  beforeAll(async () => {
    sbom = buildSbom({
      version: "1.2.3",
      architecture: "arm64",
      npm: (await bundle(ROOT, "1.2.3")).npm,
      debian: DEBIAN,
      osRelease: 'ID=debian\nVERSION_ID="12"\n',
      created: "2026-01-01T00:00:00Z",
    });
  });
  const written = (text: string): string => {
    const file = join(folder, "bom.json");
    writeFileSync(file, text);
    return file;
  };

  test("is a valid CycloneDX 1.6 document whose dependencies are all in it", async () => {
    expect(await judge.sbom(written(sbom))).toEqual({
      version: "1.6",
      components: JSON.parse(sbom).components.length,
    });
  });

  test.each([
    { name: "a field that the schema does not know", from: '"cpe"', to: '"cpu"' },
    { name: "a serial number that is none", from: "urn:uuid:", to: "uuid:" },
    { name: "a dependency on nothing", from: '"ref": "palisade@1.2.3"', to: '"ref": "palisade@1"' },
  ])("would be refused with $name", async ({ from, to }) => {
    expect(sbom).toContain(from);

    await expect(judge.sbom(written(sbom.replace(from, to)))).rejects.toThrow();
  });
});

describe("an archive", () => {
  const layer = (compress: boolean): Promise<Layer> => {
    const content = { text: "some text\n".repeat(1_000) };
    return writeLayer(join(folder, "layer"), [{ kind: "file", path: "some/file", mode: 0o644, content }], { compress });
  };
  const image = (architecture: Architecture, layers: readonly Layer[]): Image => ({
    architecture,
    config: { Cmd: ["/some/file"] },
    layers,
  });
  const unpacked = async (images: readonly Image[]): Promise<{ readonly layout: string; readonly digest: string }> => {
    const file = join(folder, "image.tar");
    const { digest } = await writeArchive(file, "registry.example.com/some:1", images);
    const layout = join(folder, `layout-${digest.slice(7, 15)}`);
    mkdirSync(layout, { recursive: true });
    spawnSync("tar", ["-xf", file, "-C", layout]);
    return { layout, digest };
  };

  test.each([
    { name: "one architecture, compressed", architectures: ["amd64"], compress: true },
    { name: "one architecture, as it is", architectures: ["arm64"], compress: false },
    { name: "both architectures", architectures: ["amd64", "arm64"], compress: true },
  ] as const)("is taken by a registry and given back whole: $name", async ({ architectures, compress }) => {
    const layers = [await layer(compress)];
    const { layout, digest } = await unpacked(architectures.map((architecture) => image(architecture, layers)));

    expect(await judge.layout(layout)).toEqual({
      digest,
      platforms: architectures.map((architecture) => `linux/${architecture}`),
    });
  });

  test("would be refused with a layer that is not what its configuration says", async () => {
    const wrong = { ...(await layer(true)), diffId: `sha256:${"0".repeat(64)}` };

    const { layout } = await unpacked([image("amd64", [wrong])]);

    await expect(judge.layout(layout)).rejects.toThrow("a layer is");
  });
});
