/**
 * Image references as container runtimes read them: the grammar of the distribution reference. Pure.
 *
 * Stricter in four points. A reference names its registry: without one it means whatever the node's runtime is set to search,
 * which nobody here can judge. A host is written as URLs write it (lower case, addresses in their canonical form), and a port
 * is a number from 1 to 65535 without leading zeros, so that two texts that differ never mean the same host. A digest is
 * SHA-256 or SHA-512, the two that the OCI image specification registers.
 */

export interface ImageReference {
  /** The host of its API: `registry.example.com`, `registry.example.com:5000` or `[2001:db8::1]:5000`. */
  readonly registry: string;
  /** `shop/web`. */
  readonly repository: string;
  readonly tag: string | undefined;
  /** `sha256:…` or `sha512:…`. */
  readonly digest: string | undefined;
}

export type ParsedReference =
  | { readonly ok: true; readonly reference: ImageReference }
  /** `problem` is one line that says what to write. */
  | { readonly ok: false; readonly problem: string };

const DEFAULT_TAG = "latest";

const HOST =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:[.][a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])$/;
const PORT = /^[1-9][0-9]{0,4}$/;
const REPOSITORY = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const DIGEST = /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/;
/** A bare image id: runtimes take it for one, never for a name. */
const IDENTIFIER = /^[a-f0-9]{64}$/;
const MAX_REPOSITORY = 255;

export function parseReference(text: string): ParsedReference {
  if (IDENTIFIER.test(text)) {
    return refuse("the image is a bare id: write registry.example.com/shop/web@sha256:<id>");
  }
  if (text.includes("://")) return refuse("the image is no URL: write registry.example.com/shop/web:1.4.2");
  const slash = text.indexOf("/");
  const registry = text.slice(0, Math.max(slash, 0));
  if (!looksLikeRegistry(registry)) return refuse("name the registry too: registry.example.com/shop/web:1.4.2");
  const { repository, tag, digest } = splitRemainder(text.slice(slash + 1));
  const problem = registryProblem(registry) ?? repositoryProblem(repository) ?? suffixProblem(tag, digest);
  return problem === undefined ? { ok: true, reference: { registry, repository, tag, digest } } : refuse(problem);
}

/** `registry.example.com/shop/web`, of which every tag and digest is one image. */
export const nameOf = ({ registry, repository }: ImageReference): string => `${registry}/${repository}`;

/** In full, whatever was left out; parsed again it is the same reference. */
export function canonicalText(reference: ImageReference): string {
  const { tag, digest } = reference;
  return `${nameOf(reference)}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}

/** The tag that a runtime would pull where no digest is given. */
export const tagOf = ({ tag }: ImageReference): string => tag ?? DEFAULT_TAG;

/**
 * The same image at exactly this digest. The tag is dropped, as runtimes do that get both: two tags of one digest are then one
 * text, and moving from one to the other restarts nothing. Throws for what is no digest.
 */
export function withDigest({ registry, repository }: ImageReference, digest: string): ImageReference {
  if (!isDigest(digest)) throw new Error(`${registry}/${repository}: a digest is sha256: and 64 hexadecimal digits`);
  return { registry, repository, tag: undefined, digest };
}

export const isDigest = (text: string): boolean => DIGEST.test(text);

/** Undefined for a host, with or without a port, written as this project writes it; else one line that says what to write. */
export function registryProblem(registry: string): string | undefined {
  const bracket = registry.lastIndexOf("]");
  const colon = registry.indexOf(":", bracket === -1 ? 0 : bracket);
  const host = colon === -1 ? registry : registry.slice(0, colon);
  const port = colon === -1 ? undefined : registry.slice(colon + 1);
  if (!HOST.test(host)) return `the registry "${shown(host)}" is no host name: write registry.example.com`;
  const canonical = canonicalHost(host);
  if (canonical === undefined)
    return `the registry "${shown(host)}" is no host name or address: write registry.example.com`;
  if (canonical !== host) return `the registry "${shown(host)}" must be written as ${canonical}`;
  if (port === undefined || (PORT.test(port) && Number(port) <= 65_535)) return undefined;
  return `the registry's port "${shown(port)}" must be a number from 1 to 65535: write ${shown(host)}:5000`;
}

/** Undefined for a repository's name; else one line that says what to write. */
export function repositoryProblem(repository: string): string | undefined {
  if (repository === "") return "the image has no name: write registry.example.com/shop/web:1.4.2";
  if (repository.length > MAX_REPOSITORY) {
    return `the image's name is longer than ${MAX_REPOSITORY} characters: choose a shorter one`;
  }
  if (REPOSITORY.test(repository)) return undefined;
  if (REPOSITORY.test(repository.toLowerCase())) {
    return `the image's name "${shown(repository)}" must be in lower case: write ${repository.toLowerCase()}`;
  }
  return `the image's name "${shown(repository)}" must be lower-case letters and digits, with single separators and slashes between them: write shop/web`;
}

/**
 * Whether the first part of a name is a host rather than a part of the path: the rule of the distribution reference, which also
 * takes a part in upper case for a host. Here it is neither.
 */
export const looksLikeRegistry = (part: string): boolean => part === "localhost" || /[.:]/.test(part);

interface Remainder {
  readonly repository: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

function splitRemainder(remainder: string): Remainder {
  const at = remainder.indexOf("@");
  const digest = at === -1 ? undefined : remainder.slice(at + 1);
  const name = at === -1 ? remainder : remainder.slice(0, at);
  const colon = name.indexOf(":");
  return colon === -1
    ? { repository: name, tag: undefined, digest }
    : { repository: name.slice(0, colon), tag: name.slice(colon + 1), digest };
}

function suffixProblem(tag: string | undefined, digest: string | undefined): string | undefined {
  if (tag !== undefined && !TAG.test(tag)) {
    return `the tag "${shown(tag)}" must be at most 128 letters, digits, dots, hyphens and underscores, and start with a letter, a digit or an underscore: write 1.4.2`;
  }
  if (digest !== undefined && !isDigest(digest)) {
    return `the digest "${shown(digest)}" must be sha256: and 64 lower-case hexadecimal digits, or sha512: and 128`;
  }
  return undefined;
}

/** As a URL writes it, which is also what is connected to; undefined where a URL cannot hold it. */
function canonicalHost(host: string): string | undefined {
  const url = `https://${host}`;
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}

/** What somebody wrote, short enough for one line. */
const shown = (text: string): string =>
  (text.length <= 80 ? text : `${text.slice(0, 79)}…`).replace(/[^\x20-\x7e…]/g, "?");

const refuse = (problem: string): ParsedReference => ({ ok: false, problem });
