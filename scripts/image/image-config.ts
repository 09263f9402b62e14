/** What a container of the image starts as. The Dockerfile says the same, and a test holds them together. */
import { PARTS, PROGRAM } from "./bundle.ts";
import type { ImageConfig } from "./oci.ts";
import { USER } from "./system-layer.ts";

export interface Origin {
  readonly version: string;
  /** The commit; unknown where the sources are none, or were changed since. */
  readonly revision?: string | undefined;
  /** RFC 3339. */
  readonly created?: string | undefined;
}

/** Where things lie in the image. */
export const PATHS = {
  node: "usr/bin/node",
  nodeTerms: "usr/share/doc/node/LICENSE",
  program: PROGRAM,
  parts: PARTS,
  terms: "usr/share/doc/palisade/LICENSE",
  bundledTerms: "usr/share/doc/palisade/third-party.txt",
  sbom: "usr/share/sbom/palisade.cdx.json",
} as const;

/**
 * No NODE_OPTIONS: the heap follows the container's memory limit by itself, and the authorities that registries are trusted by are those
 * that Node brings and those of `--registry-ca`, so there is no /etc/ssl either.
 */
export const imageConfig = (origin: Origin): ImageConfig => ({
  User: `${USER}:${USER}`,
  ExposedPorts: { "8080/tcp": {} },
  Entrypoint: [`/${PATHS.node}`, `/${PATHS.program}`],
  Cmd: ["operator"],
  WorkingDir: "/",
  Labels: labels(origin),
});

/** Annotation keys of the OCI image specification; a registry shows them. */
function labels({ version, revision, created }: Origin): Readonly<Record<string, string>> {
  const key = (name: string): string => `org.opencontainers.image.${name}`;
  return {
    [key("title")]: "Palisade",
    [key("description")]: "A Kubernetes operator that makes the secure way to run a workload the only way.",
    [key("licenses")]: "Apache-2.0",
    [key("version")]: version,
    ...(revision === undefined ? {} : { [key("revision")]: revision }),
    ...(created === undefined ? {} : { [key("created")]: created }),
  };
}
