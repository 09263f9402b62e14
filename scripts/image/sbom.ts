/**
 * The software bill of materials: what is in an image, by the names under which vulnerabilities are published
 * (CycloneDX 1.6, ECMA-424). The same content always gives the same bytes, its serial number included.
 */
import { createHash } from "node:crypto";
import type { DebianPackage } from "./debian.ts";
import { NODE_INTEGRITY, NODE_VERSION } from "./node-runtime.ts";
import { type Component, type Dependency, hashOf, type NpmPackages } from "./npm-packages.ts";
import { type Architecture, PLATFORMS } from "./platforms.ts";

export interface SbomInput {
  readonly version: string;
  readonly architecture: Architecture;
  readonly npm: NpmPackages;
  readonly debian: readonly DebianPackage[];
  /** The distribution's /etc/os-release. */
  readonly osRelease: string;
  /** RFC 3339; none unless set. */
  readonly created?: string | undefined;
}

/** As JSON, indented for people: what the plugin found in the bundle, on Node, on the packages of the distribution. */
export function buildSbom({ version, architecture, npm, debian, osRelease, created }: SbomInput): string {
  const own = { ...npm.own, "bom-ref": `palisade@${version}`, version };
  const system = systemComponent(osRelease);
  const node = nodeComponent(architecture);
  const libraries = debian.map((some) => debianComponent(some, system, architecture));
  const refOf = (component: Component): string => component["bom-ref"];
  const dependencies = npm.dependencies.map(
    ({ ref, dependsOn = [] }): Dependency =>
      ref === refOf(npm.own) ? { ref: refOf(own), dependsOn: [refOf(node), ...dependsOn] } : { ref, dependsOn },
  );
  const content = {
    version: 1,
    metadata: { ...(created === undefined ? {} : { timestamp: created }), component: own },
    components: [system, node, ...libraries, ...npm.packages],
    dependencies: [...dependencies, { ref: refOf(node), dependsOn: libraries.map(refOf) }],
  };
  const serialNumber = serialOf(JSON.stringify(content));
  return `${JSON.stringify({ bomFormat: "CycloneDX", specVersion: "1.6", serialNumber, ...content }, undefined, 2)}\n`;
}

/** By its package, which says where it came from, and by its CPE, which is how its vulnerabilities are published. */
function nodeComponent(architecture: Architecture): Component {
  const purl = `pkg:npm/${PLATFORMS[architecture].nodePackage}@${NODE_VERSION}`;
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
function debianComponent(
  { name, version, sha256 }: DebianPackage,
  { name: distribution, version: release }: Component,
  architecture: Architecture,
): Component {
  const place = `pkg:deb/${distribution}/${encodeURIComponent(name)}@${encodeURIComponent(version)}`;
  const purl = `${place}?arch=${architecture}&distro=${distribution}-${release}`;
  return { type: "library", "bom-ref": purl, name, version, hashes: [{ alg: "SHA-256", content: sha256 }], purl };
}

/** Scanners look the distribution up here before they judge its packages. */
function systemComponent(osRelease: string): Component {
  const field = (name: string): string => new RegExp(`^${name}="?([^"\n]*)"?$`, "m").exec(osRelease)?.[1] ?? "unknown";
  const [name, version] = [field("ID"), field("VERSION_ID")];
  return { type: "operating-system", "bom-ref": `${name}@${version}`, name, version };
}

/** A UUID of version 8: one whose bits mean what its maker says (RFC 9562, section 5.8), here the content's hash. */
function serialOf(content: string): string {
  const bytes = createHash("sha256").update(content).digest();
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "urn:uuid:$1-$2-$3-$4-$5");
}
