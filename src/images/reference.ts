/**
 * Parses image references by the grammar of the distribution reference, as container runtimes do. Pure.
 *
 * It is stricter in three points. A reference names its registry, because otherwise each node's runtime picks one. A host is
 * in the form that URLs give it, and a port has no leading zeros, so that different texts never mean the same host. A digest is
 * SHA-256 or SHA-512, the algorithms that the OCI image specification registers.
 */

export interface ImageReference {
  /** The API's host: `registry.example.com`, `registry.example.com:5000` or `[2001:db8::1]:5000`. */
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

/** Docker Hub, as image references call it. */
const DOCKER_HUB = "docker.io";
/** Other names of Docker Hub: of its API, and those in files of `docker login`. */
const DOCKER_HUB_HOSTS: ReadonlySet<string> = new Set([
  DOCKER_HUB,
  "index.docker.io",
  "registry-1.docker.io",
  "registry.hub.docker.com",
]);
/** Where Docker Hub keeps images that have no organization. */
const OFFICIAL = "library/";

const HOST =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:[.][a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])$/;
const PORT = /^[1-9][0-9]{0,4}$/;
const REPOSITORY = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const DIGEST = /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/;
/** Runtimes take this for an image id, never for a name. */
const IDENTIFIER = /^[a-f0-9]{64}$/;
const MAX_REPOSITORY = 255;

export function parseReference(text: string): ParsedReference {
  if (IDENTIFIER.test(text)) {
    return refuse("the image is only an id: write registry.example.com/shop/web@sha256:<id>");
  }
  if (text.includes("://")) return refuse("the image must not be a URL: write registry.example.com/shop/web:1.4.2");
  const slash = text.indexOf("/");
  const registry = text.slice(0, Math.max(slash, 0));
  if (!looksLikeRegistry(registry)) return refuse(withoutRegistry(text));
  const { repository, tag, digest } = splitRemainder(text.slice(slash + 1));
  const problem = registryProblem(registry) ?? repositoryProblem(repository) ?? suffixProblem(tag, digest);
  return problem === undefined
    ? { ok: true, reference: { ...normalized(registry, repository), tag, digest } }
    : refuse(problem);
}

/** Names the image as Docker Hub has it, since that is what most people mean who name no registry. */
function withoutRegistry(text: string): string {
  const { repository } = splitRemainder(text);
  const example = "registry.example.com/shop/web:1.4.2";
  if (looksLikeRegistry(repository) || repositoryProblem(repository) !== undefined)
    return `name the registry too: ${example}`;
  const official = repository.includes("/") ? "" : OFFICIAL;
  return `name the registry too: ${example}, or ${DOCKER_HUB}/${official}${shown(text)} if it is on Docker Hub`;
}

/** As runtimes read names of Docker Hub: `index.docker.io/nginx` is `docker.io/library/nginx`. */
function normalized(registry: string, repository: string): Pick<ImageReference, "registry" | "repository"> {
  const name = registry === "index.docker.io" ? DOCKER_HUB : registry;
  const isOfficial = name === DOCKER_HUB && !repository.includes("/");
  return { registry: name, repository: isOfficial ? `${OFFICIAL}${repository}` : repository };
}

/** As runtimes write names without a registry: `nginx` is `docker.io/library/nginx`. */
export function withRegistry(image: string): string {
  const slash = image.indexOf("/");
  if (slash === -1) return `${DOCKER_HUB}/${OFFICIAL}${image}`;
  return looksLikeRegistry(image.slice(0, slash)) ? image : `${DOCKER_HUB}/${image}`;
}

/** One name for each registry, to compare by. */
export const sameRegistry = (registry: string): string => (DOCKER_HUB_HOSTS.has(registry) ? DOCKER_HUB : registry);

/** The host that answers for a registry: `docker.io` itself is a web site. */
export const apiHostOf = (registry: string): string => (registry === DOCKER_HUB ? "registry-1.docker.io" : registry);

/** Whether `repository` is the official image that `path` names without its `library/`. */
export const isOfficialImage = (registry: string, repository: string, path: string): boolean =>
  sameRegistry(registry) === DOCKER_HUB && !path.includes("/") && repository === `${OFFICIAL}${path}`;

/** `registry.example.com/shop/web`. */
export const nameOf = ({ registry, repository }: ImageReference): string => `${registry}/${repository}`;

/** Parses to the same reference again. */
export function canonicalText(reference: ImageReference): string {
  const { tag, digest } = reference;
  return `${nameOf(reference)}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}

/** The tag that a runtime pulls without a digest. */
export const tagOf = ({ tag }: ImageReference): string => tag ?? DEFAULT_TAG;

/**
 * The image by this digest. Drops the tag, as runtimes do, so that a change between two tags of one digest restarts nothing.
 * Throws for an invalid digest.
 */
export function withDigest({ registry, repository }: ImageReference, digest: string): ImageReference {
  if (!isDigest(digest)) throw new Error(`${registry}/${repository}: a digest is sha256: and 64 hexadecimal digits`);
  return { registry, repository, tag: undefined, digest };
}

export const isDigest = (text: string): boolean => DIGEST.test(text);

/** Undefined for a valid host, with or without a port; else one line that says what to write. */
export function registryProblem(registry: string): string | undefined {
  const bracket = registry.lastIndexOf("]");
  const colon = registry.indexOf(":", bracket === -1 ? 0 : bracket);
  const host = colon === -1 ? registry : registry.slice(0, colon);
  const port = colon === -1 ? undefined : registry.slice(colon + 1);
  const canonical = HOST.test(host) ? canonicalHost(host) : undefined;
  if (canonical === undefined)
    return `the registry "${shown(host)}" is not a host name or address: write registry.example.com`;
  if (canonical !== host) return `the registry "${shown(host)}" must be written as ${canonical}`;
  if (port === undefined || (PORT.test(port) && Number(port) <= 65_535)) return undefined;
  return `the registry's port "${shown(port)}" must be a number from 1 to 65535: write ${shown(host)}:5000`;
}

/** Undefined for a valid repository name; else one line that says what to write. */
export function repositoryProblem(repository: string): string | undefined {
  if (repository === "") return "the image has no name: write registry.example.com/shop/web:1.4.2";
  if (repository.length > MAX_REPOSITORY) {
    return `the image's name is longer than ${MAX_REPOSITORY} characters: shorten it`;
  }
  if (REPOSITORY.test(repository)) return undefined;
  if (REPOSITORY.test(repository.toLowerCase())) {
    return `the image's name "${shown(repository)}" must be in lower case: write ${repository.toLowerCase()}`;
  }
  return `the image's name "${shown(repository)}" must be lower-case letters and digits, with single separators and slashes between them: write shop/web`;
}

/** Whether the first part of a name is a host, by the rule of the distribution reference; a part in upper case is neither here. */
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

/** The host that a URL connects to; undefined if no URL can contain it. */
function canonicalHost(host: string): string | undefined {
  const url = `https://${host}`;
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}

/** The user's text, as part of one line. */
const shown = (text: string): string =>
  (text.length <= 80 ? text : `${text.slice(0, 79)}…`).replace(/[^\x20-\x7e…]/g, "?");

const refuse = (problem: string): ParsedReference => ({ ok: false, problem });
