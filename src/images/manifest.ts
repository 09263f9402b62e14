/** What a registry says a manifest is, and whether that is to be believed. Pure. */
import { createHash } from "node:crypto";
import { LookupFailure } from "./lookup.ts";
import { isDigest } from "./reference.ts";

/** Lists of platforms first: a tag that has one is pinned to it, so that every node finds its own image. */
const MEDIA_TYPES = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
] as const;

type Headers = Readonly<Record<string, string | undefined>>;

export const ACCEPT = MEDIA_TYPES.join(", ");

/** The digest that the headers claim; undefined where they claim none, or not for a manifest that runtimes run. */
export function claimedDigest(headers: Headers): string | undefined {
  const digest = headers["docker-content-digest"];
  return digest !== undefined && isDigest(digest) && isManifest(headers) ? digest : undefined;
}

/** The digest of the manifest itself. Throws {@link LookupFailure} when it is none, or not the one that the headers claim. */
export function provenDigest(headers: Headers, body: Buffer): string {
  if (!isManifest(headers)) {
    throw new LookupFailure(
      "malformed",
      "it has no image of that tag that runtimes run: push an OCI or Docker v2 image",
    );
  }
  const claimed = headers["docker-content-digest"];
  if (claimed === undefined) return hashOf("sha256", body);
  if (!isDigest(claimed)) {
    throw new LookupFailure("malformed", "it gives a digest that is none");
  }
  const [algorithm = ""] = claimed.split(":");
  if (hashOf(algorithm, body) !== claimed) {
    throw new LookupFailure("malformed", "it gives a manifest and the digest of another: somebody tampers with it");
  }
  return claimed;
}

const hashOf = (algorithm: string, body: Buffer): string =>
  `${algorithm}:${createHash(algorithm).update(body).digest("hex")}`;

function isManifest(headers: Headers): boolean {
  const [type = ""] = (headers["content-type"] ?? "").split(";");
  const { "content-encoding": encoding = "identity" } = headers;
  return encoding === "identity" && MEDIA_TYPES.some((known) => known === type.trim().toLowerCase());
}
