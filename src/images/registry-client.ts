/** Asks a registry for the digest of a tag, with the manifest request of the OCI distribution specification. */
import { parseRetryAfter } from "kopf-ts";
import { isLoopbackHost } from "./addresses.ts";
import { authorize } from "./authorization.ts";
import { type Credentials, noCredentials } from "./credentials.ts";
import { type HttpRequest, type HttpResponse, PlainHttpError, RegistryHttp } from "./http.ts";
import { ACCEPT, claimedDigest, computedDigest } from "./manifest.ts";
import { apiHostOf, type ImageReference, tagOf } from "./reference.ts";
import { type Agents, RegistryAgents } from "./registry-agents.ts";
import { type Resolution, ResolutionError } from "./resolution.ts";

export interface RegistryClient {
  /**
   * The current digest of the reference's tag; the reference's own digest plays no part. Resolves within the deadline and never
   * rejects because of a registry or the network. The caller has checked that the registry may be asked.
   *
   * Requests use TLS; only a registry on this machine may lack it. A credential goes to the registry and to the token endpoint
   * that the registry names, nowhere else.
   */
  digestOf(reference: ImageReference): Promise<Resolution>;
  close(): Promise<void>;
}

export interface RegistryClientOptions {
  readonly credentials?: Credentials;
  /** The client closes them. By default they trust the system's authorities. */
  readonly agents?: Agents;
  /** For one resolution, its token included; 10 s by default. */
  readonly deadlineMs?: number;
}

export function createRegistryClient(options: RegistryClientOptions = {}): RegistryClient {
  const { credentials = noCredentials, agents = new RegistryAgents(), deadlineMs = 10_000 } = options;
  return {
    digestOf: async (reference) => {
      const http = new RegistryHttp(agents, AbortSignal.timeout(deadlineMs));
      try {
        return { kind: "found", digest: await resolve({ reference, http, credentials }) };
      } catch (error) {
        if (!(error instanceof ResolutionError)) throw error;
        const { kind, message, retryAfterMs } = error;
        const problem = kind === "denied" ? credentials.problem() : undefined;
        return { kind, message: [message, problem].filter(Boolean).join("; "), retryAfterMs };
      }
    },
    close: () => agents.close(),
  };
}

interface TagRequest {
  readonly reference: ImageReference;
  readonly http: RegistryHttp;
  readonly credentials: Credentials;
}

/** Many registries on this machine have no TLS. One that has it is never asked without. */
async function resolve(tag: TagRequest): Promise<string> {
  const secure = new URL(`https://${apiHostOf(tag.reference.registry)}`);
  try {
    return await resolveAt(secure, tag);
  } catch (error) {
    const isPlain = error instanceof PlainHttpError && error.origin === secure.origin;
    if (!isPlain || !isLoopbackHost(secure.hostname)) throw error;
    return resolveAt(new URL(`http://${apiHostOf(tag.reference.registry)}`), tag);
  }
}

/** Trusts the digest of a HEAD over TLS. Without TLS, or without such a digest, hashes the manifest itself. */
async function resolveAt(home: URL, tag: TagRequest): Promise<string> {
  const request = requester(home, tag);
  if (home.protocol === "https:") {
    const head = await request("HEAD");
    const claimed = head.status === 200 ? claimedDigest(head.headers) : undefined;
    if (claimed !== undefined) return claimed;
    throwIfRefused(head, tag.reference);
  }
  const response = await request("GET");
  throwIfRefused(response, tag.reference);
  if (response.status === 200) return computedDigest(response.headers, response.body);
  throw new ResolutionError("malformed", `the registry answers ${response.status} instead of a manifest`);
}

/** Requests the manifest, with the authorization that the registry asked for the first time. */
function requester(home: URL, { reference, http, credentials }: TagRequest) {
  const { repository } = reference;
  const url = new URL(`/v2/${repository}/manifests/${tagOf(reference)}`, home);
  let authorization: string | undefined;
  return async (method: "HEAD" | "GET"): Promise<HttpResponse> => {
    const request: HttpRequest = { method, url, headers: { accept: ACCEPT } };
    const response = await http.follow(request, authorization);
    const isChallenge = response.status === 401 && response.url.origin === home.origin;
    if (!isChallenge || authorization !== undefined) return response;
    const pull = { repository, credential: credentials.of(reference), home };
    authorization = await authorize(response, pull, http);
    return http.follow(request, authorization);
  };
}

/** Statuses for which a GET says no more than a HEAD. */
function throwIfRefused({ status, headers }: HttpResponse, reference: ImageReference): void {
  if (status === 401 || status === 403) {
    const message = `the registry refuses access (${status}): check the credential in the file of --registry-config`;
    throw new ResolutionError("denied", message);
  }
  if (status === 404) {
    const message = `the registry shows no tag ${tagOf(reference)}: push it, fix the image, or check the credential in the file of --registry-config`;
    throw new ResolutionError("not-found", message);
  }
  if (status === 408 || status === 429 || status >= 500) {
    const retryAfterMs = parseRetryAfter(headers["retry-after"], Date.now());
    throw new ResolutionError("unreachable", `the registry answers ${status}`, retryAfterMs);
  }
}
