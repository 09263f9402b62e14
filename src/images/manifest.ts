/** Takes the digest of a manifest from a registry's answer. Pure. */
import { createHash } from "node:crypto";
import { isDigest } from "./reference.ts";
import { ResolutionError } from "./resolution.ts";

/** Indexes come first: a tag of several platforms resolves to its index, so that every node finds its own image. */
const MEDIA_TYPES = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
] as const;

type Headers = Readonly<Record<string, string | undefined>>;

export const ACCEPT = MEDIA_TYPES.join(", ");

/** The digest in the headers; undefined without one, or if the manifest is of a type that runtimes do not run. */
export function claimedDigest(headers: Headers): string | undefined {
  const digest = headers["docker-content-digest"];
  return digest !== undefined && isDigest(digest) && isManifest(headers) ? digest : undefined;
}

/** The digest of the body. Throws {@link ResolutionError} for a body that is no manifest, and if the headers claim another digest. */
export function computedDigest(headers: Headers, body: Buffer): string {
  const malformed = (message: string): ResolutionError => new ResolutionError("malformed", message);
  if (!isManifest(headers)) {
    throw malformed("the registry has no runnable image under that tag: push an OCI or Docker v2 image");
  }
  const claimed = headers["docker-content-digest"];
  if (claimed !== undefined && !isDigest(claimed)) throw malformed("the registry sends an invalid digest");
  const [algorithm = ""] = (claimed ?? "sha256:").split(":");
  const computed = `${algorithm}:${createHash(algorithm).update(body).digest("hex")}`;
  if (claimed !== undefined && claimed !== computed) {
    throw malformed("the registry sends a manifest with the digest of another: the answer was tampered with");
  }
  return computed;
}

function isManifest(headers: Headers): boolean {
  const [type = ""] = (headers["content-type"] ?? "").split(";");
  const { "content-encoding": encoding = "identity" } = headers;
  return encoding === "identity" && MEDIA_TYPES.some((known) => known === type.trim().toLowerCase());
}
