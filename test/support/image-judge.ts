/** Judges images and their bills of materials by the libraries of the field: `test/image/`, in Go. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { goBinary, requiredVersion } from "../cluster/go-binary.ts";

const SOURCES = join(import.meta.dirname, "..", "image");
const CYCLONEDX = "github.com/CycloneDX/cyclonedx-go";

const execute = promisify(execFile);

export interface ImageJudge {
  /** Of an OCI layout in a folder: rejects unless a registry takes it and gives it back whole. */
  layout(folder: string): Promise<{ readonly digest: string; readonly platforms: readonly string[] }>;
  /** Of a CycloneDX document: rejects unless its schema allows it. */
  sbom(file: string): Promise<{ readonly version: string; readonly components: number }>;
  /** Of an image's file system: rejects unless every loader and library that a program or library asks for is in it. */
  linkage(root: string): Promise<{ readonly programs: readonly string[]; readonly libraries: readonly string[] }>;
}

export const imageJudgeBinary = (): Promise<string> =>
  goBinary({
    name: "image-judge",
    title: `the judge of images (go-containerregistry ${requiredVersion(SOURCES, "github.com/google/go-containerregistry")})`,
    duration: "half a minute",
    sources: SOURCES,
  });

/** The judge, built first where needed. */
export async function imageJudge(): Promise<ImageJudge> {
  const binary = await imageJudgeBinary();
  const schemas = await schemaFolder();
  const ask = async (...args: readonly string[]) => JSON.parse((await execute(binary, args)).stdout);
  return {
    layout: (folder) => ask("layout", folder),
    sbom: (file) => ask("sbom", file, schemas),
    linkage: (root) => ask("linkage", root),
  };
}

/** The CycloneDX module brings the schemas along. */
async function schemaFolder(): Promise<string> {
  const { stdout } = await execute("go", ["mod", "download", "-json", CYCLONEDX], { cwd: SOURCES });
  return join(JSON.parse(stdout).Dir, "schema");
}
