/** The manifest by which krew installs the archives as `kubectl palisade` (krew.googlecontainertools.github.com/v1alpha2). */
import { basename } from "node:path";
import { stringify } from "yaml";
import { type Archive, programOf } from "./build.ts";

/** `base` is where the archives can be fetched. */
export function krewManifest(version: string, archives: readonly Archive[], base: string): string {
  return stringify({
    apiVersion: "krew.googlecontainertools.github.com/v1alpha2",
    kind: "Plugin",
    metadata: { name: "palisade" },
    spec: {
      version: `v${version}`,
      shortDescription: "Bring workloads to Palisade, and see how they stand",
      description:
        "Converts what runs today to SecureWorkloads, learns what it really calls, moves it, and explains what Palisade does.",
      platforms: archives.map(({ platform, file, sha256 }) => ({
        selector: { matchLabels: { os: platform.os, arch: platform.arch } },
        uri: `${base.replace(/\/$/, "")}/${basename(file)}`,
        sha256,
        bin: programOf(platform),
      })),
    },
  });
}
