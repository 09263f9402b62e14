/**
 * The software bill of materials: what is in an image, by the names under which vulnerabilities are published
 * (CycloneDX 1.6, ECMA-424). The same content always gives the same bytes, its serial number included.
 */
import { createHash } from "node:crypto";
import type { BundledPackage, BundledPackages } from "./bundled-packages.ts";
import type { DebianPackage } from "./debian.ts";
import { NODE_INTEGRITY, NODE_VERSION } from "./node-runtime.ts";
import { type Architecture, PLATFORMS } from "./platforms.ts";

export interface SbomInput {
  readonly version: string;
  readonly architecture: Architecture;
  readonly npm: BundledPackages;
  readonly debian: readonly DebianPackage[];
  /** The distribution's /etc/os-release. */
  readonly osRelease: string;
  /** RFC 3339; none unless set. */
  readonly created?: string | undefined;
}

interface Component {
  readonly type: "application" | "library" | "operating-system";
  readonly "bom-ref": string;
  readonly name: string;
  readonly version: string;
  readonly hashes?: readonly { readonly alg: "SHA-256" | "SHA-512"; readonly content: string }[];
  readonly licenses?: readonly { readonly expression: string }[];
  readonly cpe?: string;
  readonly purl?: string;
}

interface Dependency {
  readonly ref: string;
  readonly dependsOn: readonly string[];
}

/** As JSON, indented for people. */
export function buildSbom(input: SbomInput): string {
  const own = ownComponent(input);
  const node = nodeComponent(input.architecture);
  const debian = input.debian.map((some) => debianComponent(some, input));
  const npm = new Map(input.npm.packages.map((some) => [some.folder, npmComponent(some)]));
  const refsOf = (folders: readonly string[]): readonly string[] =>
    folders.flatMap((folder) => npm.get(folder)?.["bom-ref"] ?? []);
  const dependencies: readonly Dependency[] = [
    { ref: own["bom-ref"], dependsOn: [node["bom-ref"], ...refsOf(input.npm.direct)] },
    { ref: node["bom-ref"], dependsOn: debian.map((component) => component["bom-ref"]) },
    ...input.npm.packages.flatMap(({ folder, imports }) =>
      refsOf([folder]).map((ref) => ({ ref, dependsOn: refsOf(imports) })),
    ),
  ];
  const content = {
    version: 1,
    metadata: { ...(input.created === undefined ? {} : { timestamp: input.created }), component: own },
    components: [systemComponent(input.osRelease), node, ...debian, ...npm.values()],
    dependencies,
  };
  const serialNumber = serialOf(JSON.stringify(content));
  return `${JSON.stringify({ bomFormat: "CycloneDX", specVersion: "1.6", serialNumber, ...content }, undefined, 2)}\n`;
}

const ownComponent = ({ version }: SbomInput): Component => ({
  type: "application",
  "bom-ref": `palisade@${version}`,
  name: "palisade",
  version,
  licenses: [{ expression: "Apache-2.0" }],
});

/** By its package, which says where it came from, and by its CPE, which is how its vulnerabilities are published. */
function nodeComponent(architecture: Architecture): Component {
  const purl = npmPurl(PLATFORMS[architecture].nodePackage, NODE_VERSION);
  return {
    type: "application",
    "bom-ref": purl,
    name: "node",
    version: NODE_VERSION,
    hashes: [hashOf(NODE_INTEGRITY[architecture])],
    licenses: [{ expression: "MIT" }],
    cpe: `cpe:2.3:a:nodejs:node.js:${NODE_VERSION}:*:*:*:*:*:*:*`,
    purl,
  };
}

/** Without licences: Debian writes them in prose, which is in the image under /usr/share/doc. */
function debianComponent({ name, version, sha256 }: DebianPackage, { osRelease, architecture }: SbomInput): Component {
  const { id, release } = systemOf(osRelease);
  const place = `pkg:deb/${id}/${encodeURIComponent(name)}@${encodeURIComponent(version)}`;
  const purl = `${place}?arch=${architecture}&distro=${id}-${release}`;
  return { type: "library", "bom-ref": purl, name, version, hashes: [{ alg: "SHA-256", content: sha256 }], purl };
}

function npmComponent({ name, version, license, integrity }: BundledPackage): Component {
  const purl = npmPurl(name, version);
  const licenses = [{ expression: license }];
  return { type: "library", "bom-ref": purl, name, version, hashes: [hashOf(integrity)], licenses, purl };
}

/** Scanners look the distribution up here before they judge its packages. */
function systemComponent(osRelease: string): Component {
  const { id, release } = systemOf(osRelease);
  return { type: "operating-system", "bom-ref": `${id}@${release}`, name: id, version: release };
}

function systemOf(osRelease: string): { readonly id: string; readonly release: string } {
  const field = (name: string): string => new RegExp(`^${name}="?([^"\n]*)"?$`, "m").exec(osRelease)?.[1] ?? "unknown";
  return { id: field("ID"), release: field("VERSION_ID") };
}

const npmPurl = (name: string, version: string): string =>
  `pkg:npm/${name.split("/").map(encodeURIComponent).join("/")}@${encodeURIComponent(version)}`;

/** Of a subresource integrity, which is in base64. */
const hashOf = (integrity: string) =>
  ({ alg: "SHA-512", content: Buffer.from(integrity.replace("sha512-", ""), "base64").toString("hex") }) as const;

/** A UUID of version 8: one whose bits mean what its maker says (RFC 9562, section 5.8), here the content's hash. */
function serialOf(content: string): string {
  const bytes = createHash("sha256").update(content).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString("hex");
  return `urn:uuid:${[
    [0, 8],
    [8, 12],
    [12, 16],
    [16, 20],
    [20, 32],
  ]
    .map(([from, to]) => hex.slice(from, to))
    .join("-")}`;
}
