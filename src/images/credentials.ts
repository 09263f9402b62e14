/** The credentials that the platform mounts for the operator: a docker config file, followed while it changes. */
import { followedFile } from "../kopf/followed-file.ts";
import type { Credential } from "./credential.ts";
import { type CredentialEntry, credentialFor, parseDockerConfig } from "./docker-config.ts";
import type { ImageReference } from "./reference.ts";

export interface Credentials {
  /** The credential for an image, of the file as it is now; undefined where it has none. */
  of(reference: ImageReference): Credential | undefined;
  /** Moves when the file's content does: what failed for want of a credential may be tried again. */
  version(): number;
  /** Why the file as it is now cannot be used, while the last good one is; one line without any value of it. */
  problem(): string | undefined;
}

export const noCredentials: Credentials = { of: () => undefined, version: () => 0, problem: () => undefined };

/**
 * Throws at once when the file cannot be read or used. From then on a file that is missing or malformed for a while leaves the
 * last good credentials in force, and {@link Credentials.problem} says so.
 */
export function fileCredentials(path: string): Credentials {
  const followed = followedFile(path);
  // A rotated credential counts at once; resolutions are rare, and the file is small.
  const text = (): string => followed(true);
  let seen = readFirst(path, text);
  let entries: readonly CredentialEntry[] = parse(path, seen);
  let version = 1;
  let problem: string | undefined;
  const follow = (): void => {
    const now = text();
    if (now === seen) return;
    seen = now;
    version += 1;
    try {
      entries = parse(path, now);
      problem = undefined;
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
  };
  return {
    of: (reference) => {
      follow();
      return credentialFor(entries, reference);
    },
    version: () => {
      follow();
      return version;
    },
    problem: () => {
      follow();
      return problem;
    },
  };
}

function readFirst(path: string, text: () => string): string {
  try {
    return text();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unreadable";
    throw new Error(`the registry credentials ${path} cannot be read: ${code}`);
  }
}

function parse(path: string, text: string): readonly CredentialEntry[] {
  try {
    return parseDockerConfig(text);
  } catch (error) {
    throw new Error(`the registry credentials ${path}: ${error instanceof Error ? error.message : "unusable"}`);
  }
}
