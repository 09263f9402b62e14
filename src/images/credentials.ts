/** The operator's registry credentials: a mounted docker config file, read again when it changes. */
import { followedFile } from "kopf-ts";
import type { Credential } from "./credential.ts";
import { credentialFor, parseDockerConfig } from "./docker-config.ts";
import type { ImageReference } from "./reference.ts";

export interface Credentials {
  /** The credential for an image, from the file as it is now; undefined without one. */
  of(reference: ImageReference): Credential | undefined;
  /** Grows when the file changes, so that what was refused can be tried again. */
  version(): number;
  /** Why the current file is unusable, while the last good one stays in use; one line without any value from it. */
  problem(): string | undefined;
}

export const noCredentials: Credentials = { of: () => undefined, version: () => 0, problem: () => undefined };

/**
 * Throws at once if the file cannot be read or used. Later, a missing or malformed file leaves the last good credentials in use,
 * and {@link Credentials.problem} tells.
 */
export function fileCredentials(path: string): Credentials {
  const followed = followedFile(path);
  // A rotated credential counts at once: resolutions are rare, and the file is small.
  let text = orThrow(`cannot read the registry credentials ${path}`, () => followed(true));
  const parse = () => orThrow(`the registry credentials ${path} are unusable`, () => parseDockerConfig(text));
  let entries = parse();
  let version = 1;
  let problem: string | undefined;
  const refresh = (): void => {
    const now = followed(true);
    if (now === text) return;
    text = now;
    version += 1;
    try {
      entries = parse();
      problem = undefined;
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
  };
  const current = <T>(read: () => T): T => {
    refresh();
    return read();
  };
  return {
    of: (reference) => current(() => credentialFor(entries, reference)),
    version: () => current(() => version),
    problem: () => current(() => problem),
  };
}

function orThrow<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(`${what}: ${code ?? message}`);
  }
}
